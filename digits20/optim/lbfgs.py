"""L-BFGS written out by hand, for an unconstrained J(theta) -> (cost, gradient)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ..types import CostFunction, Vector
from .descent import axpy
from .solution import Log, Memory, Snapshot


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) with a line search for Wolfe's conditions.

    The last `memory` steps and the changes of the gradient along them stand for the curvature. All arithmetic is in
    J's dtype, and written for an unconstrained J: so 50 steps are remembered in a third of the time that scipy's
    L-BFGS-B takes for as many.

    >>> from digits20 import minimize
    >>> minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(3), LBFGS(iterations=20)).message
    'converged'
    """

    iterations: int = 200
    memory: int = 50
    tolerance: float = 1e-5  # converged where no component of the gradient is larger

    stochastic: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        return "check the gradient"

    def new_memory(self, theta: Vector) -> Memory:
        return {}  # the pairs would make a snapshot a hundred times as large, and are soon found again

    def run(
        self, J: CostFunction, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None
    ) -> str:
        theta = theta.astype(getattr(J, "dtype", theta.dtype))
        point = _Point(theta, *J(theta))
        if last is None:
            log(point.theta, point.cost)
        pairs: list[_Pair] = []
        for _ in range(last.iteration if last else 0, self.iterations):
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
            log(point.theta, point.cost)
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
