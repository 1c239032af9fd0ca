"""Running a solver: log every iteration, keep the best weights, stop when the cost diverges."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from ..errors import Digits20Error, Lost
from ..system.arguments import generator, vector
from ..types import CostFunction, Seed, Vector
from .solution import Diverged, End, Memory, Snapshot, Solution, Solver, Stop
from .solvers import as_solver

# called after every iteration with its theta and cost; may return a score to choose the best weights by (lower is
# better; the cost itself where it returns None) and may raise Stop
Callback = Callable[[Vector, float], float | None]
Curves = dict[str, list[float]]  # measurements per iteration, by name
# rise of the cost above the start, in multiples of the larger of the start's cost and the cost of knowing nothing: far
# above anything that a line search or a noisy mini-batch comes back from
DIVERGED = 10.0


def minimize(
    J: CostFunction,
    theta: Vector,
    solver: Solver | str,
    callback: Callback | None = None,
    rng: Seed | None = None,
    *,
    resume: Snapshot | None = None,
    keep: Callable[[Callable[[], Snapshot]], None] | None = None,
    curves: Curves | None = None,
    watch: Callback | None = None,
) -> Solution:
    """Run a solver on J from theta, and return the best iterate.

    Ctrl-C ends the run and returns the best so far; before the first cost it raises KeyboardInterrupt.

    Parameters
    ----------
    J
        `J(theta)` is (cost, gradient); the gradient has theta's size.
    theta
        (size,), where the run starts.
    solver
        Such as `LBFGS(iterations=100)`, or a name such as "l-bfgs", "adam" or "newton-cg".
    callback
        Called as `callback(theta, cost)` at the start and after each iteration. It may return a score, lower is better,
        by which the best iterate is chosen, and may raise `Stop`. Where it returns None the lowest cost is the best; of
        a stochastic solver, whose costs are estimates, the last iterate is.
    rng
        Generator or seed that shuffles mini-batches; None stands for seed 0.
    resume
        A Snapshot to go on from. All other arguments the same, the run ends with the bits of an uninterrupted one if
        the solver has a memory; L-BFGS and SciPy's methods restart from its theta.
    keep
        Called after each iteration with a function that makes a Snapshot.
    curves
        Lists to which `callback` appends, saved in snapshots.
    watch
        The name of `callback` in 0.1.0.

    Raises
    ------
    Diverged
        Where the cost is not finite or rises ten times higher than the start's or than J's `chance`, the cost of
        knowing nothing (1 where J has none). Its `solution` is the best so far.
    Lost
        Where J can no longer be evaluated; likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from digits20 import LBFGS, minimize
    >>> solution = minimize(lambda theta: (float((theta - 3) @ (theta - 3)), 2 * (theta - 3)), np.zeros(2), LBFGS())
    >>> solution.theta.round(6).tolist(), solution.message
    ([3.0, 3.0], 'converged')
    """
    solver, rng, theta = as_solver(solver), generator(0 if rng is None else rng), vector(theta)
    estimated = bool(getattr(solver, "stochastic", False))
    history = _History(theta, _Counted(J), callback or watch, rng, keep, {} if curves is None else curves, estimated)
    if resume:
        history.resume(resume)
        theta = resume.theta
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # an overflow shows in the cost, which is checked
            end = solver.run(history.counted, theta.copy(), rng, history.log, resume)
    except Stop as stop:
        end = End(stop.converged, str(stop) or "stopped by the callback")
    except KeyboardInterrupt:
        if history.best is None:
            raise
        return history.solution("interrupted", interrupted=True)
    except Lost as lost:
        lost.solution = history.solution("lost") if history.best else None
        raise
    except _OutOfHand as seen:
        raise Diverged(f"{seen}; {solver.advice}", history.last_good()) from None
    return replace(history.solution(end.message), converged=end.converged)


@dataclass
class _Counted:
    """J that counts its evaluations; an epoch of mini-batches counts as one."""

    J: Any
    evaluations: float = 0.0

    @property
    def dtype(self) -> Any:
        return self.J.dtype

    def __call__(self, theta: Vector, *out: Vector) -> tuple[float, Vector]:
        self.evaluations += 1
        answer = self.J(theta, *out)
        if self.evaluations == 1:
            _check(answer, theta)
        return cast(tuple[float, Vector], answer)

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Any]:
        self.evaluations += 1
        return cast(Iterator[Any], self.J.batches(size, rng))


def _check(answer: Any, theta: Vector) -> None:
    """Raise Digits20Error unless J answered (cost, gradient), the gradient of theta's size."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Digits20Error(f"J returned a {type(answer).__name__}, expected (cost, gradient)")
    if np.shape(answer[1]) != theta.shape:
        raise Digits20Error(f"J returned a gradient of shape {np.shape(answer[1])}, expected theta's {theta.shape}")


class _OutOfHand(Exception):
    pass


@dataclass
class _History:
    """The costs of a run and the best point in it."""

    start: Vector
    counted: _Counted
    callback: Callback | None
    rng: np.random.Generator
    keep: Callable[[Callable[[], Snapshot]], None] | None
    curves: Curves
    estimated: bool
    latest: Vector | None = None  # weights of the last iteration, where costs are estimates
    costs: list[float] = field(default_factory=list)
    best: tuple[float, float, Vector] | None = None  # score, cost, theta
    began: float = field(default_factory=time.perf_counter)

    def resume(self, last: Snapshot) -> None:
        self.costs, self.best, self.latest = list(last.costs), last.best, last.theta
        self.curves.update({name: list(curve) for name, curve in last.curves.items()})
        self.began -= last.seconds
        self.counted.evaluations = last.evaluations
        self.rng.bit_generator.state = last.generator

    def log(self, theta: Vector, cost: float, memory: Memory | None = None) -> None:
        """Called by the solver after every iteration."""
        self._check(cost)
        self.costs.append(cost)
        score: float | None = None
        ended: BaseException | None = None
        try:
            score = self.callback(theta, cost) if self.callback else None
        except (KeyboardInterrupt, Lost) as seen:
            self._check_done()
            ended = seen
        except Stop as seen:  # the iterate counts, but where iterates are chosen by a score that it has none of
            score, ended = (math.inf if self._scored else None), seen
        score = cost if score is None else score
        if self.best is None or score < self.best[0] or score == cost == self.best[0]:  # of equal costs the later
            self.best = score, cost, theta.astype(np.float64)
        if self.estimated:
            self.latest = theta.astype(np.float64)
        if self.keep:
            best = self.best
            self.keep(lambda: self._snapshot(theta, memory or {}, best))
        if ended:
            raise ended

    @property
    def _scored(self) -> bool:
        """Whether the best iterate is chosen by the callback's scores, not by its cost."""
        return self.best is not None and self.best[0] != self.best[1]

    def _check_done(self) -> None:
        """Within an exception of the callback: take the iteration back, and raise again, where its score is not known.

        Weights, costs and checkpoint are then those of the iteration before.
        """
        if self._scored or any(len(curve) < len(self.costs) for curve in self.curves.values()):
            self.costs.pop()
            for curve in self.curves.values():
                del curve[len(self.costs) :]
            raise

    def _snapshot(self, theta: Vector, memory: Memory, best: tuple[float, float, Vector]) -> Snapshot:
        return Snapshot(
            theta=theta.copy(),  # copies, for solvers go on in place
            memory={name: array.copy() for name, array in memory.items()},
            costs=list(self.costs),
            best=best,
            evaluations=self.counted.evaluations,
            seconds=self.seconds,
            generator=dict(self.rng.bit_generator.state),
            curves={name: list(curve) for name, curve in self.curves.items()},
        )

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def _check(self, cost: float) -> None:
        if not math.isfinite(cost) or (self.costs and cost - self.costs[0] > DIVERGED * self._scale()):
            before = f" after {self.costs[0]:.4g} at the start" if self.costs else ""
            raise _OutOfHand(f"the cost diverged: {cost:.4g} in iteration {len(self.costs)}{before}")

    def _scale(self) -> float:
        """What a cost of J is to be compared with; a start from trained weights has next to none itself."""
        chance: float = getattr(self.counted.J, "chance", 1.0)
        return max(abs(self.costs[0]), chance)

    def last_good(self) -> Solution:
        """The best weights, or the first where those are worse: an epoch's cost is that before its last step."""
        solution = self.solution("diverged", diverged=True)
        if self.costs:
            with np.errstate(over="ignore", invalid="ignore"):
                cost = self.counted.J(solution.theta)[0]
            if not cost <= self.costs[0]:
                return replace(solution, theta=self.start.astype(np.float64), cost=self.costs[0])
        return solution

    def solution(self, message: str, interrupted: bool = False, diverged: bool = False) -> Solution:
        score, cost, theta = self.best or (math.inf, math.inf, self.start.astype(np.float64))
        chosen_by_callback = score != cost
        if self.latest is not None and self.estimated and not (chosen_by_callback or diverged):
            theta, cost = self.latest.astype(np.float64), self.costs[-1]
        spent = self.counted.evaluations, self.seconds
        return Solution(theta, cost, self.costs, *spent, message, interrupted, self.estimated)
