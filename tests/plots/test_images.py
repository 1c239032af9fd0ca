"""What the pictures of images and weights show, and the gradients that some are made of."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import Digits20Error, Model, Network, numerical_gradient
from digits20.images.geometry import deskew
from digits20.nn.saliency import favourite_image, input_gradient
from digits20.plots.images import (
    percent,
    plot_favourites,
    plot_images,
    plot_mistakes,
    plot_predictions,
    plot_saliency,
    plot_units,
    worst_mistakes,
)
from digits20.plots.weights import plot_activations, plot_hidden_map, plot_weights


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.fixture
def model(rng):
    """An untrained network for 3x3 pixels and three labels."""
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), lam=1.0)


def texts(axes):
    return [text.get_text() for text in axes.texts]


# the gradient by the pixels, and the image of the largest input


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


def test_the_favourite_image_of_a_linear_unit_is_its_positive_weights(rng):
    """Of a single unit the summit is known: proportional to the weights above zero, where none reaches the box."""
    network = Network((9, 1))
    theta = rng.uniform(-1, 1, network.size)
    up = np.maximum(theta[1:], 0)
    favourite = favourite_image(network, theta, 0, norm=0.5)
    np.testing.assert_allclose(favourite, 0.5 * up / np.linalg.norm(up), atol=0.01)


def test_the_favourite_image_keeps_within_box_and_ball_and_beats_grey(model):
    favourite = favourite_image(model.network, model.theta, 1, norm=1.2)
    grey = np.full(9, 1.2 / 3)
    assert favourite.min() >= 0
    assert favourite.max() <= 1
    assert np.linalg.norm(favourite) <= 1.2 + 1e-12
    logits = model.network.logits(model.theta, np.array([favourite, grey]))[:, 1]
    assert logits[0] > logits[1]


# what is drawn


def test_an_image_grid_shows_every_image_in_rows(axes, rng):
    X = rng.random((7, 6))
    plot_images(axes, X, (2, 3), columns=3)
    np.testing.assert_array_equal(axes.images[4].get_array(), X[4].reshape(2, 3))
    assert axes.images[4].get_extent()[0] == pytest.approx(1.03)
    assert axes.get_title() == "7 images of 2×3 pixels"


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


def test_predictions_name_answer_truth_and_probability(axes, model, small):
    X = small.X[:2]
    named, sure = model.predict(X), model.predict_proba(X).max(axis=1)
    wrong = (named[1] + 1) % 3
    plot_predictions(axes, model, X, truth=[named[0], wrong])
    assert texts(axes) == [str(named[0]), percent(sure[0]), f"{named[1]}, not {wrong}", percent(sure[1])]


def test_no_prediction_is_said_to_be_certain():
    assert percent(1.0) == percent(0.9999) == "99.9 %"


def test_pictures_show_images_as_the_network_saw_them(axes, model, small):
    plot_predictions(axes, replace(model, preprocess=("deskew",)), small.X[:1])
    np.testing.assert_array_equal(axes.images[0].get_array().ravel(), deskew(small.X[:1], (3, 3))[0])
    assert "as the network sees them (deskew)" in axes.get_title()


def test_the_worst_mistakes_are_the_surest_wrong_answers(model, small):
    worst = worst_mistakes(model, small, count=5)
    probabilities = model.predict_proba(small.X)
    wrong = probabilities.argmax(axis=1) != small.y
    assert len(worst) == 5
    assert wrong[worst].all()
    assert probabilities[worst].max(axis=1).min() >= np.sort(probabilities[wrong].max(axis=1))[-5]


def test_without_mistakes_the_picture_says_so(axes, model, small):
    right = small.take(np.flatnonzero(model.predict(small.X) == small.y))
    plot_mistakes(axes, model, right)
    assert f"no mistake in {len(right)} images" in axes.get_title()


def test_saliency_shows_the_gradient_of_the_answers_logit(axes, model, small):
    x = small.X[0]
    plot_saliency(axes, model, x)
    answer = int(model.predict(x[None])[0])
    gradient = input_gradient(model.network, model.theta, x[None], answer)
    np.testing.assert_allclose(axes.images[0].get_array().ravel(), gradient[0])
    assert f"speaks for {answer} " in axes.get_title()


def test_a_label_of_text_is_no_formula(axes, rng, small):
    network = Network((9, 2))
    labels = (r"$\nothing$", "_b")
    model = Model(network, network.initial_theta(rng), labels, (3, 3))
    plot_favourites(axes, model)
    axes.figure.canvas.draw()
    assert texts(axes) == list(labels)


def test_weights_are_counted_before_and_after_without_biases(axes, model, rng):
    plot_weights(axes, model, model.network.initial_theta(rng), layer=2)
    after, before = axes.get_legend().get_texts()
    spread = model.Thetas[1][:, 1:].std()
    assert after.get_text() == f"after training, spread {spread:.2g}"
    assert before.get_text().startswith("before training")
    assert "12 weights into layer 2" in axes.get_title()


def test_activations_are_those_of_the_layer(axes, model, rng, small):
    plot_activations(axes, model, model.network.initial_theta(rng), small.X)
    spread = model.activations(small.X)[0].std()
    assert axes.get_legend().get_texts()[0].get_text() == f"after training, spread {spread:.2g}"


def test_the_map_has_a_point_an_image_under_its_label(axes, model, small):
    plot_hidden_map(axes, model, small)
    assert [len(points.get_offsets()) for points in axes.collections] == [20, 20, 20]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0", "1", "2"]


def test_the_map_of_neighbours_is_the_same_every_time(axes, model, small):
    from matplotlib.figure import Figure

    other = Figure().add_subplot()
    for ax in (axes, other):
        plot_hidden_map(ax, model, small, method="tsne")
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), other.collections[0].get_offsets())
