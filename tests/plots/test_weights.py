"""Distributions of weights and activations, and maps of a hidden layer."""

import numpy as np
import pytest

from digits20 import Model, Network
from digits20.plots.weights import plot_activations, plot_hidden_map, plot_weights


@pytest.fixture
def model(rng):
    """An untrained network for 3x3 pixels and three labels."""
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(rng), (0, 1, 2), (3, 3), lam=1.0)


def test_weights_are_counted_before_and_after_without_biases(axes, model, rng):
    plot_weights(axes, model, model.network.initial_theta(rng), layer=2)
    after, before = axes.get_legend().get_texts()
    spread = model.Thetas[1][:, 1:].std()
    assert after.get_text() == f"after training, std {spread:.2g}"
    assert before.get_text().startswith("before training")
    assert "12 weights into layer 2" in axes.get_title()


def test_activations_are_those_of_the_layer(axes, model, rng, small):
    plot_activations(axes, model, model.network.initial_theta(rng), small.X)
    spread = model.activations(small.X)[0].std()
    assert axes.get_legend().get_texts()[0].get_text() == f"after training, std {spread:.2g}"


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
