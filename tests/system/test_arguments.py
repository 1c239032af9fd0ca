"""What callers hand over as a seed, as theta and as a count."""

import numpy as np
import pytest

from digits20 import (
    LBFGS,
    Digits,
    Digits20Error,
    GradientDescent,
    ModelFileError,
    Network,
    Objective,
    fit,
    load_digits,
    load_model,
    minimize,
    save_model,
)
from digits20.data import convert
from digits20.estimator import DigitsClassifier
from digits20.learning.settings import Training
from digits20.nn.gradient_check import gradient_error

SEEDS = (None, "x", -1, 1.5, True)


@pytest.fixture
def digits():
    return Digits(np.eye(4), [0, 1, 0, 1], labels=(0, 1))


@pytest.fixture
def J(digits):
    return Objective(Network((4, 2)), digits)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "use",
    [
        lambda digits, seed: digits.shuffle(seed),
        lambda digits, seed: digits.split_stratified(2, seed),
        lambda digits, seed: list(digits.batches(2, seed)),
        lambda digits, seed: list(Objective(Network((4, 2)), digits).batches(2, seed)),
        lambda digits, seed: Network((4, 2)).initial_theta(seed),
        lambda digits, seed: Training(seed=seed),
    ],
    ids=["shuffle", "split_stratified", "batches", "batches of J", "initial_theta", "Training"],
)
def test_wrong_seed_is_refused_in_words(digits, use, seed):
    with pytest.raises(Digits20Error, match=r"random seed .*, expected a whole number of 0 or more, or a Generator"):
        use(digits, seed)


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_fit_and_minimize_refuse_a_wrong_seed(J, seed):
    for run in (fit, minimize):
        with pytest.raises(Digits20Error, match="random seed"):
            run(J, np.zeros(10), LBFGS(), rng=seed)


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_classifier_refuses_a_wrong_seed(digits, seed):
    with pytest.raises(Digits20Error, match="random seed"):
        DigitsClassifier(random_state=seed).fit(digits.X, digits.y)


@pytest.mark.parametrize("seed", [3, np.int64(3), [3], np.random.default_rng(3)])
def test_seed_may_be_what_numpy_takes(digits, seed):
    assert len(digits.shuffle(seed)) == 4


def test_lists_are_taken_as_theta(J):
    theta = [0] * 10
    assert J(theta)[0] == J(np.zeros(10))[0]
    assert fit(J, theta, LBFGS()).theta.tolist() == fit(J, np.zeros(10), LBFGS()).theta.tolist()
    assert gradient_error(J, theta) < 1e-7


@pytest.mark.parametrize("theta", [None, "abc", [[1], [1, 2]], [1j] * 10])
def test_what_cannot_be_theta_is_refused_in_words(J, theta):
    for run in (fit, minimize):
        with pytest.raises(Digits20Error, match=r"^theta is .*, expected one flat array of all weights$"):
            run(J, theta, LBFGS())


@pytest.mark.parametrize("sizes", ["abc", 5, None])
def test_network_of_no_sizes_is_refused_in_words(sizes):
    with pytest.raises(Digits20Error, match=r"^layer sizes .*, expected those of all layers, such as"):
        Network(sizes)


def test_network_says_which_rule_its_sizes_break():
    with pytest.raises(Digits20Error, match=r"\(400, 0, 10\), expected 1 or more each"):
        Network((400, 0, 10))
    with pytest.raises(Digits20Error, match=r"\(400,\), expected two or more"):
        Network((400,))
    for size in (2.5, "x", True):
        with pytest.raises(Digits20Error, match=r"^a layer size is .*, expected a whole number"):
            Network((400, size, 10))


@pytest.mark.parametrize("size", [0.5, "x", None, True])
def test_split_takes_a_whole_number_only(digits, size):
    with pytest.raises(Digits20Error, match=r"^the number of images in the first part is .*, expected a whole number"):
        digits.split(size)
    with pytest.raises(Digits20Error, match=r"^the number of images to take is .*, expected a whole number"):
        digits.split_stratified(size, 0)


WRONG = {
    "patience": lambda J, theta, digits: fit(J, theta, LBFGS(), validation=digits, patience="x"),
    "patience is 1.5": lambda J, theta, digits: fit(J, theta, LBFGS(), validation=digits, patience=1.5),
    "monitor is 'loss'": lambda J, theta, digits: fit(J, theta, LBFGS(), validation=digits, monitor="loss"),
    "validation is": lambda J, theta, digits: fit(J, theta, LBFGS(), validation=digits.X),
    "threads is 'x'": lambda J, theta, digits: fit(J, theta, LBFGS(), threads="x"),
    "checkpoint is 'a'": lambda J, theta, digits: fit(J, theta, LBFGS(), checkpoint="a"),
    "J is None": lambda J, theta, digits: fit(None, theta, LBFGS()),
    "minimize takes any function": lambda J, theta, digits: fit(lambda theta: (0.0, theta), theta, LBFGS()),
    "lambda is 'x'": lambda J, theta, digits: Objective(J.network, digits, lam="x"),
    "lambda is None": lambda J, theta, digits: Objective(J.network, digits, lam=None),
    r"expected Objective\(network, digits\)": lambda J, theta, digits: Objective(digits, J.network),
    "iterations is 'x'": lambda J, theta, digits: fit(J, theta, LBFGS(iterations="x")),
    "iterations is -1": lambda J, theta, digits: minimize(J, theta, LBFGS(iterations=-1)),
    "learning rate is 'fast'": lambda J, theta, digits: fit(J, theta, GradientDescent(learning_rate="fast")),
    r"indices \[99\]": lambda J, theta, digits: gradient_error(J, theta, [99]),
    r"indices \[0.5\]": lambda J, theta, digits: gradient_error(J, theta, [0.5]),
    "dtype int8": lambda J, theta, digits: digits.astype("int8"),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_cannot_be_meant_is_refused_in_a_sentence(J, digits, said):
    with pytest.raises(Digits20Error, match=said):
        WRONG[said](J, J.network.initial_theta(0), digits)


def test_labels_of_another_kind_are_refused_not_counted_as_wrong():
    digits = load_digits()[::500]
    with pytest.raises(Digits20Error, match="labels such as '0', expected some of 0, 1, 2"):
        load_model("course").accuracy(digits.X, [str(label) for label in digits.y])


def test_floats_of_0_to_255_are_said(monkeypatch, caplog):
    monkeypatch.setattr(convert, "_hinted", [])
    load_model("course").predict(load_digits()[::500].X.clip(0, 1) * 255)
    assert "pixels run from 0 to 255" in caplog.text


def test_a_solver_that_scipy_has_and_we_do_not_is_told_with_ours():
    with pytest.raises(Digits20Error, match=r"solver 'slsqp' .*: expected one of l-bfgs, .* adam"):
        minimize(lambda theta: (0.0, theta), [1.0], "slsqp")


def test_what_is_no_model_is_not_saved(digits, tmp_path):
    with pytest.raises(ModelFileError, match="is no Model"):
        save_model(digits, tmp_path / "x.pkl")
