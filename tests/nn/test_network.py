import pickle

import numpy as np
import pytest

from digits20 import Digits20Error, Network
from digits20.nn.layers import Conv, Dense, MaxPool


def test_theta_is_the_matrices_unrolled_row_by_row_first_layer_first():
    first, second = Network((2, 3, 1)).matrices(np.arange(13.0))
    assert first.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert second.tolist() == [[9, 10, 11, 12]]


def test_matrices_are_writable_views():
    theta = np.zeros(13)
    Network((2, 3, 1)).matrices(theta)[1][0, 3] = 7
    assert theta[12] == 7


def test_initial_biases_are_zero_and_weights_within_glorots_bound(rng):
    network = Network((100, 50, 10))
    for Theta in network.matrices(network.initial_theta(rng)):
        out, into = Theta.shape[0], Theta.shape[1] - 1
        bound = (6 / (into + out)) ** 0.5
        assert not Theta[:, 0].any()
        assert 0.9 * bound < np.abs(Theta[:, 1:]).max() <= bound


@pytest.mark.parametrize(
    ("hidden", "g"),
    [
        ("sigmoid", lambda z: 1 / (1 + np.exp(-z))),
        ("tanh", np.tanh),
        ("relu", lambda z: np.maximum(z, 0)),
    ],
)
def test_a_layer_answers_g_of_theta_times_one_and_a(hidden, g, rng):
    network = Network((3, 4, 2), hidden)
    theta, X = rng.normal(size=network.size), rng.normal(size=(5, 3))
    first, second = network.matrices(theta)
    A = g(first[:, 0] + X @ first[:, 1:].T)
    H = 1 / (1 + np.exp(-(second[:, 0] + A @ second[:, 1:].T)))
    answers = network.activations(theta, X)
    np.testing.assert_allclose(answers[0], A, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(answers[1], H, rtol=1e-12)


def test_softmax_outputs_sum_to_one_at_any_size_of_logit(rng):
    network = Network((3, 2), output="softmax")
    H = network.activations(1e4 * rng.normal(size=network.size), rng.normal(size=(5, 3)))[-1]
    np.testing.assert_allclose(H.sum(axis=1), 1)


def test_the_dtype_of_the_images_is_the_dtype_of_the_answers(rng):
    network = Network((3, 4, 2))
    theta = network.initial_theta(rng)
    assert network.logits(theta, np.zeros((1, 3), np.float32)).dtype == np.float32
    assert network.logits(theta, np.zeros((1, 3))).dtype == np.float64


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: Network((4,)), "expected two or more"),
        (lambda: Network((4, 0, 2)), "layer sizes"),
        (lambda: Network((4, 2), "sigmod"), "'sigmod', expected one of sigmoid, tanh, relu"),
        (lambda: Network((4, 2), output="tanh"), "'tanh', expected one of sigmoid, softmax"),
        (lambda: Network((4, 2)).matrices(np.zeros(9)), "has 10 weights"),
        (lambda: Network((4, 2)).logits(np.zeros(10), np.zeros((3, 5))), "takes \\(m, 4\\)"),
    ],
)
def test_what_makes_no_network_is_refused(make, seen):
    with pytest.raises(Digits20Error, match=seen):
        make()


def test_a_seed_draws_as_its_generator_does():
    network = Network((4, 3, 2))
    np.testing.assert_array_equal(network.initial_theta(5), network.initial_theta(np.random.default_rng(5)))


# networks with convolutions

LENET = [Conv(4, 3), MaxPool(2), Conv(6, 2), MaxPool(2), Dense(5), Dense(3)]


@pytest.fixture
def lenet():
    return Network((10, 11), LENET, "relu", "softmax")


def test_dense_layers_and_sizes_are_the_same_network():
    assert Network((2, 2), [Dense(3), 2]) == Network((4, 3, 2)) == Network(layer_sizes=[4, 3, 2])
    assert hash(Network((2, 2), [Dense(3), 2])) == hash(Network((4, 3, 2)))


def test_names_may_follow_sizes_or_layers_by_place_or_by_name():
    named = Network((4, 3, 2), hidden="relu", output="softmax")
    assert named == Network((4, 3, 2), "relu", "softmax") == Network((4,), [3, 2], "relu", "softmax")
    assert named == Network((4, 3, 2), "relu", output="softmax")


def test_a_network_of_0_1_0_is_unpickled():
    network = Network.__new__(Network)
    network.__setstate__({"layer_sizes": (4, 3, 2), "hidden": "relu", "output": "sigmoid"})
    assert network == Network((4, 3, 2), "relu")


def test_a_pickled_network_comes_back(lenet):
    assert pickle.loads(pickle.dumps(lenet)) == lenet


def test_sizes_are_those_of_the_activations_after_the_pools(lenet):
    assert lenet.stages == ((1, 10, 11), (4, 4, 4), (6, 1, 1), (5, 1, 1), (3, 1, 1))
    assert lenet.layer_sizes == (110, 64, 6, 5, 3)
    assert lenet.shapes == [(4, 10), (6, 17), (5, 7), (3, 6)]


def test_a_network_with_maps_says_its_layers(lenet):
    assert repr(lenet) == "Network(10×11, conv 4 3, pool 2, conv 6 2, pool 2, 5, 3; relu, softmax outputs)"


def test_activations_of_a_layer_are_those_after_its_pools(lenet, rng):
    theta, X = lenet.initial_theta(rng), rng.random((4, 110))
    answers = lenet.activations(theta, X)
    assert [A.shape for A in answers] == [(4, 64), (4, 6), (4, 5), (4, 3)]
    assert min(A.min() for A in answers) >= 0  # relu
    for layer, A in enumerate(answers, start=1):
        np.testing.assert_array_equal(lenet.layer_activations(theta, X, layer), A)


def test_layers_above_frozen_ones_answer_as_the_whole(lenet, rng):
    theta, X = lenet.initial_theta(rng), rng.random((4, 110))
    below = lenet.shapes[0][0] * lenet.shapes[0][1]
    A = np.ascontiguousarray(lenet.layer_activations(theta, X, 1))
    above = lenet.above(1)
    np.testing.assert_allclose(above.logits(theta[below:], A), lenet.logits(theta, X), rtol=1e-12)
    assert lenet.under(above.with_outputs(7, "sigmoid"), 1) == lenet.with_outputs(7, "sigmoid")


def test_images_are_worked_on_in_blocks_where_there_are_maps_and_at_once_where_there_are_none(lenet, monkeypatch):
    monkeypatch.setattr("digits20.nn.stack.AT_ONCE", 5 * lenet.bytes_of(1, np.float64))
    assert lenet.blocks(12, np.float64) == [slice(0, 4), slice(4, 8), slice(8, 12)]
    assert lenet.blocks(11, np.float32) == [slice(0, 6), slice(6, 11)]
    assert Network((4000, 900, 3)).blocks(12, np.float64) == [slice(0, 12)]


def test_answers_do_not_depend_on_blocks(lenet, rng, monkeypatch):
    theta, X = lenet.initial_theta(rng), rng.random((7, 110))
    whole = lenet.activations(theta, X)
    monkeypatch.setattr("digits20.nn.stack.AT_ONCE", 3 * lenet.bytes_of(1, np.float64))
    for one, other in zip(whole, lenet.activations(theta, X), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_memory_is_that_of_the_arrays(lenet):
    run = lenet.run(6, np.float32)
    arrays = [*run.A, *(array for work in run.works for array in (work.delta, work.scratch))]
    ones = 4 * 6 * (len(run.A) - 1)
    assert lenet.bytes_of(6, np.float32) == sum(array.nbytes for array in arrays) - ones


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: Network((4, 4), [Conv(2, 5), 3]), "conv 2 5: the maps below are 4×4"),
        (lambda: Network((9, 9), [Conv(2, 2), MaxPool(2)]), "pool 2: the last layer holds the outputs and is dense"),
        (lambda: Network((1, 2, 3, 4), [Conv(2, 2), 2]), "expected \\(rows, columns\\)"),
    ],
)
def test_layers_that_make_no_network_are_refused(make, seen):
    with pytest.raises(Digits20Error, match=seen):
        make()
