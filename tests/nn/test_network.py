import numpy as np
import pytest

from digits20 import Digits20Error, Network


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
        (lambda: Network((4,)), "an input and an output layer"),
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
