"""Ways down written out by hand: gradient descent, mini-batches and L-BFGS, on any J(theta) -> (cost, gradient).

A solver is a frozen value; `solution.minimize` runs it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import Digits20Error
from .gradcheck import CostFunction, Vector
from .solution import BatchedCostFunction, Report


def _try_rate(rate: float, usual: float) -> str:
    return f"try a learning rate of {min(rate / 10, usual):.3g}"


@dataclass(frozen=True)
class GradientDescent:
    """Batch gradient descent: theta += velocity, with velocity = momentum * velocity - learning_rate * gradient."""

    iterations: int = 400
    learning_rate: float = 1.0
    momentum: float = 0.0

    @property
    def advice(self) -> str:
        return _try_rate(self.learning_rate, 1.0)

    def walk(self, J: CostFunction, theta: Vector, rng: np.random.Generator, report: Report) -> str:
        velocity = np.zeros_like(theta)
        cost, gradient = J(theta)
        report(theta, cost)
        for _ in range(self.iterations):
            velocity *= self.momentum
            velocity -= self.learning_rate * gradient
            theta += velocity
            cost, gradient = J(theta)
            report(theta, cost)
        return f"{self.iterations} iterations done"


@dataclass(frozen=True)
class MiniBatch:
    """Stochastic descent over mini-batches; an iteration is an epoch, all images once in random order.

    method: "sgd", with `momentum` (Nesterov's where `nesterov`), or "adam" (Kingma & Ba 2015, its beta1 and beta2 the
        paper's, bias-corrected).
    schedule: the learning rate is constant, or falls along half a cosine to zero (Loshchilov & Hutter 2017).
    Weights and moments are in J's dtype, updated in place. An epoch's cost is the mean over its mini-batches, each
    taken before its step; the start's is J's own.
    """

    iterations: int = 30
    learning_rate: float = 0.002
    method: Literal["sgd", "adam"] = "adam"
    batch_size: int = 100
    momentum: float = 0.9
    nesterov: bool = False
    schedule: Literal["cosine", "constant"] = "cosine"

    def __post_init__(self) -> None:
        if self.method not in ("sgd", "adam"):
            raise Digits20Error(f"mini-batch method {self.method!r}, expected sgd or adam")
        if self.schedule not in ("cosine", "constant"):
            raise Digits20Error(f"schedule {self.schedule!r}, expected cosine or constant")
        if self.batch_size < 1:
            raise Digits20Error(f"batch size {self.batch_size}, expected 1 or more")

    @property
    def advice(self) -> str:
        return _try_rate(self.learning_rate, 0.002 if self.method == "adam" else 0.1)

    def walk(self, J: BatchedCostFunction, theta: Vector, rng: np.random.Generator, report: Report) -> str:
        theta = theta.astype(J.dtype)
        report(theta, J(theta)[0])
        step = _Adam(theta) if self.method == "adam" else _Momentum(theta, self.momentum, self.nesterov)
        gradient = np.empty_like(theta)
        for epoch in range(self.iterations):
            mean_cost, done = 0.0, 0.0
            for batch in J.batches(self.batch_size, rng):
                mean_cost += batch.share * batch(theta, gradient)[0]
                step(theta, gradient, self._rate(epoch + done))
                done += batch.share
            report(theta, mean_cost)
        return f"{self.iterations} epochs done"

    def _rate(self, epochs: float) -> float:
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * epochs / self.iterations))


class _Momentum:
    """velocity = momentum * velocity - rate * gradient; theta += velocity, or Nesterov's step further along it."""

    def __init__(self, theta: Vector, momentum: float, nesterov: bool) -> None:
        self.velocity, self.momentum, self.nesterov = np.zeros_like(theta), momentum, nesterov

    def __call__(self, theta: Vector, gradient: Vector, rate: float) -> None:
        gradient *= -rate
        self.velocity *= self.momentum
        self.velocity += gradient
        if self.nesterov:
            theta += self.momentum * self.velocity
            theta += gradient
        else:
            theta += self.velocity


class _Adam:
    """theta -= rate * m / (sqrt(v) + epsilon), with m and v the bias-corrected means of the gradient and its square.

    The sums below are m and v but for the factors (1 - beta), which move into the rate: it spares two passes over the
    weights.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, theta: Vector) -> None:
        self.first, self.second, self.steps = np.zeros_like(theta), np.zeros_like(theta), 0

    def __call__(self, theta: Vector, gradient: Vector, rate: float) -> None:
        self.steps += 1
        mean = (1 - self.BETA1) / (1 - self.BETA1**self.steps)
        root = math.sqrt((1 - self.BETA2) / (1 - self.BETA2**self.steps))
        self.first *= self.BETA1
        self.first += gradient
        gradient *= gradient
        self.second *= self.BETA2
        self.second += gradient
        np.sqrt(self.second, out=gradient)
        gradient += self.EPSILON / root
        np.divide(self.first, gradient, out=gradient)
        axpy(theta.dtype)(gradient, theta, a=-rate * mean / root)


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) with a line search for Wolfe's conditions.

    The last `memory` steps and the changes of the gradient along them stand for the curvature. All arithmetic is in
    J's dtype, and written for an unconstrained J: so 50 steps are remembered in less time than scipy's L-BFGS-B takes
    for 10, and 200 iterations get further.
    """

    iterations: int = 200
    memory: int = 50
    tolerance: float = 1e-5  # converged where no component of the gradient is larger

    @property
    def advice(self) -> str:
        return "check the gradient"

    def walk(self, J: CostFunction, theta: Vector, rng: np.random.Generator, report: Report) -> str:
        theta = theta.astype(getattr(J, "dtype", theta.dtype))
        point = _Point(theta, *J(theta))
        report(point.theta, point.cost)
        pairs: list[_Pair] = []
        for _ in range(self.iterations):
            if np.abs(point.gradient).max() <= self.tolerance:
                return "converged"
            after = _line_search(J, point, _direction(point.gradient, pairs))
            if after is None and pairs:
                pairs.clear()
                after = _line_search(J, point, _direction(point.gradient, pairs))
            if after is None:
                return f"no further descent in {theta.dtype}"
            pairs = [*pairs, *_pair(point, after)][-self.memory :]
            point = after
            report(point.theta, point.cost)
        return f"{self.iterations} iterations done"


class _Point(NamedTuple):
    theta: Vector
    cost: float
    gradient: Vector


class _Pair(NamedTuple):
    """A step s and what it did to the gradient, y; rho = 1 / y's."""

    s: Vector
    y: Vector
    rho: float


def _pair(before: _Point, after: _Point) -> list[_Pair]:
    """The pair of a step, or none where the curvature along it is not positive."""
    s, y = after.theta - before.theta, after.gradient - before.gradient
    curvature = float(y @ s)
    return [_Pair(s, y, 1 / curvature)] if curvature > 1e-10 * float(y @ y) else []


def axpy(dtype: npt.DTypeLike) -> Callable[..., Vector]:
    """axpy(x, y, a=a): y += a x, in place, in one pass and without a temporary."""
    from scipy.linalg.blas import daxpy, saxpy

    chosen: Callable[..., Vector] = saxpy if dtype == np.float32 else daxpy
    return chosen


def _direction(gradient: Vector, pairs: list[_Pair]) -> Vector:
    """-H gradient, with H the inverse Hessian that the pairs stand for: the two-loop recursion."""
    add = axpy(gradient.dtype)
    q = -gradient
    if not pairs:
        return q / max(float(np.linalg.norm(q)), 1.0)
    alphas = []
    for s, y, rho in reversed(pairs):
        alphas.append(rho * float(s @ q))
        add(y, q, a=-alphas[-1])
    _, y, rho = pairs[-1]
    q *= 1 / (rho * float(y @ y))
    for (s, y, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        add(s, q, a=alpha - rho * float(y @ q))
    return q


def _line_search(J: CostFunction, point: _Point, direction: Vector) -> _Point | None:
    """The first point along the direction that meets the strong Wolfe conditions, or None."""
    from scipy.optimize import line_search

    tried = [point]

    def at(theta: Vector) -> _Point:
        if not np.array_equal(theta, tried[-1].theta):
            tried.append(_Point(theta, *J(theta)))
        return tried[-1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it found none is told by its result
        length = line_search(
            lambda theta: at(theta.astype(direction.dtype)).cost,
            lambda theta: at(theta.astype(direction.dtype)).gradient,
            point.theta,
            direction,
            point.gradient,
            point.cost,
        )[0]
    return None if length is None else at(point.theta + direction.dtype.type(length) * direction)
