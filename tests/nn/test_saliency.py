"""A unit's gradient by the pixels, and the image that excites it most."""

import numpy as np
import pytest

from digits20 import Digits20Error, Model, Network, numerical_gradient
from digits20.nn.saliency import input_gradient, preferred_image


@pytest.fixture
def model(rng):
    """An untrained network for 3x3 pixels and three labels."""
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), lam=1.0)


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize(("layer", "unit"), [(1, 4), (2, 3), (3, 2), (-1, 0)])
def test_the_gradient_by_the_pixels_agrees_with_central_differences(hidden, layer, unit, rng):
    network = Network((9, 6, 5, 3), hidden)
    theta, x = network.initial_theta(rng), rng.random(9)
    below = Network(network.layer_sizes[: layer + 1] if layer > 0 else network.layer_sizes, hidden)

    def z(x):
        return below.logits(theta[: below.size], x[None])[0, unit], None

    gradient = input_gradient(network, theta, x[None], unit, layer)
    np.testing.assert_allclose(gradient[0], numerical_gradient(z, x), atol=1e-8)


def test_a_single_layer_has_its_weights_for_a_gradient(rng):
    network = Network((9, 3))
    theta = network.initial_theta(rng)
    gradient = input_gradient(network, theta, rng.random((2, 9)), unit=1)
    np.testing.assert_array_equal(gradient, np.tile(network.matrices(theta)[0][1, 1:], (2, 1)))


def test_the_gradient_leaves_weights_and_images_as_they_are(model, rng):
    X, theta = rng.random((2, 9)), model.theta.copy()
    before = X.copy()
    input_gradient(model.network, model.theta, X, 0)
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(model.theta, theta)


@pytest.mark.parametrize(("unit", "layer"), [(3, -1), (-1, -1), (0, 3), (0, 0)])
def test_a_unit_that_is_not_there_is_refused(model, unit, layer):
    with pytest.raises(Digits20Error, match=r"no (unit|layer)"):
        input_gradient(model.network, model.theta, np.zeros((1, 9)), unit, layer)


def test_the_preferred_image_of_a_linear_unit_is_its_positive_weights(rng):
    """Of a single unit the summit is known: proportional to the weights above zero, where none reaches the box."""
    network = Network((9, 1))
    theta = rng.uniform(-1, 1, network.size)
    up = np.maximum(theta[1:], 0)
    preferred = preferred_image(network, theta, 0, norm=0.5)
    np.testing.assert_allclose(preferred, 0.5 * up / np.linalg.norm(up), atol=0.01)


def test_the_preferred_image_keeps_within_box_and_ball_and_beats_grey(model):
    preferred = preferred_image(model.network, model.theta, 1, norm=1.2)
    grey = np.full(9, 1.2 / 3)
    assert preferred.min() >= 0
    assert preferred.max() <= 1
    assert np.linalg.norm(preferred) <= 1.2 + 1e-12
    logits = model.network.logits(model.theta, np.array([preferred, grey]))[:, 1]
    assert logits[0] > logits[1]
