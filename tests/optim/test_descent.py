"""Gradient descent, SGD and Adam."""

import numpy as np
import pytest

from digits20 import Digits, Digits20Error, Diverged, GradientDescent, MiniBatch, Network, Objective, minimize
from digits20.optim.descent import _Adam, _Momentum


def test_gradient_descent_takes_the_lectures_step(convex):
    theta = np.zeros(30)
    expected = theta - 0.5 * convex(theta)[1]
    expected -= 0.5 * convex(expected)[1]
    solution = minimize(convex, theta, GradientDescent(iterations=2, learning_rate=0.5))
    np.testing.assert_allclose(solution.theta, expected, rtol=1e-14)


def test_momentum_carries_the_last_step_on(convex):
    first = -0.5 * convex(np.zeros(30))[1]
    second = 0.9 * first - 0.5 * convex(first)[1]
    solution = minimize(convex, np.zeros(30), GradientDescent(2, 0.5, momentum=0.9))
    np.testing.assert_allclose(solution.theta, first + second, rtol=1e-14)


def test_adam_is_the_papers(rng):
    """Kingma & Ba 2015, algorithm 1, written out."""
    theta, adam = rng.normal(size=5), _Adam(np.zeros(5))
    expected, m, v = theta.copy(), np.zeros(5), np.zeros(5)
    for t in range(1, 6):
        g = rng.normal(size=5)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        expected -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        adam(theta, g.copy(), 0.01)
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_nesterov_looks_one_step_ahead(rng):
    theta, velocity = rng.normal(size=3), np.zeros(3)
    expected, step = theta.copy(), _Momentum(theta, 0.9, nesterov=True)
    for _ in range(3):
        g = rng.normal(size=3)
        velocity = 0.9 * velocity - 0.1 * g
        expected += 0.9 * velocity - 0.1 * g
        step(theta, g.copy(), 0.1)
    np.testing.assert_allclose(theta, expected, rtol=1e-13)


def test_the_cosine_rate_falls_from_the_learning_rate_to_zero():
    solver = MiniBatch(iterations=10, learning_rate=0.4)
    assert [solver._rate(epochs) for epochs in (0, 5, 10)] == pytest.approx([0.4, 0.2, 0.0])


def test_mini_batches_depend_on_the_seed_alone(small):
    def run(seed):
        J = Objective(Network((9, 4, 3)), small.astype(np.float32))
        return minimize(J, np.zeros(J.network.size), MiniBatch(5), rng=np.random.default_rng(seed)).theta

    np.testing.assert_array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_divergence_names_a_learning_rate_to_try_and_keeps_the_last_good_weights(rate, small, rng):
    J = Objective(Network((9, 5, 3), "relu"), small, lam=1)
    start = J.network.initial_theta(rng)
    with pytest.raises(Diverged, match=r"diverged.*try a learning rate of 1$") as caught:
        minimize(J, start, GradientDescent(learning_rate=rate))
    np.testing.assert_array_equal(caught.value.solution.theta, start)


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: MiniBatch(method="rmsprop"), "expected sgd or adam"),
        (lambda: MiniBatch(schedule="linear"), "expected cosine or constant"),
        (lambda: MiniBatch(batch_size=0), "batch size 0"),
    ],
)
def test_unknown_settings_are_refused(make, seen):
    with pytest.raises(Digits20Error, match=seen):
        make()


@pytest.mark.parametrize("method", ["adam", "sgd"])
def test_weights_of_blank_pixels_decay_to_zero_not_to_subnormal_numbers(method, rng):
    """Processors are many times slower with numbers below the smallest normal one."""
    X = rng.random((40, 9)).astype(np.float32)
    X[:, 4] = 0
    J = Objective(Network((9, 5, 2)), Digits(X, np.arange(40) % 2, labels=(0, 1)), lam=20.0)
    seen = []
    minimize(
        J,
        J.network.initial_theta(0),
        MiniBatch(250, method=method, batch_size=2, schedule="constant"),
        lambda theta, cost: seen.append(np.abs(J.network.matrices(theta.copy())[0][:, 5])),
        0,
    )
    assert seen[0].min() > 0
    assert seen[-1].max() == 0
    smallest = np.finfo(np.float32).tiny
    assert all(((weights == 0) | (weights >= smallest)).all() for weights in seen)


def test_gradient_descent_leaves_no_subnormal_weights():
    X = np.hstack([np.eye(9, dtype=np.float32), np.zeros((9, 7), np.float32)])  # 7 pixels are always blank
    J = Objective(Network((16, 3)), Digits(X, np.arange(9) % 3, labels=(0, 1, 2)), lam=100.0)
    theta = minimize(J, np.full(J.network.size, 0.1, np.float32), GradientDescent(800, 0.01)).theta
    assert not ((np.abs(theta) > 0) & (np.abs(theta) < np.finfo(np.float32).tiny)).any()


def test_gradient_descent_on_float32_images_never_meets_a_subnormal_weight(rng):
    X = rng.random((40, 9)).astype(np.float32)
    X[:, 4] = 0
    J = Objective(Network((9, 5, 2)), Digits(X, np.arange(40) % 2, labels=(0, 1)), lam=20.0)
    seen = []
    minimize(J, J.network.initial_theta(0), GradientDescent(150), lambda theta, cost: seen.append(np.abs(theta)))
    assert not any(((weights > 0) & (weights < np.finfo(np.float32).tiny)).any() for weights in seen)
