"""The commands as a user types them, in an empty folder."""

import argparse
import importlib
import itertools
import json
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digits20 import Network, load, load_model
from digits20.__main__ import COMMANDS
from digits20.__main__ import main as digits20
from digits20.cli import command
from digits20.plots.canvas import picture
from digits20.plots.results import plot_costs
from digits20.train.__main__ import main as train


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `digits20 NAME ARGUMENTS` in an empty folder, in this process, where all libraries are loaded already.

    Drawing takes half a second, so only the main job does, which is a process of its own as users start it.
    """
    monkeypatch.chdir(tmp_path)

    def run(name, *arguments):
        quicker = ["--no-plot"] if name == "train" else []
        capsys.readouterr()
        try:
            code = digits20([name, *map(str, arguments), *quicker])
        except SystemExit as end:
            code = end.code
        return subprocess.CompletedProcess(name, code, *capsys.readouterr())

    return run


@pytest.fixture
def csv(tmp_path, rng):
    """120 images of 3x3 pixels with three digits, the label last."""
    y = np.arange(120) % 3
    X = rng.random((120, 9)).round(3)
    X[:, 0] = y / 2
    path = tmp_path / "small.csv"
    np.savetxt(path, np.column_stack([X, y]), fmt="%g", delimiter=",")
    return path


def refused(done, command):
    """Bad input: exit code 2, one line, nothing on stdout."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"digits20.{command}: error: ")
    return lines[0]


@pytest.fixture(scope="session")
def main_job(tmp_path_factory):
    """The README's main job: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("main_job")
    command = [sys.executable, "-W", "error", "-m", "digits20.train", "--lambda", "1.0"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_the_main_job_trains_a_network_that_reads_nine_digits_of_ten(main_job):
    folder, _ = main_job
    model = load_model(folder / "models/digits20.pkl")
    assert model.network == Network((400, 25, 10))
    assert model.scores["test_accuracy"] >= 0.915
    assert model.scores["cost"] <= 0.345


def test_the_main_job_says_in_aligned_lines_what_it_did(main_job):
    lines = main_job[1].stdout.splitlines()
    names = ["data", "network", "training", "cost", "accuracy", "model", "plot"]
    assert [line.split()[0] for line in lines] == names
    assert {line[10] for line in lines} == {" "}
    assert "4000 images to train, 1000 to test" in lines[0]


def test_the_main_job_writes_two_files_and_says_nothing_on_stderr(main_job):
    folder, done = main_job
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {"digits20.pkl", "digits20.png"}
    assert done.stderr == ""


def test_the_plot_says_what_was_trained(main_job):
    drawn = []

    def draw(ax):
        plot_costs(ax, load_model(main_job[0] / "models/digits20.pkl"))
        drawn.append(ax)

    assert picture(draw).startswith(b"\x89PNG")
    ax = drawn[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "cost J(θ)")
    assert all(
        part in ax.get_title().replace("\N{NO-BREAK SPACE}", " ") for part in ("400-25-10", "λ = 1", "final cost J 0.3")
    )
    assert (main_job[0] / "models/digits20.png").read_bytes().startswith(b"\x89PNG")


def test_evaluate_without_data_scores_the_test_part_of_the_models_own_split(main_job):
    folder, done = main_job
    command = [sys.executable, "-m", "digits20.evaluate", "--model", "models/digits20.pkl", "--json"]
    scores = json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout)
    assert scores["images"] == 1000
    assert f"test {100 * scores['accuracy']:.2f} %" in done.stdout


def test_without_a_model_the_reference_model_answers(run):
    scores = json.loads(run("evaluate", "--json").stdout)
    assert scores["images"] == 1000
    assert scores["accuracy"] > 0.975


def test_the_courses_network_comes_along(run):
    scores = json.loads(run("evaluate", "--model", "course", "--json").stdout)
    assert (scores["images"], scores["accuracy"]) == (1000, 0.933)


def test_train_json_is_one_object_with_the_contracts_keys(run, csv, tmp_path):
    done = run("train", "--data", csv, "--json", "--hidden", "4")
    result = json.loads(done.stdout)
    assert set(result) == {
        *("cost", "costs", "iterations", "converged", "seconds", "model", "plot", "settings"),
        *("train_accuracy", "test_accuracy", "validation_accuracy"),
    }
    assert len(result["costs"]) == result["iterations"] + 1
    assert result["settings"]["hidden"] == [4]
    assert (tmp_path / result["model"]).exists()


def test_evaluate_json_is_one_object_with_the_contracts_keys(run, csv, tmp_path):
    run("train", "--data", csv, "--hidden", "4")
    result = json.loads(run("evaluate", "--model", "models/digits20.pkl", "--data", csv, "--json").stdout)
    assert set(result) == {*("accuracy", "precision", "recall", "f1", "per_class", "confusion", "labels", "images")}
    assert np.sum(result["confusion"]) == result["images"] == 120
    assert result["accuracy"] == np.trace(result["confusion"]) / 120


def test_evaluate_prints_a_row_a_digit_and_draws_the_confusion_matrix(run, csv, tmp_path):
    run("train", "--data", csv, "--hidden", "4")
    done = run("evaluate", "--model", "models/digits20.pkl", "--data", csv, "--plot", "confusion.png")
    assert "precision  recall      F1  images" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[1:11]] == [str(digit) for digit in range(10)]
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("solver", ["l-bfgs", "cg", "tnc", "bfgs", "newton-cg", "gd", "sgd", "adam"])
def test_every_solver_trains(run, csv, solver):
    done = run("train", "--data", csv, "--solver", solver, "--hidden", "4", "--lambda", "0.01", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["cost"] < 0.7 * result["costs"][0]
    assert result["plot"] is None


def test_validation_and_patience_stop_early_and_are_drawn(run, csv, tmp_path):
    done = run("train", "--data", csv, "--validation", "30", "--patience", "3", "--hidden", "30", "--lambda", "0")
    assert "66 images to train, 30 to validate, 24 to test" in done.stdout
    assert "validation cost has not fallen for 3 iterations" in done.stdout
    scores = load_model(tmp_path / "models/digits20.pkl").scores
    assert len(scores["validation_costs"]) - 1 - np.argmin(scores["validation_costs"]) == 3


def test_a_larger_seed_shuffles_otherwise_and_the_same_repeats_the_bytes(run, csv, tmp_path):
    files = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("train", "--data", csv, "--solver", "adam", "--seed", seed, "--model", f"{name}.pkl")
        files.append((tmp_path / f"{name}.pkl").read_bytes())
    assert files[0] == files[1] != files[2]


def test_words_as_labels(run, tmp_path, rng):
    rows = [f"{i % 2},{','.join(f'{v:.2f}' for v in rng.random(8))},{('no', 'yes')[i % 2]}" for i in range(60)]
    (tmp_path / "words.csv").write_text("\n".join(rows))
    done = run("train", "--data", "words.csv", "--labels", "any", "--hidden", "3")
    assert done.returncode == 0, done.stderr
    assert load_model(tmp_path / "models/digits20.pkl").labels == ("no", "yes")


def test_deskewed_training_reads_images_as_they_are(run, tmp_path):
    scores = [
        json.loads(run("train", "--train-size", "1000", "--max-iter", "40", "--json", *more).stdout)
        for more in ([], ["--deskew"])
    ]
    assert scores[1]["test_accuracy"] > scores[0]["test_accuracy"] + 0.01
    again = json.loads(run("evaluate", "--model", "models/digits20.pkl", "--json").stdout)
    assert again["accuracy"] == scores[1]["test_accuracy"]


def test_training_starts_from_another_model(run, csv, tmp_path):
    run("train", "--data", csv, "--hidden", "6", "5", "--model", "base.pkl", "--max-iter", "20")
    done = run("train", "--data", csv, "--init-from", "base.pkl", "--freeze", "1", "--model", "new.pkl")
    assert "start      base.pkl, trained with lambda 1, lowest hidden layers frozen: 1, test " in done.stdout
    base, new = load_model(tmp_path / "base.pkl"), load_model(tmp_path / "new.pkl")
    np.testing.assert_array_equal(new.Thetas[0], base.Thetas[0])
    assert new.scores["cost"] < base.scores["cost"]


def test_reference_names_the_shipped_model_to_start_from(run):
    done = run("train", "--init-from", "reference", "--show-settings", "--json")
    assert (done.returncode, json.loads(done.stdout)["init_from"]) == (0, "reference")


def test_images_are_resized_to_those_of_the_model_to_start_from(run, csv, tmp_path, rng):
    run("train", "--data", csv, "--hidden", "6", "--model", "base.pkl", "--max-iter", "5")
    rows = np.column_stack([rng.random((40, 25)), np.arange(40) % 4])
    np.savetxt(tmp_path / "larger.csv", rows, fmt="%.3f", delimiter=",")
    done = run("train", "--data", "larger.csv", "--init-from", "base.pkl", "--model", "new.pkl")
    assert "images resized from 5x5 to 3x3, which base.pkl reads" in done.stderr
    assert load_model(tmp_path / "new.pkl").image_shape == (3, 3)


def test_check_gradient_says_how_far_off_it_is(run, csv):
    assert "gradient   relative error" in run("train", "--data", csv, "--check-gradient").stdout


def test_scaled_pixels_and_small_sets_are_spoken_of_on_stderr(run, tmp_path, rng):
    X, y = rng.integers(256, size=(50, 9)), np.arange(50) % 5
    np.savetxt(tmp_path / "bytes.csv", np.column_stack([X, y]), fmt="%d", delimiter=",")
    done = run("train", "--data", "bytes.csv", "--hidden", "3")
    assert "digits20.train: note: bytes.csv: pixels run from" in done.stderr
    assert run("train", "--data", "bytes.csv", "--hidden", "3", "--quiet").stderr == ""


BAD_OPTIONS = [
    (["--lambda", "nan"], "nan: expected a finite number, 0 or more"),
    (["--lambda", "-1"], "-1: expected a finite number, 0 or more"),
    (["--lambda", "1e999"], "1e999: expected a finite number"),
    (["--lr", "0", "--solver", "gd"], "0: expected a finite number above 0"),
    (["--hidden", "-3"], "-3: expected a whole number from 0 to"),
    (["--hidden", "5", "0"], "a layer of 0 units"),
    (["--hidden", "many"], "'many': expected a whole number"),
    (["--solver", "magic"], "solver 'magic', expected one of l-bfgs, cg, "),
    (["--lr", "1"], "--learning-rate does not apply to --solver l-bfgs"),
    (["--momentum", "0.5", "--solver", "adam"], "--momentum does not apply to --solver adam"),
    (["--patience", "3"], "--patience needs --validation"),
    (["--validation", "4000"], "4000 training images are too few to hold back 4000"),
    (["--train-size", "5000"], "5000 images are too few to train with 5000 and test with others"),
    (["--train-size", "0"], "0: expected a whole number, 1 or more"),
    (["--max-iter", "0"], "0: expected a whole number, 1 or more"),
    (["--image-size", "0"], "0: expected a whole number from 1 to 256"),
    (["--labels-file", "missing"], "missing: no such file"),
    (["--lamb", "1"], "unrecognized arguments: --lamb 1"),
    (["--freeze", "1"], "--freeze needs --init-from"),
    (["--init-from", "missing.pkl"], "missing.pkl: no such file"),
    (["--data", "missing.csv"], "missing.csv: no such file"),
    (["--data", "."], ".: no pictures in this folder"),
    (["--data", ".", "--header"], "--header is for tables, and . holds pictures"),
    (["--data", ".", "--pixel-max", "255"], "--pixel-max is for tables, and . holds pictures"),
    (["--pictures", "found"], "--pictures is for folders of pictures, and there is none"),
    (["--model", "."], ".: cannot be written: a folder, expected a file"),
    (["--plot", "costs.jpg"], "costs.jpg: a plot ends in one of .png, .pdf, .svg"),
    (["--model", "file/model.pkl"], "cannot be written"),
]


@pytest.mark.parametrize(("options", "seen"), BAD_OPTIONS, ids=[" ".join(options) for options, _ in BAD_OPTIONS])
def test_bad_options_are_refused_in_one_line(options, seen, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    try:
        code = train(options)
    except SystemExit as end:
        code = end.code
    out, error = capsys.readouterr()
    assert (code, out) == (2, "")
    assert error.startswith("digits20.train: error: ")
    assert error.count("\n") == 1
    assert seen in error
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_divergence_names_a_learning_rate_and_writes_nothing(run, tmp_path):
    done = run("train", "--solver", "gd", "--lr", "1e6", "--activation", "relu")
    assert done.returncode == 2
    assert "error: the cost diverged" in done.stderr
    assert done.stderr.endswith("try a learning rate of 1\n")
    assert list(tmp_path.rglob("*")) == []


def test_a_bad_table_is_refused_with_its_line(run, csv):
    lines = csv.read_text().splitlines()
    lines[16] = lines[16].split(",", 1)[1]
    csv.write_text("\n".join(lines))
    assert "small.csv line 17: 8 pixels, expected 9" in refused(run("train", "--data", "small.csv"), "train")


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        (["--model", "missing.pkl"], "missing.pkl: no such file"),
        (["--plot", "x.foo"], "x.foo: a plot ends in one of .png, .pdf, .svg"),
        (["--model", "small.csv"], "small.csv: not a digits20 model"),
        (["--model", "m.pkl"], "m.pkl: not trained on the shipped digits; name images with --data"),
        (["--model", "m.pkl", "--data", "letters.csv", "--labels", "any"], "label 'a' occurs, but"),
    ],
)
def test_evaluate_refuses_what_does_not_fit(run, csv, tmp_path, options, seen):
    run("train", "--data", csv, "--model", "m.pkl")
    (tmp_path / "letters.csv").write_text("".join(f"{','.join('0' * 9)},{letter}\n" for letter in "aab"))
    assert seen in refused(run("evaluate", *options), "evaluate")


def test_evaluate_resizes_images_to_those_that_the_model_reads(run, csv, tmp_path):
    run("train", "--data", csv, "--model", "m.pkl")
    np.savetxt(tmp_path / "larger.csv", np.column_stack([np.eye(16), np.arange(16) % 3]), fmt="%g", delimiter=",")
    done = run("evaluate", "--model", "m.pkl", "--data", "larger.csv", "--json")
    assert json.loads(done.stdout)["images"] == 16
    assert done.stderr == "digits20.evaluate: note: images resized from 4x4 to 3x3, which m.pkl reads\n"


def idx(array):
    array = np.asarray(array, np.uint8)
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def test_idx_images_are_trained_on_and_scored_at_the_size_asked_for(run, tmp_path, rng):
    y = np.arange(80) % 10
    X = rng.integers(100, size=(80, 8, 8)) + 10 * y[:, None, None]
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(X))
    (tmp_path / "answers").write_bytes(idx(y))
    options = ["--data", "train-images-idx3-ubyte", "--labels-file", "answers"]
    done = run("train", *options, "--image-size", "5", "--max-iter", "5")
    assert "5x5 pixels; 64 images to train" in done.stdout
    assert done.stderr == "digits20.train: note: images resized from 8x8 to 5x5\n"
    assert json.loads(run("evaluate", *options, "--json").stdout)["images"] == 80
    assert load_model(tmp_path / "models/digits20.pkl").image_shape == (5, 5)


def test_a_header_can_be_denied(run, tmp_path, rng):
    rows = np.column_stack([rng.random((40, 9)).round(2), np.arange(40) % 4])
    np.savetxt(tmp_path / "rows.csv", rows, fmt="%g", delimiter=",", header="0,1,2,3,4,5,6,7,8,9", comments="")
    done = run("train", "--data", "rows.csv", "--no-header", "--pixel-max", "9", "--max-iter", "3")
    assert "32 images to train, 9 to test" in done.stdout


@pytest.mark.ctrl_c
def test_ctrl_c_saves_what_was_learned_and_exits_130(tmp_path):
    command = [sys.executable, "-m", "digits20.train", "--max-iter", "1000000", "--solver", "gd", "--quiet"]
    command += ["--checkpoint", "learned", "--checkpoint-every", "0.01"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("data")
    assert process.stdout.readline().startswith("network")
    written = set()  # the second is of weights better than the first
    while len(written) < 2:
        assert process.poll() is None
        written |= {path.stat().st_mtime_ns for path in tmp_path.glob("learned")}
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "interrupted" in out
    assert load_model(tmp_path / "models/digits20.pkl").scores["cost"] < 5


def test_a_command_called_from_python_leaves_the_logging_as_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("digits20")
    before = logger.handlers[:], logger.level, logger.propagate
    assert train(["--data", "missing.csv"]) == 2
    assert (logger.handlers, logger.level, logger.propagate) == before


def test_help_of_the_package_lists_the_commands(capsys):
    assert digits20([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_the_package_runs_its_commands_by_name(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "digits20", "evaluate", "--model", "x"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "digits20.evaluate: error: x: no such file\n")


def test_an_unknown_command_is_refused(capsys):
    assert digits20(["tran"]) == 2
    assert capsys.readouterr().err.startswith("digits20: error: no command 'tran', expected one of train")


# help


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_two_examples_that_begin_with_the_command(name, capsys):
    with pytest.raises(SystemExit):
        digits20(["help", name])
    text = capsys.readouterr().out
    examples = text.partition("examples:\n")[2].splitlines()
    assert text.startswith(f"usage: digits20 {name} ")
    assert len(examples) >= 2
    assert all(example.startswith(f"  digits20 {name}") for example in examples)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_option_tells_its_default(name):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"digits20.{COMMANDS[name][0]}").add_options(parser)
    command._add_common_options(parser)
    options = [action for action in parser._actions if action.option_strings and not action.required]
    texts = {action.option_strings[0]: command._Help("")._get_help_string(action) for action in options}
    assert [option for option, text in texts.items() if "default" not in text] == ["-h", "--version"]


def test_the_version_is_printed_by_the_package_and_by_each_command(capsys):
    assert digits20(["--version"]) == 0
    with pytest.raises(SystemExit, match="0"):
        digits20(["train", "--version"])
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_the_overview_lists_every_command_and_the_version(capsys):
    assert digits20([]) == 0
    assert {*COMMANDS, "--version"} <= set(capsys.readouterr().out.split())


def test_a_default_of_0_is_shown_too(capsys):
    with pytest.raises(SystemExit):
        digits20(["train", "--help"])
    assert "random seed; the same seed repeats a run (default: 0)" in " ".join(capsys.readouterr().out.split())


def test_test_data_is_what_the_network_is_tested_on(folder_of_tables, capsys):
    options = ["--data", "all.csv", "--test-data", "other.csv", "--max-iter", "3", "--no-plot", "--json"]
    assert train(options) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"]["train_size"] == 60
    model = load_model("models/digits20.pkl")
    assert told["test_accuracy"] == pytest.approx(model.accuracy(load("other.csv")))


def test_test_data_with_a_label_of_its_own_is_refused(folder_of_tables, capsys):
    Path("other.csv").write_text(Path("other.csv").read_text() + ",".join(["0"] * 9) + ",9\n")
    assert train(["--data", "all.csv", "--test-data", "other.csv", "--labels", "any"]) == 2
    assert capsys.readouterr().err.endswith("other.csv: label 9 does not occur among the training images\n")


def test_train_size_all_leaves_nothing_to_test_with(folder_of_tables, capsys):
    assert train(["--data", "all.csv", "--train-size", "all", "--max-iter", "3", "--no-plot", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test_accuracy"] is None


@pytest.fixture
def folder_of_tables(tmp_path, monkeypatch, small):
    """all.csv with 60 images and other.csv with 20 of them, labels last."""
    monkeypatch.chdir(tmp_path)
    for name, part in (("all.csv", small), ("other.csv", small.take(slice(0, 20)))):
        np.savetxt(name, np.column_stack([part.X, part.y]), delimiter=",", fmt=["%.6f"] * 9 + ["%d"])


@pytest.mark.parametrize("words", [["help", "train", "evaluate"], ["--version", "extra"], ["--help", "me"]])
def test_words_that_mean_nothing_are_refused(words, capsys):
    assert digits20(words) == 2
    assert capsys.readouterr().err.startswith(f"digits20: error: {words[0]} takes ")


def test_a_solver_that_cannot_train_a_network_is_refused_with_the_reason(capsys):
    with pytest.raises(SystemExit, match="2"):
        train(["--solver", "SLSQP"])
    assert "solver 'SLSQP' is for constrained problems" in capsys.readouterr().err


def test_without_a_terminal_progress_is_a_line_each_minute(monkeypatch, caplog):
    caplog.set_level("INFO", "digits20")
    clock = itertools.count(0, 25)
    monkeypatch.setattr(command.time, "monotonic", lambda: next(clock))
    with command.progress_bars(["training"], 9, False, " epochs") as update:
        for done in range(1, 6):
            update(0, done, f"cost {done}")
    assert caplog.messages == ["training: 3 of 9 epochs, cost 3"]
