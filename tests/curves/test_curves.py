"""Learning curves, validation curves and cost histories, as commands and in Python."""

import csv
import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits20 import LBFGS, MiniBatch, Network, load_model, save_model
from digits20.curves.__main__ import _what_was_trained
from digits20.curves.__main__ import main as curves
from digits20.learning.curves.curve import default_sizes, folds, lambda_curve, learning_curve, standard_error
from digits20.learning.curves.history import ClockedJob, History, history
from digits20.learning.ensemble import Job
from digits20.learning.transfer import from_scratch
from digits20.plots.curves import plot_curve, plot_histories
from digits20.train.__main__ import main as train


@pytest.fixture
def small_csv(tmp_path, rng, monkeypatch, here):
    """120 images of 3x3 pixels with three labels, in an empty folder that is the current one."""
    y = np.arange(120) % 3
    X = rng.random((120, 9)).round(3)
    X[:, 0] = y / 2
    np.savetxt(tmp_path / "small.csv", np.column_stack([X, y]), fmt="%g", delimiter=",")
    monkeypatch.chdir(tmp_path)
    return ["--data", "small.csv", "--hidden", "4", "--max-iter", "15", "--quiet"]


@pytest.fixture
def result(small_csv, capsys):
    """The JSON that these options print."""

    def result(*options):
        assert curves([*small_csv, "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return result


@pytest.fixture
def error(small_csv, capsys):
    def error(*options):
        assert curves([*small_csv, *options]) == 2
        shown = capsys.readouterr()
        assert (shown.out, shown.err.count("\n")) == ("", 1)
        return shown.err

    return error


def job_for(digits, **more):
    rng = np.random.default_rng(3)
    start = from_scratch(Network((9, 4, 3)), rng)
    settings = {"lam": 0.1, "warps": None, "solver": LBFGS(15), "patience": None} | more
    return Job(start=start, train=digits, validation=None, rng=rng, **settings)


def test_the_command_draws_tells_and_advises(small_csv, tmp_path):
    options = ["--kind", "learning", "--plot", "learning.png", "--sizes", "20", "40", "60"]
    command = [sys.executable, "-W", "error", "-m", "digits20.curves", *small_csv, *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    table, advice, files = done.stdout.split("\n\n")
    assert [line.split()[0] for line in table.splitlines()] == ["images", "20", "40", "60"]
    assert "with 60 images the training accuracy is" in advice.replace("\n", " ")
    assert files == "plot       learning.png\n"
    assert (tmp_path / "learning.png").read_bytes().startswith(b"\x89PNG")


def test_learning_json_has_means_errors_and_the_advice(result):
    seen = result("--kind", "learning", "--sizes", "30", "60", "--values", "0.1", "1")
    assert (seen["images"], seen["folds"], seen["kind"]) == ([30, 60], 3, "learning")
    assert all(len(seen[f"{part}_{what}"]) == 2 for part in ("train", "validation") for what in ("costs", "accuracies"))
    assert all(error >= 0 for error in seen["validation_costs_standard_error"])
    assert seen["advice"].lower().startswith(seen["verdict"])
    assert seen["lambdas"]["lambda"] == [0.1, 1]
    assert seen["settings"]["hidden"] == [4]


def test_lambda_json_names_the_best_value_and_those_as_good(result):
    seen = result("--kind", "lambda", "--values", "0", "1", "1000", "--folds", "2")
    assert (seen["lambda"], seen["folds"]) == ([0, 1, 1000], 2)
    lowest = int(np.argmin(seen["validation_costs"]))
    assert seen["best"] == seen["lambda"][lowest] != 1000
    limit = seen["validation_costs"][lowest] + seen["validation_costs_standard_error"][lowest]
    near = [lam for lam, cost in zip(seen["lambda"], seen["validation_costs"], strict=True) if cost <= limit]
    assert seen["within_one_standard_error"] == [lam for lam in near if lam != seen["best"]]


def test_lambda_is_told_with_how_sure_it_is(small_csv, capsys):
    assert curves([*small_csv, "--kind", "lambda", "--values", "0.1", "100", "--folds", "2"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Best lambda 0.1: validation cost " in text
    assert "(mean and standard error of 2 folds). No other value is within one standard error of it." in text
    assert "It is the smallest of the values: try smaller ones." in text


def test_one_validation_part_has_no_spread(result):
    seen = result("--kind", "learning", "--validation", "24", "--sizes", "36", "72")
    assert seen["folds"] == 1
    assert seen["validation_costs_standard_error"] == [None, None]


def test_the_csv_has_a_row_a_fit(result):
    seen = result("--kind", "lambda", "--values", "0.1", "1", "--folds", "2", "--csv", "lambda.csv")
    with Path("lambda.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["lambda"], row["fold"]) for row in rows] == [("0.1", "1"), ("0.1", "2"), ("1.0", "1"), ("1.0", "2")]
    assert np.mean([float(row["validation_cost"]) for row in rows[:2]]) == pytest.approx(seen["validation_costs"][0])


def test_solvers_are_compared_over_iterations_evaluations_and_seconds(result, tmp_path):
    options = ["--solver", "l-bfgs", "cg", "adam", "--lr", "0.05", "--csv", "cost.csv"]
    seen = result("--kind", "cost", *options, "--against", "evaluations", "--plot", "cost.svg")
    assert [one["name"] for one in seen["histories"]] == ["l-bfgs", "cg", "adam"]
    assert len({round(one["costs"][0], 6) for one in seen["histories"]}) == 1
    for one in seen["histories"]:
        assert len(one["evaluations"]) == len(one["seconds"]) == len(one["costs"]) == one["iterations"] + 1
        assert one["evaluations"] == sorted(one["evaluations"])
        assert one["seconds"] == sorted(one["seconds"])
    assert (tmp_path / "cost.csv").read_text().count("\n") == 1 + 3 * 16
    assert (tmp_path / "cost.svg").read_bytes().startswith(b"<?xml")


def test_trained_models_are_laid_over_one_another(result, small_csv, capsys):
    for name, lam in (("a.pkl", "0.1"), ("b.pkl", "1")):
        assert train([*small_csv, "--lambda", lam, "--model", name, "--no-plot"]) == 0
    capsys.readouterr()
    seen = result("--kind", "cost", "--model", "a.pkl", "--model", "b.pkl")
    assert [one["costs"] for one in seen["histories"]] == [load_model(name).costs for name in ("a.pkl", "b.pkl")]
    assert [one["seconds"] for one in seen["histories"]] == [None, None]
    assert curves(["--kind", "cost", "--model", "a.pkl", "--model", "b.pkl"]) == 0
    assert "note: trained with different lambdas: each cost holds a penalty of its own" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        (["--kind", "lambda", "--lambda", "1"], "--lambda does not apply to --kind lambda"),
        (["--kind", "lambda", "--sizes", "5"], "--sizes does not apply to --kind lambda"),
        (["--kind", "cost", "--values", "5"], "--values does not apply to --kind cost"),
        (["--kind", "learning", "--model", "a.pkl"], "--model does not apply to --kind learning"),
        (["--kind", "learning", "--solver", "cg", "gd"], "--solver: --kind learning takes one"),
        (["--kind", "cost", "--solver", "cg", "l-bfgs", "--lr", "1"], "--learning-rate does not apply to --solver cg"),
        (["--kind", "cost", "--model", "missing.pkl"], "missing.pkl: no such file"),
        (["--folds", "3", "--validation", "9"], "--folds or --validation, not both"),
        (["--folds", "97"], "96 images cannot make 97 folds"),
        (["--sizes", "65"], "65 images: the part to train with has 64"),
        (["--ensemble", "2"], "--ensemble: a curve is that of one network"),
        (["--plot", "a.jpg"], "a.jpg: a plot ends in one of .png, .pdf, .svg"),
        (["--csv", "."], ".: cannot be written"),
    ],
)
def test_what_does_not_go_together_is_refused_before_training(error, options, seen):
    assert seen in error(*options)


def test_different_trainings_are_told_apart_in_the_title(small):
    alike, other = job_for(small).run(), job_for(small, lam=1.0).run()
    assert _what_was_trained({"a": alike, "b": alike}) == "9-4-3 sigmoid network, λ = 0.1"
    told = _what_was_trained({"a": alike, "b": other})
    assert told == "a: 9-4-3 sigmoid network, λ = 0.1\nb: 9-4-3 sigmoid network, λ = 1"


def test_a_model_keeps_no_evaluations(error, small_csv, capsys):
    assert train([*small_csv, "--model", "a.pkl", "--no-plot"]) == 0
    capsys.readouterr()
    seen = error("--kind", "cost", "--model", "a.pkl", "--against", "seconds")
    assert "a.pkl: has its cost history over iterations only, not over seconds" in seen


@pytest.mark.ctrl_c
def test_ctrl_c_ends_a_curve_with_130(tmp_path):
    command = [sys.executable, "-m", "digits20.curves", "--check-gradient", "--solver", "gd", "--max-iter", "1000000"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("gradient")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (130, "digits20.curves: interrupted\n")


def test_show_settings_trains_nothing(result):
    seen = result("--recipe", "accurate", "--show-settings")
    assert (seen["hidden"], seen["deskew"], seen["iterations"]) == ([4], True, 15)


# in Python


def test_folds_hold_back_every_image_once_and_each_label_evenly(digits, rng):
    parts = folds(digits.shuffle(rng).take(slice(0, 1000)), 3, rng)
    assert sum(len(validation) for _, validation in parts) == 1000
    for one, validation in parts:
        assert len(one) + len(validation) == 1000
        counts = np.bincount(one.y, minlength=10), np.bincount(validation.y, minlength=10)
        assert np.abs(counts[0] - 2 * counts[1]).max() <= 3


def test_sizes_grow_by_the_same_factor_up_to_all_images():
    sizes = default_sizes(2667, 10)
    assert (len(sizes), sizes[-1]) == (8, 2667)
    ratios = np.divide(sizes[1:], sizes[:-1])
    assert ratios.max() - ratios.min() < 0.03
    assert default_sizes(12, 10) == [12]


def test_a_curve_holds_what_the_same_jobs_give_alone(small, rng):
    parts, job = folds(small, 2, rng), job_for(small)
    curve = lambda_curve(job, parts, [1.0, 0.0])
    alone = job_for(parts[1][0], lam=1.0).run()
    assert curve.values == (0.0, 1.0)
    assert curve.validation_accuracies[1, 1] == alone.accuracy(parts[1][1])
    assert curve.train_accuracies[1, 1] == alone.accuracy(parts[1][0])


@pytest.mark.usefixtures("here")
def test_costs_are_without_the_penalty(small, rng):
    parts = folds(small, 2, rng)
    alone = job_for(parts[0][0], lam=5.0).run()
    penalty = 5.0 / (2 * 30) * sum(float((Theta[:, 1:] ** 2).sum()) for Theta in alone.Thetas)
    curve = lambda_curve(job_for(small), parts, [5.0])
    assert curve.train_costs[0, 0] == pytest.approx(alone.scores["cost"] - penalty)


def test_a_smaller_size_has_its_share_of_each_label(small, rng):
    heard = []
    curve = learning_curve(job_for(small), folds(small, 2, rng), [6, 30], heard.append)
    assert curve.train_costs.shape == (2, 2)
    assert heard[-1] == 4
    assert np.isfinite(curve.validation_costs).all()


def test_the_standard_error_is_that_of_the_mean():
    assert standard_error(np.array([[1.0, 2.0, 3.0]]))[0] == pytest.approx(1 / math.sqrt(3))
    assert math.isnan(standard_error(np.array([[1.0]]))[0])


def test_a_clock_changes_no_bit_of_the_training(small):
    plain = job_for(small, solver=MiniBatch(5, batch_size=16))
    more = {name: getattr(plain, name) for name in Job.__dataclass_fields__} | {"rng": np.random.default_rng(8)}
    clocked = ClockedJob(**more, name="adam").run()
    np.testing.assert_array_equal(clocked.theta, Job(**more | {"rng": np.random.default_rng(8)}).run().theta)
    one = history("x", clocked)
    assert one.evaluations == [1, 2, 3, 4, 5, 6]
    assert one.epochs


def test_a_model_of_a_clocked_job_can_be_saved(small, tmp_path):
    more = {name: getattr(job_for(small), name) for name in Job.__dataclass_fields__}
    save_model(ClockedJob(**more, name="l-bfgs").run(), tmp_path / "m.pkl")
    assert history("m", load_model(tmp_path / "m.pkl")).seconds


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.mark.usefixtures("here")
def test_a_picture_of_a_curve_has_units_and_says_what_was_trained(axes, small, rng):
    figure = axes.figure
    plot_curve(axes, learning_curve(job_for(small), folds(small, 2, rng), [10, 30]))
    costs, accuracies = figure.axes
    assert (costs.get_xlabel(), costs.get_ylabel()) == ("training images", "cost without penalty")
    assert accuracies.get_ylabel() == "accuracy, %"
    assert figure.get_suptitle().startswith("9-4-3 sigmoid network, λ = 0.1: mean and standard error of 2 folds")


@pytest.mark.usefixtures("here")
def test_a_picture_over_lambda_marks_the_best(axes, small, rng):
    figure = axes.figure
    plot_curve(axes, lambda_curve(job_for(small), folds(small, 2, rng), [0, 0.1, 100]))
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert any(label.startswith("lowest validation cost: λ = ") for label in labels)
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["0", "0.1", "100"]


def test_histories_differ_in_line_and_mark_as_well_as_in_colour(axes):
    many = [History(f"{k}", [3.0, 2.0 - 0.1 * k], [1, 2 + k], [0.0, 0.1]) for k in range(7)]
    plot_histories(axes, many, "evaluations", "what")
    assert len({(line.get_marker(), line.get_color()) for line in axes.lines}) == 7
    assert len({line.get_marker() for line in axes.lines}) == 7
    assert list(axes.lines[3].get_xdata()) == [1, 5]
    assert (axes.get_xlabel(), axes.get_title()) == ("passes over the training set (evaluations of J)", "what")
