"""L-BFGS for an unconstrained J(theta) -> (cost, gradient), with its own line search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ..types import CostFunction, Vector
from .line_search import Trial, line_search
from .solution import End, Log, Memory, Snapshot


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS: quasi-Newton steps from the last steps and the changes of the gradient along them.

    All arithmetic is in J's dtype. Source: Nocedal & Wright, Numerical optimization, 2006, chapter 7; the product with
    the inverse Hessian in the compact form of Byrd, Nocedal & Schnabel 1994.

    Parameters
    ----------
    iterations
        The most that are done.
    memory
        The number of steps remembered.
    tolerance
        Converged when no component of the gradient is larger.

    Examples
    --------
    >>> from digits20 import minimize
    >>> minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(3), LBFGS(iterations=20)).message
    'converged'
    """

    iterations: int = 200
    memory: int = 50
    tolerance: float = 1e-5

    stochastic: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        return "check the gradient"

    def new_memory(self, theta: Vector) -> Memory:
        return {}  # the pairs would make a snapshot a hundred times as large, and are soon found again

    def new_history(self, theta: Vector) -> History:
        """The steps remembered at the start: none."""
        return History(self.memory, theta)

    def run(
        self, J: CostFunction, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None
    ) -> End:
        theta = theta.astype(getattr(J, "dtype", theta.dtype))
        point = _Point(theta, *J(theta))
        if last is None:
            log(point.theta, point.cost)
        history = self.new_history(theta)
        for _ in range(last.iteration if last else 0, self.iterations):
            if np.abs(point.gradient).max() <= self.tolerance:
                return End.met()
            after = _search(J, point, history.direction(point.gradient), first=not history.size)
            if after is None and history.size:
                history.size = 0
                after = _search(J, point, -point.gradient, first=True)
            if after is None:
                return End(False, f"not converged: no further descent in {theta.dtype}")
            history.add(point, after)
            point = after
            log(point.theta, point.cost)
        return End.iterations(self.iterations)


class _Point(NamedTuple):
    theta: Vector
    cost: float
    gradient: Vector


def _search(J: CostFunction, point: _Point, direction: Vector, first: bool) -> _Point | None:
    """A lower point along the direction, or None; the first step has the length 1, for nothing is known of J yet."""
    slope = float(point.gradient @ direction)
    if not -np.inf < slope < 0:
        return None
    points: dict[float, _Point] = {}

    def at(step: float) -> Trial:
        theta = point.theta + direction.dtype.type(step) * direction
        points[step] = found = _Point(theta, *J(theta))
        return Trial(step, found.cost, float(found.gradient @ direction))

    length = 1 / float(np.linalg.norm(direction)) if first else 1.0
    chosen = line_search(at, Trial(0.0, point.cost, slope), length)
    return points[chosen.step] if chosen.step else None


class History:
    """The last steps s and the changes y of the gradient along them, `size` of them, and their products.

    rows: s of pair i in row i, y in row memory + i; the oldest is overwritten by the next. sy, yy: (memory, memory)
    float64, products of s with y and of y with y.
    """

    def __init__(self, memory: int, theta: Vector) -> None:
        self.memory, self.size, self.next = memory, 0, 0
        self.rows = np.empty((2 * memory, theta.size), theta.dtype)
        self.sy, self.yy = np.zeros((memory, memory)), np.zeros((memory, memory))

    def add(self, before: _Point, after: _Point) -> None:
        """Remember a step, but for one along which the gradient does not rise beyond rounding."""
        if not self.memory:
            return
        if not self.size:
            self.next = 0
        s, y = self.rows[self.next], self.rows[self.memory + self.next]
        s_new, y_new = after.theta - before.theta, after.gradient - before.gradient
        if not float(s_new @ y_new) > np.finfo(y_new.dtype).eps * -float(before.gradient @ s_new):
            return
        s[:], y[:] = s_new, y_new
        place, self.size = self.next, min(self.size + 1, self.memory)
        self.next = (place + 1) % self.memory
        self.sy[: self.size, place] = self._s() @ y
        self.yy[: self.size, place] = self.yy[place, : self.size] = self._y() @ y

    def direction(self, gradient: Vector) -> Vector:
        """-H gradient, with H the inverse Hessian that the pairs stand for.

            H = gamma I + [S  gamma Y] M [S  gamma Y]'    M = [R^-T (D + gamma Y'Y) R^-1   -R^-T; -R^-1   0]

        with R the upper triangle of S'Y, oldest pair first, D its diagonal, and gamma = s'y / y'y of the newest.
        """
        if not self.size:
            return -gradient
        order = (self.next - self.size + np.arange(self.size)) % self.memory
        R, D = np.triu(self.sy[np.ix_(order, order)]), self.sy.diagonal()[order]
        newest = order[-1]
        gamma = self.sy[newest, newest] / self.yy[newest, newest]
        if not R.diagonal().all():  # s'y rounded to zero: the gradient contradicts the cost
            self.size = 0
            return -gradient
        solved = np.linalg.solve(R, (self._s() @ gradient)[order].astype(np.float64))
        inner = D * solved + gamma * (self.yy[np.ix_(order, order)] @ solved - (self._y() @ gradient)[order])
        of_s, of_y = np.empty(self.size, gradient.dtype), np.empty(self.size, gradient.dtype)
        of_s[order], of_y[order] = np.linalg.solve(R.T, inner), -gamma * solved
        direction = gradient * gradient.dtype.type(-gamma)
        direction -= of_s @ self._s()
        direction -= of_y @ self._y()
        return direction

    def _s(self) -> Vector:
        return self.rows[: self.size]

    def _y(self) -> Vector:
        return self.rows[self.memory : self.memory + self.size]
