import numpy as np
import pytest

from digits20 import Network, Objective, gradient_error, load_digits, numerical_gradient
from digits20.nn import gradient_check
from digits20.nn.gradient_check import check_gradient
from digits20.nn.layers import Conv, MaxPool

A = np.diag([1.0, 2.0, 3.0])


def bowl(theta):
    return 0.5 * theta @ A @ theta, A @ theta


def test_numerical_gradient_of_a_bowl_is_exact():
    np.testing.assert_allclose(numerical_gradient(bowl, np.array([1.0, -1.0, 2.0])), [1, -2, 6], rtol=1e-9)


def test_a_wrong_component_is_seen():
    def wrong(theta):
        return bowl(theta)[0], bowl(theta)[1] * [1, 1, 1.001]

    assert gradient_error(wrong, np.ones(3)) > 1e-4


def test_only_the_named_indices_are_compared():
    def wrong_at_2(theta):
        return bowl(theta)[0], bowl(theta)[1] * [1, 1, 5]

    assert gradient_error(wrong_at_2, np.ones(3), [0, 1]) < 1e-9


def test_two_zero_gradients_agree():
    assert gradient_error(lambda theta: (1.0, np.zeros(2)), np.ones(2)) == 0


def test_theta_is_left_as_it_was():
    theta = np.ones(3)
    gradient_error(bowl, theta)
    assert theta.tolist() == [1, 1, 1]


@pytest.mark.parametrize("epsilon", [1e-4, 1e-6])
def test_epsilon_may_be_chosen(epsilon):
    assert gradient_error(bowl, np.ones(3), epsilon=epsilon) < 1e-8


def test_kinks_of_pools_are_no_wrong_gradient():
    network = Network((20, 20), [Conv(4, 5), MaxPool(2), Conv(6, 3), MaxPool(2), 16, 10], "relu", "softmax")
    J = Objective(network, load_digits()[::100])
    assert check_gradient(J, network.initial_theta(0)) < 1e-6


def test_nor_is_blank_paper_which_lies_on_the_corner_of_relu_as_long_as_biases_are_0(monkeypatch):
    monkeypatch.setattr(gradient_check, "SAMPLE", (50, 1000))  # all weights, the bias of the convolution among them
    network = Network((20, 20), [Conv(1, 3), MaxPool(3), 10], "relu", "softmax")
    J = Objective(network, load_digits()[::100])
    assert check_gradient(J, network.initial_theta(0)) < 1e-6
