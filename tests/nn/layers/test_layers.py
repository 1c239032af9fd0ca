import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits20 import Digits20Error, numerical_gradient
from digits20.nn.layers import Conv, Dense, MaxPool
from digits20.nn.run import Run, shapes_of

LENET = (Conv(4, 3), MaxPool(2), Conv(6, 2), MaxPool(2), Dense(5), Dense(3))


class Stack:
    """Layers with random weights on m images, and a J of them: the sum of the logits, each times a number."""

    def __init__(self, inputs, layers, hidden="tanh", m=3, dtype=np.float64, seed=0):
        self.rng = np.random.default_rng(seed)
        shapes = list(shapes_of(inputs, layers))
        weighted = [(layer, below) for layer, below in zip(layers, shapes, strict=False) if layer.weights(below)]
        self.sizes = [layer.weights(below) for layer, below in weighted]
        drawn = [layer.draw(below, 1.0, self.rng).ravel() for layer, below in weighted]
        self.theta = np.concatenate([*drawn, []]).astype(dtype)
        self.theta += (0.1 * self.rng.normal(size=self.theta.size)).astype(dtype)
        self.X = self.rng.random((m, math.prod(inputs))).astype(dtype)
        self.run = Run(inputs, layers, hidden, m, dtype)
        self.factors = self.rng.normal(size=(math.prod(shapes[-1]), m)).astype(dtype)

    def matrices(self, theta):
        ends = np.cumsum([out * into for out, into in self.sizes])[:-1]
        parts = np.split(theta, ends) if self.sizes else []
        return [part.reshape(shape) for part, shape in zip(parts, self.sizes, strict=True)]

    def logits(self, theta, X):
        self.run.load(np.hstack([np.ones((len(X), 1), X.dtype), X]))
        return self.run.forward(self.matrices(theta))

    def cost(self, theta, X):
        return float((self.factors * self.logits(theta, X)).sum())

    def slopes(self, theta, X):
        """By theta, and by the images."""
        gradient = np.full_like(theta, np.nan)
        self.logits(theta, X)
        by_images = self.run.backward(self.matrices(theta), self.factors.copy(), self.matrices(gradient), True)
        return gradient, by_images.T


def check_gradient(stack):
    by_theta, by_images = stack.slopes(stack.theta, stack.X)
    expected = numerical_gradient(lambda theta: (stack.cost(theta, stack.X), None), stack.theta, epsilon=1e-6)
    np.testing.assert_allclose(by_theta, expected, rtol=1e-6, atol=1e-7)
    shape = stack.X.shape
    expected = numerical_gradient(lambda x: (stack.cost(stack.theta, x.reshape(shape)), None), stack.X.ravel())
    np.testing.assert_allclose(by_images, expected.reshape(shape), rtol=1e-6, atol=1e-7)


@st.composite
def stacks(draw):
    """Any layers that fit on any small maps, odd sizes and maps of one pixel among them; at last a dense one."""
    inputs = draw(st.integers(1, 3)), draw(st.integers(1, 9)), draw(st.integers(1, 9))
    layers, shape = [], inputs
    for kind in draw(st.lists(st.sampled_from(["conv", "pool", "dense"]), max_size=4)):
        side = min(shape[1:])
        groups = draw(st.sampled_from([g for g in (1, 2, 3) if shape[0] % g == 0]))
        if kind == "conv":
            layers.append(Conv(groups * draw(st.integers(1, 2)), draw(st.integers(1, min(side, 3))), groups))
        elif kind == "pool":
            layers.append(MaxPool(draw(st.integers(1, min(side, 3)))))
        else:
            layers.append(Dense(groups * draw(st.integers(1, 2)), groups))
        shape = layers[-1].above(shape)
    return inputs, (*layers, Dense(2))


@settings(deadline=None, max_examples=80, derandomize=True)
@given(stack=stacks(), hidden=st.sampled_from(["sigmoid", "tanh", "relu"]), seed=st.integers(0, 2**32))
def test_gradient_is_the_slope_of_any_stack_of_layers(stack, hidden, seed):
    check_gradient(Stack(*stack, hidden, seed=seed))


def test_gradient_is_the_slope_of_a_lenet():
    check_gradient(Stack((1, 10, 11), LENET))


@pytest.mark.parametrize(
    ("inputs", "layers"),
    [
        ((1, 7, 5), (Conv(2, 2), MaxPool(2), Dense(2))),  # 6×4 maps: no remainder
        ((1, 6, 6), (Conv(2, 2), MaxPool(2), Dense(2))),  # 5×5: the pool leaves out a row and a column
        ((2, 8, 8), (Conv(2, 1), MaxPool(3), Dense(2))),
        ((3, 1, 1), (Conv(4, 1), MaxPool(1), Dense(2))),  # maps of one pixel
        ((1, 3, 3), (Conv(4, 3), Dense(2))),
        ((4, 5, 5), (Conv(6, 2, groups=2), MaxPool(2), Dense(6, groups=3), Dense(2))),
        ((1, 6, 6), (MaxPool(2), MaxPool(2), Dense(2))),
        ((1, 9, 9), (Conv(2, 2), MaxPool(2), MaxPool(2), Conv(2, 2), Dense(2))),
    ],
)
def test_gradient_is_the_slope_at_sizes_that_do_not_come_out_even(inputs, layers):
    check_gradient(Stack(inputs, layers))


def test_a_second_pass_is_as_good_as_the_first():
    stack = Stack((1, 10, 11), LENET, "relu")
    first, second = (stack.slopes(stack.theta, stack.X)[0] for _ in range(2))
    assert (first == second).all()


def test_a_convolution_is_the_dense_layer_at_every_place():
    stack = Stack((2, 4, 5), (Conv(3, 2),), m=1)
    (Theta,) = stack.matrices(stack.theta)
    maps = stack.X.reshape(2, 4, 5)
    answers = stack.logits(stack.theta, stack.X).reshape(3, 3, 4)
    for row, column in itertools.product(range(3), range(4)):
        patch = maps[:, row : row + 2, column : column + 2].ravel()
        np.testing.assert_allclose(answers[:, row, column], Theta @ [1, *patch], rtol=1e-12)


def test_a_pool_answers_the_largest_of_each_whole_window():
    stack = Stack((1, 5, 7), (MaxPool(2),), m=1)
    maps = stack.X.reshape(5, 7)
    windows = maps[:4, :6].reshape(2, 2, 3, 2).max(axis=(1, 3))
    assert (stack.logits(stack.theta, stack.X).ravel() == windows.ravel()).all()


@pytest.mark.parametrize("size", [2, 3])
def test_of_equal_pixels_the_first_gets_the_gradient(size):
    stack = Stack((1, size, size), (MaxPool(size),), m=1)
    for first in range(size * size):
        X = np.zeros((1, size * size))
        X[0, first:] = 1
        _, by_images = stack.slopes(stack.theta, X)
        assert np.flatnonzero(by_images).tolist() == [first]


def test_what_a_pool_leaves_out_has_no_gradient():
    stack = Stack((2, 5, 7), (MaxPool(3),), m=2)
    by_images = stack.slopes(stack.theta, stack.X)[1].reshape(2, 2, 5, 7)
    assert not by_images[:, :, 3:].any()
    assert not by_images[:, :, :, 6:].any()
    assert (np.count_nonzero(by_images, axis=(2, 3)) == 2).all()


def test_groups_are_layers_side_by_side():
    whole = Stack((4, 5, 5), (Conv(6, 2, groups=2), Dense(8, groups=2)))
    Theta_1, Theta_2 = whole.matrices(whole.theta)
    answers = []
    for group in range(2):
        part = Stack((2, 5, 5), (Conv(3, 2), Dense(4)))
        theta = np.concatenate([Theta_1[3 * group :][:3].ravel(), Theta_2[4 * group :][:4].ravel()])
        answers.append(part.logits(theta, whole.X.reshape(3, 2, -1)[:, group]).copy())
    np.testing.assert_allclose(whole.logits(whole.theta, whole.X), np.vstack(answers), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    stack = Stack((1, 10, 11), LENET, dtype=dtype)
    gradient, by_images = stack.slopes(stack.theta, stack.X)
    assert {gradient.dtype, by_images.dtype, stack.run.A[-1].dtype} == {np.dtype(dtype)}


def test_float32_is_float64_rounded():
    single, double = (Stack((1, 10, 11), LENET, dtype=dtype) for dtype in (np.float32, np.float64))
    for one, other in zip(single.slopes(single.theta, single.X), double.slopes(double.theta, double.X), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_forward_and_gradient_are_pytorchs(dtype, tolerance):
    torch = pytest.importorskip("torch")
    stack = Stack((1, 12, 13), LENET, "relu", m=5, dtype=dtype)
    stack.X[stack.X < 0.5] = 0  # blank paper: windows of equal pixels
    logits = stack.logits(stack.theta, stack.X).T.copy()
    gradient, by_images = stack.slopes(stack.theta, stack.X)
    weights = [torch.tensor(Theta, requires_grad=True) for Theta in stack.matrices(stack.theta)]
    X = torch.tensor(stack.X, requires_grad=True)
    A = X.reshape(5, 1, 12, 13)
    for Theta, channels, size in zip(weights, (1, 4), (3, 2), strict=False):
        A = torch.nn.functional.conv2d(A, Theta[:, 1:].reshape(-1, channels, size, size), Theta[:, 0])
        A = torch.nn.functional.max_pool2d(torch.relu(A), 2)
    A = torch.relu(torch.nn.functional.linear(A.reshape(5, -1), weights[2][:, 1:], weights[2][:, 0]))
    Z = torch.nn.functional.linear(A, weights[3][:, 1:], weights[3][:, 0])
    (Z * torch.tensor(stack.factors.T)).sum().backward()
    theirs = np.concatenate([Theta.grad.numpy().ravel() for Theta in weights])
    for own, other in ((logits, Z.detach().numpy()), (gradient, theirs), (by_images, X.grad.numpy())):
        np.testing.assert_allclose(own, other, rtol=tolerance, atol=tolerance * np.abs(other).max())


def test_first_weights_are_within_glorots_bound_of_all_places_that_a_pixel_goes_to(rng):
    Theta = Conv(50, 3).draw((20, 9, 9), 2.0, rng)
    bound = 2 * (6 / (20 * 9 + 50 * 9)) ** 0.5
    assert not Theta[:, 0].any()
    assert 0.99 * bound < np.abs(Theta[:, 1:]).max() <= bound


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: Conv(2, 5).above((1, 4, 6)), "conv 2 5: the maps below are 4×6, smaller than a patch: larger images"),
        (lambda: MaxPool(3).above((1, 9, 2)), "pool 3: the maps below are 9×2, smaller than a window: larger images"),
        (lambda: Conv(4, 3, groups=2).above((3, 9, 9)), "3 units or channels below do not fall into 2 equal groups"),
        (lambda: Dense(5, groups=2).above((4, 1, 1)), "5 .* do not fall into 2 equal groups|5 groups 2"),
        (lambda: Dense(0), "0: sizes are whole numbers, 1 or more"),
        (lambda: Conv(3, -1), "conv 3 -1: sizes are whole numbers, 1 or more"),
    ],
)
def test_what_does_not_fit_is_refused(make, seen):
    with pytest.raises(Digits20Error, match=seen):
        make()
