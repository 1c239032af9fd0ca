import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits20 import LBFGS, Digits, Digits20Error, MiniBatch, Network, Objective, Scipy, fit, gradient_error
from digits20.data.convert import NO_LABEL
from digits20.nn.layers import Conv, MaxPool
from digits20.nn.network import ACTIVATIONS, OUTPUTS

HIDDEN_LAYERS = {1: (), 2: (5,), 3: (5, 4), 4: (6, 5, 4)}


def random_objective(hidden, output, sizes, lam, rng):
    """An objective and weights at which no relu is near its kink."""
    network = Network((9, *sizes, 3), hidden, output)
    J = Objective(network, Digits(rng.random((8, 9)), rng.integers(3, size=8), labels=(0, 1, 2)), lam)
    while True:
        theta = network.initial_theta(rng) + 0.1 * rng.normal(size=network.size)
        below = [J.digits.X, *network.activations(theta, J.digits.X)[:-1]]
        inputs = [Theta[:, 0] + A @ Theta[:, 1:].T for Theta, A in zip(network.matrices(theta), below, strict=True)]
        if hidden != "relu" or all(np.abs(Z).min() > 1e-4 for Z in inputs[:-1]):
            return J, theta


@pytest.mark.parametrize(
    ("hidden", "output", "depth", "lam"), list(itertools.product(ACTIVATIONS, OUTPUTS, HIDDEN_LAYERS, (0, 1, 3)))
)
def test_gradient_is_the_slope_of_the_cost(hidden, output, depth, lam, rng):
    J, theta = random_objective(hidden, output, HIDDEN_LAYERS[depth], lam, rng)
    assert gradient_error(J, theta) < 1e-7


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    hidden=st.sampled_from(sorted(ACTIVATIONS)),
    output=st.sampled_from(OUTPUTS),
    sizes=st.lists(st.integers(1, 7), max_size=3),
    lam=st.floats(0, 10),
    seed=st.integers(0, 2**32),
)
def test_gradient_is_the_slope_of_the_cost_of_any_small_network(hidden, output, sizes, lam, seed):
    J, theta = random_objective(hidden, output, tuple(sizes), lam, np.random.default_rng(seed))
    assert gradient_error(J, theta) < 1e-7


def worked_example(lam):
    """A 2-2-1 network on two images, small enough for pencil and paper."""
    X, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0])
    digits = Digits(X, y, labels=("yes",), image_shape=(1, 2))
    theta = np.array([0.0, np.log(3), 0.0, 0.0, 0.0, np.log(3), np.log(2), -1.0, 1.0])
    return Objective(Network((2, 2, 1)), digits, lam)(theta)


def test_cost_of_the_hand_worked_network():
    """First image: a = (3/4, 1/2), z = ln 2 - 1/4; second: a = (1/2, 3/4), z = ln 2 + 1/4; both y = 1."""
    cost, _ = worked_example(lam=0)
    expected = (np.log1p(np.exp(0.25) / 2) + np.log1p(np.exp(-0.25) / 2)) / 2
    assert cost == pytest.approx(expected, rel=1e-14)


def test_gradient_of_the_hand_worked_network():
    """delta3 = h - 1; delta2 = delta3 * (-1, 1) * a (1 - a); each gradient their mean products with (1, a)."""
    _, gradient = worked_example(lam=0)
    d1, d2 = -1 / (1 + 2 * np.exp(-0.25)), -1 / (1 + 2 * np.exp(0.25))
    first_unit = -d1 * 3 / 16, -d2 / 4  # for the first and the second image
    second_unit = d1 / 4, d2 * 3 / 16
    expected = [
        *(sum(first_unit) / 2, first_unit[0] / 2, first_unit[1] / 2),
        *(sum(second_unit) / 2, second_unit[0] / 2, second_unit[1] / 2),
        *((d1 + d2) / 2, (d1 * 3 / 4 + d2 / 2) / 2, (d1 / 2 + d2 * 3 / 4) / 2),
    ]
    np.testing.assert_allclose(gradient, expected, rtol=1e-13)


def test_penalty_of_the_hand_worked_network():
    """lam/(2m) (2 (ln 3)² + 1 + 1), the biases not among them."""
    assert worked_example(lam=3)[0] - worked_example(lam=0)[0] == pytest.approx(3 / 4 * (2 * np.log(3) ** 2 + 2))


def test_penalty_ignores_bias(small, rng):
    network = Network((9, 4, 3))
    theta = network.initial_theta(rng)
    plain, decayed = Objective(network, small)(theta)[1], Objective(network, small, lam=5)(theta)[1]
    for difference, Theta in zip(network.matrices(decayed - plain), network.matrices(theta), strict=True):
        np.testing.assert_allclose(difference[:, 0], 0, atol=1e-15)
        np.testing.assert_allclose(difference[:, 1:], 5 / 60 * Theta[:, 1:])


def test_softmax_cost_and_gradient_are_scikit_learns(small, rng):
    from sklearn._loss import HalfMultinomialLoss
    from sklearn.linear_model._linear_loss import LinearModelLoss

    network = Network((9, 3), output="softmax")
    theta = network.initial_theta(rng)
    cost, gradient = Objective(network, small, lam=2)(theta)
    Theta = network.matrices(theta)[0]
    loss = LinearModelLoss(HalfMultinomialLoss(n_classes=3), fit_intercept=True)
    theirs, their_gradient = loss.loss_gradient(
        np.hstack([Theta[:, 1:], Theta[:, :1]]), np.array(small.X), small.y.astype(float), l2_reg_strength=2 / 60
    )
    assert cost == pytest.approx(theirs)
    np.testing.assert_allclose(network.matrices(gradient)[0], np.roll(their_gradient, 1, axis=1), atol=1e-14)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_costs_are_finite_at_logits_of_ten_thousand(output, dtype, small, rng):
    network = Network((9, 4, 3), output=output)
    cost, gradient = Objective(network, small.astype(dtype))(1e4 * rng.normal(size=network.size))
    assert np.isfinite(cost)
    assert cost > 100
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("lam", [0, 3])
def test_mini_batches_add_up_to_the_whole(small, rng, lam):
    network = Network((9, 4, 3))
    J, theta = Objective(network, small, lam), network.initial_theta(rng)
    total_cost, total_gradient = 0.0, np.zeros(network.size)
    for batch in J.batches(25, rng):
        cost, gradient = batch(theta)
        total_cost += batch.share * cost
        total_gradient += batch.share * gradient
    assert total_cost == pytest.approx(J(theta)[0])
    np.testing.assert_allclose(total_gradient, J(theta)[1], atol=1e-15)


def test_gradients_of_two_calls_do_not_share_memory(small, rng):
    J = Objective(Network((9, 4, 3)), small)
    theta = J.network.initial_theta(rng)
    first = J(theta)[1]
    kept = first.copy()
    J(theta + 1)
    np.testing.assert_array_equal(first, kept)


def test_float32_images_give_nearly_the_float64_gradient(small, rng):
    network = Network((9, 4, 3))
    theta = network.initial_theta(rng)
    exact, fast = Objective(network, small, 1)(theta), Objective(network, small.astype(np.float32), 1)(theta)
    assert fast[0] == pytest.approx(exact[0], rel=1e-6)
    np.testing.assert_allclose(fast[1], exact[1], atol=1e-6)
    assert fast[1].dtype == np.float64


def test_measure_is_the_cost_without_penalty_and_the_share_named_right(small, rng):
    network = Network((9, 4, 3))
    theta = network.initial_theta(rng)
    cost, right = Objective(network, small, lam=7).measure(theta)
    assert cost == pytest.approx(Objective(network, small)(theta)[0])
    assert right == np.mean(network.logits(theta, small.X).argmax(axis=1) == small.y)


@pytest.mark.parametrize(
    ("sizes", "lam", "seen"),
    [
        ((8, 3), 0, "images of 9 pixels, but the network takes 8"),
        ((9, 4), 0, "3 labels, but the network has 4 outputs"),
        ((9, 3), -1, "lambda is -1"),
        ((9, 3), np.nan, "lambda is nan"),
    ],
)
def test_parts_that_do_not_fit_are_refused(small, sizes, lam, seen):
    with pytest.raises(Digits20Error, match=seen):
        Objective(Network(sizes), small, lam)


def test_its_repr_is_one_line(small):
    J = Objective(Network((9, 5, 3), output="softmax"), small.astype(np.float32), lam=0.5)
    assert repr(J) == "Objective(9-5-3 sigmoid, softmax outputs, 60 images, lam=0.5, float32)"


# networks with convolutions


def lenet_objective(hidden, output, rng, m=8, **options):
    network = Network((8, 9), [Conv(3, 3), MaxPool(2), Conv(4, 2), 5, 3], hidden, output)
    digits = Digits(rng.random((m, 72)), rng.integers(3, size=m), labels=(0, 1, 2), image_shape=(8, 9))
    return Objective(network, digits, lam=0.7, **options)


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_gradient_of_a_lenet_is_the_slope_of_its_cost(hidden, output, rng):
    J = lenet_objective(hidden, output, rng)
    assert gradient_error(J, J.network.initial_theta(rng), epsilon=1e-6) < 1e-7


def test_cost_gradient_and_accuracy_do_not_depend_on_blocks(monkeypatch):
    answers = []
    for images in (100, 3):
        J = lenet_objective("tanh", "sigmoid", np.random.default_rng(0))
        monkeypatch.setattr("digits20.nn.stack.AT_ONCE", images * J.network.bytes_of(1, np.float64))
        J = Objective(J.network, replace(J.digits, sample_weight=np.arange(1.0, 9.0)), lam=0.7)
        theta = J.network.initial_theta(1)
        answers.append([*J(theta), *J.measure(theta)])
    for one, other in zip(*answers, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_mini_batches_of_a_lenet_add_up_to_its_objective(rng):
    J = lenet_objective("sigmoid", "softmax", rng)
    theta = J.network.initial_theta(rng)
    cost = sum(batch.share * batch(theta)[0] for batch in J.batches(3, rng))
    assert cost == pytest.approx(J(theta)[0], rel=1e-12)


@pytest.mark.parametrize("solver", [LBFGS(15), MiniBatch(15, batch_size=20), Scipy("CG", iterations=15)])
def test_every_solver_trains_a_lenet(solver, rng):
    X, y = 0.1 * rng.random((60, 72)), np.arange(60) % 3
    X.reshape(60, 8, 9)[np.arange(60), :, 2 * y + 1] += 1  # a stroke, further to the right with each label
    J = Objective(lenet_objective("relu", "softmax", rng).network, Digits(X, y, labels=(0, 1, 2), image_shape=(8, 9)))
    model = fit(J, J.network.initial_theta(rng), solver)
    assert model.costs[-1] < 0.5 * model.costs[0]


@pytest.mark.parametrize(("output", "cost_of_no_label"), [("sigmoid", 3 * np.log(2)), ("softmax", np.log(3))])
def test_an_image_without_a_label_teaches_that_none_stands_out(output, cost_of_no_label, rng):
    network = Network((9, 4, 3), output=output)
    J = Objective(network, Digits(rng.random((2, 9)), [NO_LABEL] * 2, labels=(0, 1, 2)))
    cost, gradient = J(np.zeros(network.size))
    assert cost == pytest.approx(cost_of_no_label)
    bias = network.matrices(gradient)[-1][:, 0]
    np.testing.assert_allclose(bias, 0.5 if output == "sigmoid" else 0, atol=1e-12)


def test_images_without_a_label_do_not_count_in_the_accuracy(rng):
    X, y = rng.random((6, 9)), np.array([0, 1, 2, 1, NO_LABEL, NO_LABEL])
    network = Network((9, 4, 3))
    theta = network.initial_theta(rng)
    with_them, without = (Objective(network, Digits(X[:m], y[:m], labels=(0, 1, 2))) for m in (6, 4))
    assert with_them.measure(theta)[1] == without.measure(theta)[1]
