"""Extreme figures: finite costs, or a clear stop that keeps the last good weights; never a warning. And equal bits."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from digits20 import LBFGS, Digits, Diverged, GradientDescent, MiniBatch, Network, Objective, Scipy, fit, load_model
from digits20.__main__ import main as digits20
from digits20.images.augment import Warps
from digits20.learning.evaluation import evaluate

SOLVERS = {
    "l-bfgs": LBFGS(8),
    "cg": Scipy("CG", 8),
    "tnc": Scipy("TNC", 8),
    "bfgs": Scipy("BFGS", 8),
    "newton-cg": Scipy("Newton-CG", 8),
    "gd": GradientDescent(8),
    "sgd": MiniBatch(8, 0.1, "sgd", batch_size=7),
    "adam": MiniBatch(8, batch_size=7),
}
FAST = {
    "gd": GradientDescent(8, 1e6),
    "sgd": MiniBatch(8, 1e6, "sgd", batch_size=7),
    "adam": MiniBatch(8, 1e6, batch_size=7),
}


def constant(X, y):
    X[:, 3:] = 0.7


def duplicated(X, y):
    X[:, 5:] = X[:, :4]


def blank(X, y):
    X[:] = 0


def separable(X, y):
    X[:] = 0
    X[np.arange(len(y)), y] = 1


def one_a_class(X, y):
    y[:] = np.arange(len(y)) % 3


def bright(X, y):
    X *= 1e4


SETS = {change.__name__: change for change in (constant, duplicated, blank, separable, one_a_class, bright)}


def made(name, dtype):
    rng = np.random.default_rng(0)
    y = np.arange(3 if name == "one_a_class" else 30) % 3
    X = rng.random((len(y), 9))
    SETS[name](X, y)
    return Digits(X.astype(dtype), y, labels=(0, 1, 2))


def run(J, solver, rng):
    """The model, or the divergence."""
    try:
        return fit(J, J.network.initial_theta(rng), solver, rng=rng)
    except Diverged as stop:
        return stop


def is_stopped_in_time(end, J):
    """The last good weights are no worse than the first."""
    assert np.isfinite(end.solution.theta).all()
    assert J(end.solution.theta)[0] <= end.solution.costs[0] * (1 + 1e-6)


def is_sound(model, digits):
    """Finite wherever one looks, and no worse than at the start."""
    assert np.isfinite(model.theta).all()
    assert np.isfinite(model.costs).all()
    assert model.scores["cost"] <= 1.01 * model.costs[0]  # an epoch's cost is known up to its noise only
    assert np.isfinite(model.predict_proba(digits.X)).all()
    assert 0 <= evaluate(model, digits).accuracy <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("images", SETS)
def test_every_solver_and_layer_stays_finite(images, solver, dtype, rng):
    digits = made(images, dtype)
    kinds = itertools.product(["sigmoid", "tanh", "relu"], ["sigmoid", "softmax"])
    for (hidden, output), lam in zip(kinds, [0.0, 1e6, 1.0, 0.0, 0.0, 1e6], strict=True):
        J = Objective(Network((9, 4, 3), hidden, output), digits, lam)
        end = run(J, SOLVERS[solver], rng)
        if isinstance(end, Diverged):
            assert solver in FAST
            is_stopped_in_time(end, J)
        else:
            is_sound(end, digits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("solver", FAST)
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
def test_a_learning_rate_of_a_million_stops_or_stays_finite(solver, hidden, dtype, rng):
    for images, output in itertools.product(SETS, ["sigmoid", "softmax"]):
        digits = made(images, dtype)
        J = Objective(Network((9, 4, 3), hidden, output), digits, 1.0)
        end = run(J, FAST[solver], rng)
        if isinstance(end, Diverged):
            assert "try a learning rate of" in str(end)
            is_stopped_in_time(end, J)
        else:
            is_sound(end, digits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("logit", [1e4, -1e4])
def test_huge_logits_have_finite_costs_and_gradients(logit, output, dtype):
    network = Network((9, 3), output=output)
    digits = Digits(np.ones((6, 9), dtype), np.arange(6) % 3, labels=(0, 1, 2))
    theta = np.zeros(network.size)
    network.matrices(theta)[0][:, 0] = [logit, 0, -logit]
    cost, gradient = Objective(network, digits, 0.0)(theta)
    right = Objective(network, digits.astype(np.float64), 0.0)(theta)[0]
    assert cost == pytest.approx(right, rel=1e-6)
    assert 1e3 < cost < 1e5
    assert np.isfinite(gradient).all()


def test_blank_images_can_be_deskewed_and_warped(rng):
    blank = Digits(np.zeros((20, 400), np.float32), np.arange(20) % 10, labels=tuple(range(10)))
    digits = blank.prepared(("deskew",))
    J = Objective(Network((400, 5, 10)), digits, 0.0, Warps((20, 20), bank=4))
    model = fit(J, J.network.initial_theta(rng), MiniBatch(3), rng=rng)
    is_sound(model, blank)
    assert not digits.X.any()


# the command


@pytest.fixture
def table(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.random((60, 9)).round(3)
    X[:, 0] = y / 2
    np.savez(tmp_path / "images.npz", X=X, y=y)
    np.savez(tmp_path / "blank.npz", X=np.zeros((60, 9)), y=y)
    monkeypatch.chdir(tmp_path)
    return ["train", "--data", "images.npz", "--hidden", "4", "--no-plot", "--quiet"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_command_on_blank_images_says_nothing_on_stderr(table, capsys, solver):
    options = ["--data", "blank.npz", "--solver", solver, "--max-iter", "5", "--lambda", "0", "--deskew"]
    assert digits20([*table, *options]) == 0
    assert digits20(["evaluate", "--data", "blank.npz", "--model", "models/digits20.pkl"]) == 0
    assert digits20(["predict", "--data", "blank.npz", "--model", "models/digits20.pkl"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "nan" not in shown.out


class RunsAway(GradientDescent):
    """Goes down for five iterations, then off."""

    def run(self, J, theta, rng, log, last=None):
        GradientDescent(5, 0.1).run(J, theta, rng, log)
        log(1e6 * theta, J(1e6 * theta)[0])


def test_divergence_after_something_was_learned_saves_that_and_says_so(table, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("digits20.cli.training.solver_of", lambda name, settings, preset: RunsAway())
    assert digits20([*table, "--solver", "gd"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("digits20.train: error: the cost diverged: ")
    assert error.endswith(", are in models/digits20.pkl\n")
    model = load_model(tmp_path / "models/digits20.pkl")
    assert model.scores["cost"] < model.costs[0]
    assert f"cost {model.scores['cost']:.4f}" in error
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["digits20.pkl"]


# equal bits


BITS = """
for solver in "l-bfgs cg tnc bfgs newton-cg gd sgd adam".split():
    more = ["--augment"] if solver in ("sgd", "adam") else ["--deskew"]
    options = ["--data", "images.npz", "--hidden", "4", "--max-iter", "4", "--no-plot", "--quiet", "--json", *more]
    assert digits20(["train", *options, "--solver", solver, "--model", f"{folder}/{solver}.pkl"]) == 0
options += ["--solver", "adam", "--ensemble", "2", "--model", f"{folder}/ensemble.pkl"]
assert digits20(["train", *options]) == 0
"""


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_every_solver_warps_and_an_ensemble(table, tmp_path):
    exec(BITS, {"digits20": digits20, "folder": "a"})
    command = [sys.executable, "-c", f"from digits20.__main__ import main as digits20; folder = 'b'{BITS}"]
    environment = os.environ | {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=300)
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == 9
    assert [path.name for path in files if path.read_bytes() != (tmp_path / "b" / path.name).read_bytes()] == []
