"""Gradient checking: the analytic gradient of any J against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..system.arguments import shown_value, vector
from ..types import CostFunction, Vector
from .objective import Objective
from .protocols import ObjectiveLike

SAMPLE = 500, 50  # images and weights of a check before training: a tenth of a second
MOVED = 1e-3  # what theta is moved by for it: blank paper and biases of 0 lie on the very corner of relu
STEPS = 1e-5, 1e-6, 1e-7  # across a corner of relu or a pool the long ones err, a wrong gradient does with all
LARGEST_ERROR = 1e-6  # what `check_error` lets pass: ten times what float64 and a right gradient leave


def numerical_gradient(
    J: CostFunction, theta: Vector, indices: npt.ArrayLike | None = None, epsilon: float = 1e-5
) -> npt.NDArray[np.float64]:
    """(J(theta + epsilon e) - J(theta - epsilon e)) / (2 epsilon) along axes e.

    Its error falls with epsilon² until rounding, which grows with 1/epsilon, takes over: 1e-5 suits float64.

    Parameters
    ----------
    J
        Called twice for each index; its gradient is not looked at.
    theta
        (size,), where the gradient is taken.
    indices
        The axes; None: all.
    epsilon
        The step.

    Returns
    -------
    ndarray
        One number for each index.

    Examples
    --------
    >>> numerical_gradient(lambda theta: (float(theta @ theta), 2 * theta), np.array([1.0, 2.0])).round(6).tolist()
    [2.0, 4.0]
    """
    theta = vector(theta)
    chosen = _indices(indices, theta.size)
    slopes = np.empty(chosen.shape)
    for place, index in enumerate(chosen):
        step = np.zeros_like(theta)
        step[index] = epsilon
        slopes[place] = (J(theta + step)[0] - J(theta - step)[0]) / (2 * epsilon)
    return slopes


def gradient_error(
    J: CostFunction, theta: Vector, indices: npt.ArrayLike | None = None, epsilon: float = 1e-5
) -> float:
    """The relative difference of the two gradients, ‖numerical - analytic‖ / ‖numerical + analytic‖ over `indices`.

    Below 1e-7 in float64 where the gradient is right (the course asks for 1e-9 with weights in favourable places);
    float32 cannot tell. On a corner of relu or a tie of a pool, where a convolution's first weights have blank paper,
    for its biases are 0, no numerical gradient is right: move such a theta by 1e-3, and take an epsilon of 1e-7. The
    parameters are those of `numerical_gradient`.

    Examples
    --------
    >>> gradient_error(lambda theta: (float(theta @ theta), 2 * theta), np.array([1.0, 2.0])) < 1e-9
    True
    """
    theta = vector(theta)
    numerical = numerical_gradient(J, theta, indices, epsilon)
    analytic = J(theta)[1]
    if indices is not None:
        analytic = analytic[_indices(indices, theta.size)]
    difference, total = np.linalg.norm(numerical - analytic), np.linalg.norm(numerical + analytic)
    return float(difference / total) if total else float(difference)


def _indices(indices: npt.ArrayLike | None, size: int) -> npt.NDArray[Any]:
    chosen = np.arange(size) if indices is None else np.atleast_1d(indices)
    if chosen.dtype.kind not in "iu" or not np.all((chosen >= -size) & (chosen < size)):
        raise Digits20Error(f"indices {shown_value(indices)}, expected whole numbers below {size}, the size of theta")
    return chosen


def check_error(error: float) -> float:
    """The relative error, unchanged; raises Digits20Error where it is above LARGEST_ERROR."""
    if not error <= LARGEST_ERROR:  # nor is NaN
        raise Digits20Error(f"the gradient is wrong: relative error {error:.1e}, expected at most {LARGEST_ERROR:.0e}")
    return error


def best_step(J: CostFunction, theta: Vector, indices: npt.ArrayLike) -> float:
    """The first of STEPS with which the gradient is seen to be right, or the last."""
    right = (step for step in STEPS if gradient_error(J, theta, indices, step) <= LARGEST_ERROR)
    return next(right, STEPS[-1])


def check_gradient(J: ObjectiveLike, theta: Vector) -> float:
    """The relative error of a sample of J's gradient near theta, in float64; raises Digits20Error where it is wrong."""
    images, weights = SAMPLE
    exact = Objective(J.network, J.sample(images).astype(np.float64), J.lam)
    rng = np.random.default_rng(0)
    indices = rng.choice(theta.size, size=min(weights, theta.size), replace=False)
    near = theta + MOVED * rng.standard_normal(theta.size)
    return check_error(gradient_error(exact, near, indices, best_step(exact, near, indices)))
