"""The gradient check as a command, and before training."""

import json
import subprocess
import sys

import numpy as np
import pytest

from digits20 import gradient_error, numerical_gradient
from digits20.gradcheck import main as gradcheck
from digits20.nn.network import ACTIVATIONS
from digits20.train.__main__ import main as train


@pytest.fixture
def broken(monkeypatch):
    """Sigmoid layers whose slope is a thousandth too steep."""
    right = ACTIVATIONS["sigmoid"]

    def backprop(delta, A):
        right.backprop(delta, A)
        delta *= 1.001

    monkeypatch.setitem(ACTIVATIONS, "sigmoid", right._replace(backprop=backprop))


def test_the_command_prints_both_gradients_side_by_side_and_the_relative_error():
    command = [sys.executable, "-W", "error", "-m", "digits20.gradcheck"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    head, first, *_, blank, last = done.stdout.splitlines()
    assert head.split() == ["weight", "numerical", "analytic"]
    assert first.startswith("Theta1[0, 0]")
    assert first.split()[-1] == first.split()[-2]
    assert (blank, last.split()[:2]) == ("", ["relative", "error"])


def result(capsys, *options):
    assert gradcheck(["--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("lam", ["0", "3"])
def test_every_activation_output_and_lambda_is_right(capsys, activation, output, lam):
    seen = result(capsys, "--activation", activation, "--output", output, "--lambda", lam, "--hidden", "6", "4")
    assert seen["relative_error"] < 1e-8
    assert seen["layer_sizes"] == [4, 6, 4, 3]
    np.testing.assert_allclose(seen["numerical"], seen["analytic"], atol=1e-8)


def test_a_network_without_hidden_layers_is_checked_too(capsys):
    assert len(result(capsys, "--hidden", "0")["analytic"]) == 15


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_convolutions_are_checked_on_the_smallest_images_that_they_fit(capsys, activation):
    seen = result(capsys, "--layers", "conv 4 5, pool 2, 10", "--activation", activation)
    assert seen["relative_error"] < 1e-7
    assert (seen["layer_sizes"], len(seen["analytic"])) == ([36, 4, 10, 3], 104 + 50 + 33)


def test_of_large_networks_some_weights_are_checked(capsys):
    assert gradcheck(["--hidden", "100", "30"]) == 0
    *_, last, _, said = capsys.readouterr().out.splitlines()
    assert last.startswith("Theta3[2, ")
    assert " of 500 of 3623 weights " in said


def test_another_seed_is_another_network(capsys):
    assert result(capsys)["analytic"] != result(capsys, "--seed", "1")["analytic"]


def test_a_wrong_gradient_is_shown_and_then_refused(capsys, broken):
    assert gradcheck([]) == 2
    shown = capsys.readouterr()
    assert "Theta1[0, 0]" in shown.out
    assert shown.err.startswith("digits20.gradcheck: error: the gradient is wrong: relative error ")
    assert shown.err.endswith("expected at most 1e-06\n")


def test_training_with_a_wrong_gradient_stops_before_it_begins(capsys, broken, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train(["--check-gradient", "--no-plot"]) == 2
    assert "digits20.train: error: the gradient is wrong: relative error " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_training_with_a_right_gradient_goes_on(capsys, tmp_path, activation):
    options = ["--activation", activation, "--max-iter", "1", "--no-plot", "--model", str(tmp_path / "m.pkl")]
    assert train(["--check-gradient", *options]) == 0
    assert "gradient   relative error" in capsys.readouterr().out


def test_the_package_still_exports_the_functions():
    assert callable(gradient_error)
    assert callable(numerical_gradient)
