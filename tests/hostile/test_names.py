"""Names of files and labels that hold control characters or formulas: no terminal and no spreadsheet obeys them."""

import contextlib
import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digits20 import Digits, Digits20Error, Model, Network, load, load_model, save_model
from digits20.__main__ import main
from digits20.formats.export import FORMATS, export
from digits20.learning.evaluation import evaluate

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such file names")
EVIL = "e\x1b[2J\x07\r\nvil\u202e"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A table and a model under evil names, and a folder of pictures under such a name."""
    monkeypatch.chdir(tmp_path)
    np.savez(f"{EVIL}.npz", X=np.random.default_rng(0).random((60, 9)).round(3), y=np.arange(60) % 3)
    (tmp_path / EVIL).mkdir()
    image = Image.new("L", (140, 140), 255)
    ImageDraw.Draw(image).line([(40, 30), (100, 30), (60, 115)], fill=0, width=10)
    image.save(f"{EVIL}/{EVIL}.png")
    image.save("=1+1.png")
    Path(EVIL, f"bad{EVIL}.png").write_bytes(b"x")
    save_model(Model(Network((9, 10)), np.zeros(100), image_shape=(3, 3)), f"{EVIL}.pkl")
    return tmp_path


SMALL = ["--data", f"{EVIL}.npz", "--hidden", "3", "--max-iter", "2"]
COMMANDS = {
    "train": ["train", *SMALL, "--model", f"{EVIL}2.pkl", "--plot", f"{EVIL}.svg"],
    "evaluate": ["evaluate", "--data", f"{EVIL}.npz", "--model", f"{EVIL}.pkl", "--plot", f"{EVIL}.svg"],
    "predict": ["predict", EVIL],
    "predict --to": ["predict", EVIL, "--to", f"{EVIL}.csv"],
    "report": ["report", "--model", f"{EVIL}.pkl", "--data", f"{EVIL}.npz", "--to", f"{EVIL}.html"],
    "export": ["export", "--model", f"{EVIL}.pkl", "--to", f"{EVIL}.json"],
    "curves": ["curves", "--kind", "cost", "--model", f"{EVIL}.pkl", "--csv", f"{EVIL}.csv"],
    "sheet": ["sheet", "--labels", "0", "1", "--to", f"{EVIL}.png"],
    "scan": ["scan", EVIL, "--to", f"{EVIL}.csv"],
    "a folder": ["train", "--data", EVIL],
    "a missing model": ["evaluate", "--model", f"no{EVIL}"],
    "a plot that is none": ["train", *SMALL, "--plot", f"{EVIL}.bmp"],
    "an unknown option": ["train", EVIL],
    "an unknown choice": ["train", "--recipe", EVIL],
    "an unknown command": [EVIL],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_control_character_of_a_name_reaches_the_terminal(folder, command, capsys):
    with contextlib.suppress(SystemExit):  # argparse ends so
        main(command)
    said = capsys.readouterr()
    assert any("vil" in line for line in (said.out + said.err).splitlines())
    assert {c for c in said.out + said.err if not c.isprintable()} == {"\n"}


@pytest.mark.parametrize("label", ["=HYPERLINK(1)", "+cmd", "-cmd", "@SUM(A1)"])
def test_a_label_that_is_a_formula_reaches_a_table_as_text(folder, label):
    X, y = np.eye(9)[np.arange(18) % 2], np.array([label, "=2"])[np.arange(18) % 2]
    np.savez("words.npz", X=X, y=y)
    assert main(["train", *SMALL[2:], "--lambda", "0", "--data", "words.npz", "--labels", "any", "--no-plot"]) == 0
    assert main(["predict", "--model", "models/digits20.pkl", "--data", "words.npz", "--to", "answers.csv"]) == 0
    with Path("answers.csv").open(newline="") as file:
        cells = {row["Label"] for row in csv.DictReader(file)}
    assert cells <= {f"'{label}", "'=2"}
    assert cells


def test_numbers_below_zero_stay_numbers(folder):
    np.savez("numbers.npz", X=np.eye(9)[np.arange(18) % 2], y=np.array([-1.5, -2])[np.arange(18) % 2])
    assert main(["train", *SMALL[2:], "--data", "numbers.npz", "--labels", "any", "--no-plot"]) == 0
    assert main(["predict", "--model", "models/digits20.pkl", "--data", "numbers.npz", "--to", "answers.csv"]) == 0
    assert set(Path("answers.csv").read_text().split()[1:]) <= {
        f"{row},{label}" for row in range(19) for label in (-1.5, -2)
    }


def test_a_file_name_that_is_a_formula_reaches_a_table_as_text(folder):
    assert main(["predict", "=1+1.png", "--to", "answers.csv"]) == 0
    assert Path("answers.csv").read_text().splitlines()[1].startswith("'=1+1.png,7,")


def test_a_file_name_that_is_no_utf_8_reaches_a_table_as_it_is(folder):
    name = os.fsdecode(b"\xff.png")
    Path("=1+1.png").rename(name)
    assert main(["predict", name, "--to", "answers.csv"]) == 0
    assert Path("answers.csv").read_bytes().splitlines()[1].startswith(b"\xff.png,7,")


def test_an_unknown_label_is_told_in_a_short_line():
    many = Model(Network((9, 50)), np.zeros(500), tuple(f"{n} {'x' * 90}" for n in range(50)), (3, 3))
    other = Digits(np.zeros((6, 9)), np.arange(6) % 2, labels=("y" * 5000, "z"))
    with pytest.raises(
        Digits20Error, match=r"^label 'y{20}'… occurs, but the model knows only .* and 40 others$"
    ) as seen:
        evaluate(many, other)
    assert len(str(seen.value)) < 400


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("label", ["a\nb", "x" * 101, "\u202e", "\ud800", True])
def test_what_cannot_be_loaded_again_is_not_exported(tmp_path, label, ending):
    model = Model(Network((9, 2)), np.zeros(20), (label, "b"), (3, 3))
    with pytest.raises(Digits20Error):
        export(model, tmp_path / f"m{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["é", "a b", "=1", '"', "\\", "<b>", 1.5, -3, "x" * 100])
def test_what_is_exported_as_json_is_loaded_again(tmp_path, label):
    model = Model(Network((9, 2)), np.zeros(20), (label, "b"), (3, 3))
    export(model, tmp_path / "m.json")
    assert load_model(tmp_path / "m.json").labels == model.labels


@pytest.mark.parametrize("byte", ["\x1c", "\x1f", "\x85", "\u00a0", "\u2028"])
def test_what_stands_around_a_label_in_a_file_of_labels_is_not_dropped(tmp_path, byte):
    (tmp_path / "x.csv").write_text("".join(f"0,0.5,1,{n % 7 / 7:.3f}\n" for n in range(3000)))
    (tmp_path / "y.txt").write_text("".join(f"{n % 3}{byte * (n == 2990)}\n" for n in range(3000)), encoding="utf-8")
    with pytest.raises(Digits20Error):
        load(tmp_path / "x.csv", labels_file=tmp_path / "y.txt")


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="no log of the kernel that may be read here")
@pytest.mark.parametrize(
    "command",
    [["train", "--data"], ["evaluate", "--model"], ["predict"], ["train", "--labels-file"], ["page", "--collect"]],
)
def test_a_file_that_would_have_to_be_waited_for_is_refused(folder, command, capsys):
    more = ["--data", f"{EVIL}.npz"] if "--labels-file" in command else []
    assert main([*command, "/proc/kmsg", *more]) == 2
    assert "/proc/kmsg: " in capsys.readouterr().err
