"""First-layer weights as images, saliency maps and preferred images."""

import numpy as np
import pytest

from digits20 import Model, Network
from digits20.nn.saliency import input_gradient
from digits20.plots.units import plot_preferred_images, plot_saliency, plot_units


@pytest.fixture
def model(rng):
    """An untrained network for 3x3 pixels and three labels."""
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), lam=1.0)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_units_are_shown_without_bias_and_each_at_full_contrast(axes, model):
    plot_units(axes, model)
    shown = np.array([image.get_array().ravel() for image in axes.images])
    weights = model.Thetas[0][:, 1:]
    np.testing.assert_allclose(shown, weights / np.abs(weights).max(axis=1, keepdims=True))
    assert axes.get_title().startswith("9-4-3 sigmoid network, λ = 1\nweights of all 4 hidden units")


def test_of_many_units_the_hundred_weightiest_are_shown(axes, rng):
    network = Network((4, 120, 2))
    model = Model(network, network.initial_theta(rng), (0, 1), (2, 2))
    model.Thetas[1][:, 1:21] = 0
    plot_units(axes, model)
    weights = model.Thetas[0][20:, 1:]
    np.testing.assert_allclose(axes.images[0].get_array().ravel(), weights[0] / np.abs(weights[0]).max())
    assert len(axes.images) == 100


def test_saliency_shows_the_gradient_of_the_answers_logit(axes, model, small):
    x = small.X[0]
    plot_saliency(axes, model, x)
    answer = int(model.predict(x[None])[0])
    gradient = input_gradient(model.network, model.theta, x[None], answer)
    np.testing.assert_allclose(axes.images[0].get_array().ravel(), gradient[0])
    assert f"saliency for label {answer}:" in axes.get_title()


def test_a_label_of_text_is_no_formula(axes, rng, small):
    network = Network((9, 2))
    labels = (r"$\nothing$", "_b")
    model = Model(network, network.initial_theta(rng), labels, (3, 3))
    plot_preferred_images(axes, model)
    axes.figure.canvas.draw()
    assert texts(axes) == list(labels)
