"""Grids of images, predictions and mistakes."""

from dataclasses import replace

import numpy as np
import pytest

from digits20 import Model, Network
from digits20.errors import percent
from digits20.images.geometry import deskew
from digits20.plots.images import plot_images, plot_mistakes, plot_predictions, worst_mistakes


@pytest.fixture
def model(rng):
    """An untrained network for 3x3 pixels and three labels."""
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), lam=1.0)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_an_image_grid_shows_every_image_in_rows(axes, rng):
    X = rng.random((7, 6))
    plot_images(axes, X, (2, 3), columns=3)
    np.testing.assert_array_equal(axes.images[4].get_array(), X[4].reshape(2, 3))
    assert axes.images[4].get_extent()[0] == pytest.approx(1.03)
    assert axes.get_title() == "7 images of 2×3 pixels"


def test_predictions_name_answer_truth_and_probability(axes, model, small):
    X = small.X[:2]
    named, sure = model.predict(X), model.predict_proba(X).max(axis=1)
    wrong = (named[1] + 1) % 3
    plot_predictions(axes, model, X, truth=[named[0], wrong])
    assert texts(axes) == [str(named[0]), percent(sure[0]), f"{named[1]}, not {wrong}", percent(sure[1])]


def test_no_prediction_is_said_to_be_certain():
    assert percent(1.0) == percent(0.9999) == "> 99.9 %"


def test_pictures_show_images_as_the_network_saw_them(axes, model, small):
    plot_predictions(axes, replace(model, preprocess=("deskew",)), small.X[:1])
    np.testing.assert_array_equal(axes.images[0].get_array().ravel(), deskew(small.X[:1], (3, 3))[0])
    assert "as the network received them (deskew)" in axes.get_title()


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
    assert f"no mistakes on {len(right)} images" in axes.get_title()
