"""Cost history, confusion matrix and augmentation."""

import numpy as np
import pytest

from digits20 import Model, Network
from digits20.images.augment import Warps
from digits20.learning.evaluation import Evaluation
from digits20.plots.canvas import picture
from digits20.plots.results import plot_confusion, plot_costs, plot_warps


def model_with(**parts):
    network = Network((4, 3, 2))
    return Model(network, network.initial_theta(np.random.default_rng(0)), (0, 1), (2, 2), **parts)


def test_a_cost_plot_compares_the_training_and_the_validation_curve_without_penalty(axes):
    curves = {"train_costs": [3.0, 1.9, 0.8], "validation_costs": [3.0, 1.5, 2.0]}
    plot_costs(axes, model_with(costs=[3.0, 2.0, 1.0], scores={"cost": 1.0, **curves}))
    training, validation, lowest = axes.lines
    assert list(training.get_ydata()) == [3, 1.9, 0.8]
    assert axes.get_ylabel() == "cost without penalty"
    assert list(validation.get_ydata()) == [3, 1.5, 2]
    assert (lowest.get_xdata()[0], lowest.get_ydata()[0]) == (1, 1.5)


def test_the_title_tells_network_lambda_and_final_cost(axes):
    plot_costs(axes, model_with(costs=[3.0, 1.25], scores={"cost": 1.25}, lam=0.5))
    assert axes.get_title() == "4-3-2 sigmoid network, λ = 0.5: final cost J 1.2500"


def test_mini_batch_training_counts_epochs(axes):
    plot_costs(axes, model_with(costs=[3.0, 1.0], settings={"solver": "adam"}))
    assert axes.get_xlabel() == "epoch"


def test_a_confusion_plot_writes_every_count_in_its_place(axes):
    half, three = np.full(2, 0.5), np.array([3, 4])
    plot_confusion(axes, Evaluation((0, 1), 0.7, half, half, half, three, np.array([[2, 1], [0, 4]])))
    assert {(text.get_position(), text.get_text()) for text in axes.texts} == {
        ((0, 0), "2"),
        ((1, 0), "1"),
        ((1, 1), "4"),
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Predicted label", "True label")


@pytest.mark.parametrize("label", ["$\\frac$", "😀", "_", "<b>", "\u0e01"])
def test_a_label_is_drawn_as_it_stands(label):
    ones = np.ones(2)
    scores = Evaluation((label, "b"), 1.0, ones, ones, ones, ones, np.eye(2, dtype=int))
    assert picture(lambda ax: plot_confusion(ax, scores)).startswith(b"\x89PNG")


def test_a_picture_of_warps_begins_with_the_image_itself(axes, digits, rng):
    plot_warps(axes, digits.X[0], Warps((20, 20)), rng, grid=(2, 3))
    shown = axes.images[0].get_array()
    assert shown.shape == (40, 60)
    np.testing.assert_array_equal(shown[:20, :20], digits.X[0].reshape(20, 20))
    assert not np.allclose(shown[:20, 20:40], shown[:20, :20])
