"""What held-out images tell of a model: its temperature, and what is unlike all that it learned."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import LBFGS, Network, Objective, fit
from digits20.learning.calibration import calibrated
from digits20.learning.confidence import Confidence, compared_layer, distance
from digits20.nn.layers import Conv, Dense, MaxPool


@pytest.fixture(scope="module")
def parts(digits):
    train, rest = digits.shuffle(np.random.default_rng(0)).split(1500)
    return train, *rest.take(slice(2000)).split(1000)


@pytest.fixture(scope="module")
def model(parts):
    J = Objective(Network((400, 25, 10)), parts[0], lam=0.1)
    return fit(J, J.network.initial_theta(0), LBFGS(60))


@pytest.fixture(scope="module")
def sure(model, parts):
    return calibrated(model, *parts[:2])


def gap(model, digits):
    """The mean gap between confidence and accuracy over ten bins of confidence."""
    P = model.predict_proba(digits.X)
    right, confidence = P.argmax(axis=1) == digits.y, P.max(axis=1)
    bins = np.minimum((confidence * 10).astype(int), 9)
    return sum(abs((right[bins == k] - confidence[bins == k]).sum()) for k in range(10)) / len(right)


def test_probabilities_are_as_often_right_as_they_say(sure, parts):
    assert gap(sure, parts[2]) < 0.04


def test_an_overconfident_model_is_cooled(model, parts):
    theta = model.theta.copy()
    model.network.matrices(theta)[-1][:] *= 10
    boasting = replace(model, theta=theta)
    assert gap(boasting, parts[2]) > 3 * gap(calibrated(boasting, *parts[:2]), parts[2])


def test_labels_stay_the_same(model, sure, parts):
    assert (model.predict(parts[2].X) == sure.predict(parts[2].X)).all()


def test_probabilities_sum_to_one(sure, parts):
    np.testing.assert_allclose(sure.predict_proba(parts[2].X).sum(axis=1), 1)


def test_one_in_a_hundred_held_out_images_is_called_unknown(sure, parts):
    assert 0.005 <= 1 - sure.known(parts[1].X).mean() <= 0.015


@pytest.mark.parametrize("reject", [0.1, 0.5])
def test_reject_is_the_share_of_held_out_images_that_is_called_unknown(sure, parts, reject):
    assert 1 - sure.known(parts[1].X, reject).mean() == pytest.approx(reject, abs=0.01)


def test_a_digit_that_was_not_learned_is_called_unknown_far_more_often(parts):
    train, held_out = (part.take(np.flatnonzero(part.y != 4)) for part in parts[:2])
    J = Objective(Network((400, 25, 10)), train, lam=0.1)
    nine = calibrated(fit(J, J.network.initial_theta(0), LBFGS(60)), train, held_out)
    fours = parts[2].X[parts[2].y == 4]
    assert (~nine.known(fours)).mean() > 5 * (~nine.known(parts[2].X[parts[2].y != 4])).mean()


@pytest.mark.parametrize("count", [0, 19])
def test_of_fewer_than_twenty_held_out_images_nothing_is_told(model, parts, count):
    held_out = parts[1].take(slice(count)) if count else None
    assert calibrated(model, parts[0], held_out).confidence is None


def test_without_confidence_everything_is_known(model, rng):
    assert model.known(rng.random((3, 400))).all()


def test_the_last_layer_with_maps_is_compared_or_else_the_last_hidden_one():
    layers = [Conv(4, size=3), MaxPool(2), Conv(5, size=3), Dense(20), Dense(10)]
    assert compared_layer(Network((20, 20), layers)) == 2
    assert compared_layer(Network((400, 30, 25, 10))) == 2
    assert compared_layer(Network((400, 10))) == 0


def test_distance_is_that_to_the_nearest_subspace():
    centres, directions = np.array([[1.0, 0, 0], [0, 0, 1.0]]), np.array([[[0, 1.0, 0]], [[0, 0, 0]]])
    A = np.array([[3.0, 0, 0], [0, 0, 2.0], [0, 1.0, 0]])
    np.testing.assert_allclose(distance(A, centres, directions), [0, 0, 1])


def test_a_threshold_for_no_rejection_is_infinite():
    none = np.zeros((2, 0, 3))
    confidence = Confidence(1.0, 0, np.zeros((2, 3)), none, 0.0, np.arange(101.0))
    assert confidence.threshold(0) == np.inf
    assert confidence.threshold(0.01) == 99


@pytest.mark.parametrize("count", [0, 16, 199])
def test_with_few_images_held_out_the_doubt_of_the_start_is_kept(model, sure, parts, count):
    held_out = parts[2].take(slice(count)) if count else None
    kept = calibrated(model, parts[0], held_out, start=sure).confidence
    assert kept.centres is sure.confidence.centres
    assert len(kept.novelties) == len(sure.confidence.novelties) + count


def test_own_images_that_the_start_doubts_raise_its_threshold(model, sure, parts, rng):
    noise = replace(parts[2].take(slice(100)), X=rng.random((100, 400)))
    kept = calibrated(model, parts[0], noise, start=sure)
    assert kept.confidence.threshold() > sure.confidence.threshold()


def test_of_a_start_with_other_layers_no_doubt_is_kept(sure, parts):
    other = fit(J := Objective(Network((400, 5, 10)), parts[0]), J.network.initial_theta(0), LBFGS(2))
    assert calibrated(other, parts[0], None, start=sure).confidence is None
