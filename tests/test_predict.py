"""`digits20 predict` on real picture files and tables."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from images.forms import filled
from PIL import Image, ImageDraw

from digits20 import load_model, save_model
from digits20.images.geometry import prepare, resize
from digits20.images.photo import read_photo
from digits20.images.sheets.layout import Layout
from digits20.predict import main


@pytest.fixture
def predict(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def predict(*arguments):
        code = main([*map(str, arguments)])
        return code, *capsys.readouterr()

    return predict


def test_a_model_of_pictures_sees_all_parts_of_a_symbol_as_it_was_trained(predict, tmp_path):
    picture = Image.new("L", (80, 80), "white")
    for left in (10, 55):
        ImageDraw.Draw(picture).ellipse((left, 30, left + 12, 46), fill="black")
    picture.save(tmp_path / "two.png")
    model = replace(load_model("reference"), settings={"pictures": "found"})
    save_model(model, tmp_path / "m.pkl")
    answer = json.loads(predict("two.png", "--model", "m.pkl", "--json")[1])["predictions"][0]
    expected = model.predict_proba(read_photo(tmp_path / "two.png").pixels[None])[0]
    assert answer["scores"] == pytest.approx(expected.tolist())


@pytest.fixture(scope="session")
def pages(digits):
    """A page of 160x160 pixels for every digit, dark ink on light paper."""
    chosen = [np.flatnonzero(digits.y == digit)[3] for digit in range(10)]
    ink = np.clip(resize(digits.X[chosen], (20, 20), (120, 120)), 0, 1).reshape(-1, 120, 120)
    paper = np.pad(255 - 220 * ink, ((0, 0), (20, 20), (20, 20)), constant_values=255)
    return [Image.fromarray(page.astype(np.uint8)) for page in paper]


@pytest.fixture
def mixed(tmp_path, pages):
    """A folder with two digits, a text file and a blank page."""
    folder = tmp_path / "mixed"
    (folder / "more").mkdir(parents=True)
    pages[4].save(folder / "four.png")
    pages[7].save(folder / "more" / "seven.jpg")
    (folder / "notes.txt").write_text("not a picture")
    Image.new("L", (60, 60), 255).save(folder / "blank.png")
    (folder / ".hidden").write_text("nobody's concern")
    return folder


def test_every_digit_is_named_on_a_line_of_its_own(predict, pages, tmp_path):
    for digit, page in enumerate(pages):
        page.save(tmp_path / f"{digit}.png")
    code, out, error = predict(*(f"{digit}.png" for digit in range(10)))
    assert (code, error) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines] == [f"{digit}.png" for digit in range(10)]
    assert sum(line[0][0] == line[1] for line in lines) >= 9
    assert all(line[-1] == "%" and 10 <= float(line[-2]) < 100 for line in lines)


def test_bad_pictures_are_reported_one_by_one_and_the_good_ones_answered(predict, mixed):
    code, out, error = predict("mixed")
    assert code == 2
    assert [line.split()[:2] for line in out.splitlines()] == [["mixed/four.png", "4"], ["mixed/more/seven.jpg", "7"]]
    lines = error.splitlines()
    assert lines == [
        "digits20.predict: note: mixed: left out: 1 .txt file, no pictures",
        "digits20.predict: error: mixed/blank.png: no ink found (the page is empty)",
    ]


def test_json_has_an_error_in_place_of_the_label_of_a_bad_picture(predict, mixed):
    _, out, _ = predict("mixed", "--json")
    answers = {answer["path"].split("/")[-1]: answer for answer in json.loads(out)["predictions"]}
    assert set(answers["four.png"]) == {"path", "label", "confidence", "known", "scores", "outputs", "symbols"}
    assert (answers["four.png"]["label"], len(answers["four.png"]["scores"])) == (4, 10)
    assert answers["seven.jpg"]["label"] == 7
    assert answers["four.png"]["confidence"] == max(answers["four.png"]["scores"])
    assert set(answers["blank.png"]) == {"path", "error"}


def test_a_folder_is_walked_in_the_order_of_names(predict, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in np.random.default_rng(0).permutation(20):
        (tmp_path / "folder" / f"{name:02}.png").write_text("not a picture")
    lines = predict("folder")[2].splitlines()
    assert [line.split()[2] for line in lines] == [f"folder/{name:02}.png:" for name in range(20)]


def test_a_name_stays_on_its_line(predict, pages, tmp_path):
    pages[4].save(tmp_path / "new\nline.png", "PNG")
    (tmp_path / "bad\x1b[31m.png").write_text("not a picture")
    _, out, error = predict("new\nline.png", "bad\x1b[31m.png")
    assert out.split()[:2] == ["new?line.png", "4"]
    assert error.startswith("digits20.predict: error: bad?[31m.png: ")


@pytest.fixture
def star(tmp_path):
    """The path of a picture of a star, which is no digit."""
    picture = Image.new("L", (160, 160), 255)
    angles = np.arange(6) * 4 * np.pi / 5
    corners = [(80 + 60 * np.sin(angle), 80 - 60 * np.cos(angle)) for angle in angles]
    ImageDraw.Draw(picture).line(corners, fill=0, width=6)
    picture.save(tmp_path / "star.png")
    return "star.png"


def test_what_is_no_digit_is_doubted_with_the_best_guess_in_brackets(predict, star):
    code, out, _ = predict(star)
    assert re.fullmatch(r"star\.png  not a digit\? \(\d, .*\d %\)\n", out)
    assert code == 1


def test_json_says_whether_a_picture_is_known(predict, star, pages, tmp_path):
    pages[4].save(tmp_path / "four.png")
    answers = json.loads(predict(star, "four.png", "--json")[1])["predictions"]
    assert [(answer["known"], answer["symbols"][0]["known"]) for answer in answers] == [(False, False), (True, True)]


def test_with_reject_0_nothing_is_doubted(predict, star):
    assert predict(star, "--reject", "0")[0] == 0


def test_a_larger_reject_doubts_more(predict, pages, tmp_path):
    for digit, page in enumerate(pages):
        page.save(tmp_path / f"{digit}.png")
    answers = json.loads(predict(*tmp_path.glob("*.png"), "--reject", "0.9", "--json")[1])["predictions"]
    assert sum(not answer["known"] for answer in answers) >= 5


def test_of_a_model_that_cannot_doubt_reject_is_said_to_have_no_effect(predict, star, tmp_path):
    save_model(replace(load_model("reference"), confidence=None), tmp_path / "m.pkl")
    code, _, err = predict(star, "--model", "m.pkl", "--reject", "0.5")
    assert (code, "--reject has no effect" in err) == (0, True)
    assert "--reject" not in predict(star, "--model", "m.pkl")[2]


def test_a_picture_is_read_from_standard_input(pages, tmp_path):
    pages[3].save(tmp_path / "three.png")
    command = [sys.executable, "-m", "digits20.predict", "-"]
    done = subprocess.run(command, input=(tmp_path / "three.png").read_bytes(), capture_output=True)
    assert done.stdout.split()[:2] == [b"-", b"3"]


def test_show_draws_what_the_network_saw(predict, mixed, tmp_path):
    predict("mixed", "--show", "seen.png")
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_show_draws_a_doubt(predict, star, tmp_path):
    predict(star, "--show", "seen.svg")
    assert re.search(r"<!-- \d\?, ", (tmp_path / "seen.svg").read_text())


def test_show_draws_the_digit_as_the_network_saw_it_set_upright(predict, pages, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("digits20.predict.predictions_file", lambda predictions, *_: drawn.extend(predictions) or b"")
    pages[1].rotate(25, fillcolor=255).save(tmp_path / "tilted.png")
    save_model(replace(load_model("course"), preprocess=("deskew",)), tmp_path / "m.pkl")
    predict("tilted.png", "--model", "m.pkl", "--show", "seen.png")
    found = read_photo(tmp_path / "tilted.png").pixels[None]
    np.testing.assert_allclose(drawn[0].received[0], prepare(found, (20, 20), ("deskew",))[0])


def test_a_number_is_read_whole_with_a_box_for_each_digit(predict, pages, tmp_path):
    row = Image.new("L", (480, 160), 255)
    for place, digit in enumerate((2, 8, 7)):
        row.paste(pages[digit], (160 * place, 0))
    row.save(tmp_path / "house.png")
    assert predict("house.png", "--show", "seen.png")[1].split()[:2] == ["house.png", "287"]
    answer = json.loads(predict("house.png", "--json")[1])["predictions"][0]
    assert [one["label"] for one in answer["symbols"]] == [2, 8, 7]
    lefts = [one["box"][0] // 160 for one in answer["symbols"]]
    assert lefts == [0, 1, 2]
    assert answer["confidence"] == pytest.approx(np.prod([one["confidence"] for one in answer["symbols"]]))


def test_a_form_is_sent_to_scan(predict, digits, tmp_path):
    filled(Layout(("0", "7"), 10), digits).resize((820, 1160)).save(tmp_path / "form.png")
    assert "form.png: a filled form, which digits20 scan reads" in predict("form.png")[2]


def test_one_of_several_marks_is_said(predict, pages, tmp_path):
    light = np.full((160, 620), 255, np.uint8)
    light[:, :160], light[:, 160:320] = pages[2], pages[8]
    for row, column in np.ndindex(15, 15):  # a texture of dashes
        light[10 + 9 * row : 13 + 9 * row, 340 + 18 * column : 352 + 18 * column] = 40
    Image.fromarray(light).save(tmp_path / "several.png")
    assert "several.png: several marks, 1 used" in predict("several.png")[2]


def test_boxes_are_in_the_pixels_of_a_large_picture(predict, pages, tmp_path):
    row = Image.new("L", (320, 160), 255)
    row.paste(pages[3], (0, 0))
    row.paste(pages[4], (160, 0))
    row.resize((3200, 1600)).save(tmp_path / "large.png")
    boxes = [one["box"] for one in json.loads(predict("large.png", "--json")[1])["predictions"][0]["symbols"]]
    assert 0 < boxes[0][0] < boxes[0][2] < 1600 < boxes[1][0] < boxes[1][2] < 3200


def test_show_draws_pictures_of_any_name(predict, pages, tmp_path):
    for name in ("$\\frac$", "数字", "new\nline"):
        pages[4].save(tmp_path / name, "PNG")
    assert predict("$\\frac$", "数字", "new\nline", "--show", "seen.svg")[::2] == (0, "")
    assert b"</svg>" in (tmp_path / "seen.svg").read_bytes()


def test_kaggles_table_gives_the_file_that_kaggle_takes(predict, digits, tmp_path):
    rows = digits.take(slice(0, 5000, 500))
    pixels = np.clip(np.rint(255 * resize(rows.X, (20, 20), (28, 28))), 0, 255).astype(int)
    header = ",".join(f"pixel{i}" for i in range(784))
    np.savetxt(tmp_path / "test.csv", pixels, fmt="%d", delimiter=",", header=header, comments="")
    code, out, _ = predict("--data", "test.csv", "--to", "answers.csv")
    assert (code, out) == (0, "written    answers.csv, 10 predictions\n")
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    assert lines[0] == "ImageId,Label"
    assert [line.split(",")[0] for line in lines[1:]] == [str(row) for row in range(1, 11)]
    assert sum(int(line.split(",")[1]) == true for line, true in zip(lines[1:], rows.y, strict=True)) >= 9


def test_a_table_without_to_is_answered_on_stdout(predict, digits, tmp_path):
    np.savez(tmp_path / "images.npz", X=digits.X[:3])
    code, out, _ = predict("--data", "images.npz")
    assert (code, out.splitlines()[0], len(out.splitlines())) == (0, "ImageId,Label", 4)


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ([], "expected pictures, or a table with --data"),
        (["x.png", "--data", "y.csv"], "expected pictures, or a table with --data"),
        (["missing.png"], "missing.png: no such file"),
        (["--data", "missing.csv"], "missing.csv: no such file"),
        (["x.png", "--show", "y.gif"], "y.gif: --show writes .png, .pdf or .svg"),
        (["x.png", "--model", "missing.pkl"], "missing.pkl: no such file"),
        (["folder"], "folder: no pictures in this folder (.png, .jpg, .jpeg, .webp, .bmp, .gif)"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_line(predict, tmp_path, arguments, seen):
    (tmp_path / "folder").mkdir()
    code, out, error = predict(*arguments)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert seen in error


def test_on_a_terminal_a_long_name_is_shortened_to_one_line(pages, tmp_path, monkeypatch, capsys):
    from digits20 import predict

    folder = tmp_path / ("deep" * 20)
    folder.mkdir()
    pages[7].save(folder / "seven.png")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert predict.main([str(folder)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert len(line) <= 80
    assert line.startswith("…")
    assert "seven.png  7" in line


def test_many_pictures_read_by_several_processes_are_answered_alike(predict, mixed, tmp_path, monkeypatch):
    alone = predict("mixed", "--json")
    monkeypatch.setattr("digits20.data.pictures.read.ONE_PROCESS", 1)
    assert predict("mixed", "--json") == alone
