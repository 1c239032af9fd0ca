"""Running a solver: every iteration is recorded, the best weights are kept, and what runs away is stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

import numpy as np

from ..errors import Digits20Error, Lost
from ..types import CostFunction, Vector

# called after every iteration with its theta and cost; may return a score to choose the best weights by (lower is
# better; the cost itself by default) and may raise Stop
Watch = Callable[[Vector, float], float | None]
Memory = dict[str, Vector]  # what a solver remembers beside theta, such as a velocity
Keep = Callable[[Callable[[], "Snapshot"]], None]  # called after every iteration; asks for the snapshot if it wants one
DIVERGED = 10.0  # times the start's cost: far above anything a line search or a noisy mini-batch comes back from


class Stop(Exception):
    """Raised by a Watch to end the run in good order; its message says why."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run after an iteration: all that it takes to go on with the same bits.

    theta: (size,), where the solver stands, in its dtype; memory: what it remembers beside, arrays by name.
    costs, evaluations, seconds: as in Solution, up to here. best: score, cost and theta of the best weights so far.
    generator: the state of the generator that orders mini-batches. curves: see `fit`.
    """

    theta: Vector
    memory: Memory
    costs: list[float]
    best: tuple[float, float, Vector]
    evaluations: float
    seconds: float
    generator: dict[str, Any]
    curves: dict[str, list[float]] = field(default_factory=dict)

    @property
    def iteration(self) -> int:
        return len(self.costs) - 1


@dataclass(frozen=True, eq=False)
class Solution:
    """Where a solver ended.

    theta: (size,) float64, the best weights seen; cost: the cost there.
    costs: the cost at the start, then after each iteration.
    evaluations: how often J was asked, a mini-batch counting as its share of the images.
    message: why it ended; interrupted: whether by Ctrl-C.
    """

    theta: Vector
    cost: float
    costs: list[float]
    evaluations: float
    seconds: float
    message: str
    interrupted: bool = False

    @property
    def iterations(self) -> int:
        return max(len(self.costs) - 1, 0)

    @property
    def learned(self) -> bool:
        """Whether the best weights are any better than the first."""
        return len(self.costs) > 1 and self.cost < self.costs[0]


class Diverged(Digits20Error):
    """The cost grew out of hand.

    solution: the last good weights; model: the same as a Model, from `fit`, where they are better than the first.
    """

    def __init__(self, message: str, solution: Solution, model: Any = None) -> None:
        super().__init__(message)
        self.solution, self.model = solution, model

    def __reduce__(self) -> tuple[type[Diverged], tuple[str, Solution, Any]]:
        """So that it comes whole out of another process."""
        return type(self), (str(self), self.solution, self.model)


class Report(Protocol):
    """Called after every iteration; `memory` is looked at during the call only."""

    def __call__(self, theta: Vector, cost: float, memory: Memory | None = None) -> None: ...


class Solver(Protocol):
    """What `minimize` runs: frozen settings, and a walk that reports each iteration."""

    @property
    def iterations(self) -> int: ...

    @property
    def advice(self) -> str:
        """What to try when the cost diverges."""
        ...

    def new_memory(self, theta: Vector) -> Memory:
        """What it remembers beside theta (size,), as at the start; empty where a snapshot is a new start to it."""
        ...

    def walk(
        self, J: Any, theta: Vector, rng: np.random.Generator, report: Report, last: Snapshot | None = None
    ) -> str:
        """Go down from theta, reporting the start and each iteration; return why it ended.

        With the `last` snapshot, whose theta it is, go on after its iteration, reporting those that follow.
        """
        ...


def restore(memory: Memory, last: Snapshot | None) -> None:
    """Overwrite the arrays of a new `memory` with those of the snapshot, if any."""
    if last:
        for name, array in memory.items():
            array[...] = last.memory[name]


def minimize(
    J: CostFunction,
    theta: Vector,
    solver: Solver,
    watch: Watch | None = None,
    rng: np.random.Generator | None = None,
    *,
    resume: Snapshot | None = None,
    keep: Keep | None = None,
) -> Solution:
    """Run `solver` on J from theta (size,).

    The result is the best iterate, by the score that `watch` returns or else by cost; `rng` orders mini-batches.
    Ctrl-C ends the run in good order, with what was learned so far; KeyboardInterrupt is raised before the first cost.
    Raises Diverged where the cost turns non-finite or rises past ten times its start, and passes on the Lost of a J
    that can be asked no more; both carry the best so far as `solution`.

    `keep` can take a snapshot after every iteration. A run that `resume`s one, with all other arguments the same, ends
    with the bits of one that was never interrupted, if the solver has a memory; the others start anew from its theta.
    """
    counted = _Counted(J)
    rng = rng or np.random.default_rng(0)
    record = _Record(theta, counted, watch, rng, keep)
    if resume:
        record.go_on(resume)
        theta = resume.theta
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows shows in the cost, which is checked
            message = solver.walk(counted, theta.copy(), rng, record.report, resume)
    except Stop as stop:
        message = str(stop)
    except KeyboardInterrupt:
        if record.best is None:
            raise
        return record.solution("interrupted", interrupted=True)
    except Lost as lost:
        lost.solution = record.solution("lost") if record.best else None
        raise
    except _OutOfHand as seen:
        raise Diverged(f"{seen}; {solver.advice}", record.last_good()) from None
    return record.solution(message)


@dataclass
class _Counted:
    """J that counts its evaluations; a mini-batch counts as its share."""

    J: Any
    evaluations: float = 0.0

    @property
    def dtype(self) -> Any:
        return self.J.dtype

    def __call__(self, theta: Vector, *out: Vector) -> tuple[float, Vector]:
        self.evaluations += 1
        return cast(tuple[float, Vector], self.J(theta, *out))

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Any]:
        self.evaluations += 1
        return cast(Iterator[Any], self.J.batches(size, rng))


class _OutOfHand(Exception):
    pass


@dataclass
class _Record:
    """The history of a run and the best point in it."""

    start: Vector
    counted: _Counted
    watch: Watch | None
    rng: np.random.Generator
    keep: Keep | None = None
    costs: list[float] = field(default_factory=list)
    best: tuple[float, float, Vector] | None = None  # score, cost, theta
    began: float = field(default_factory=time.perf_counter)

    def go_on(self, last: Snapshot) -> None:
        self.costs, self.best = list(last.costs), last.best
        self.began -= last.seconds
        self.counted.evaluations = last.evaluations
        self.rng.bit_generator.state = last.generator

    def report(self, theta: Vector, cost: float, memory: Memory | None = None) -> None:
        self._check(cost)
        self.costs.append(cost)
        score = self.watch(theta, cost) if self.watch else None
        score = cost if score is None else score
        if self.best is None or score < self.best[0]:
            self.best = score, cost, theta.astype(np.float64)
        if self.keep:
            best = self.best
            self.keep(lambda: self._snapshot(theta, memory or {}, best))

    def _snapshot(self, theta: Vector, memory: Memory, best: tuple[float, float, Vector]) -> Snapshot:
        return Snapshot(
            theta=theta.copy(),  # copies, for solvers go on in place
            memory={name: array.copy() for name, array in memory.items()},
            costs=list(self.costs),
            best=best,
            evaluations=self.counted.evaluations,
            seconds=self.seconds,
            generator=dict(self.rng.bit_generator.state),
        )

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def _check(self, cost: float) -> None:
        if not math.isfinite(cost) or (self.costs and cost > DIVERGED * max(self.costs[0], 1e-9)):
            before = f" after {self.costs[0]:.4g} at the start" if self.costs else ""
            raise _OutOfHand(f"the cost diverged: {cost:.4g} in iteration {len(self.costs)}{before}")

    def last_good(self) -> Solution:
        """The best weights, or the first where those are worse: an epoch's cost is that before its last step."""
        solution = self.solution("diverged")
        if self.costs:
            with np.errstate(over="ignore", invalid="ignore"):
                cost = self.counted.J(solution.theta)[0]
            if not cost <= self.costs[0]:
                return replace(solution, theta=self.start.astype(np.float64), cost=self.costs[0])
        return solution

    def solution(self, message: str, interrupted: bool = False) -> Solution:
        _, cost, theta = self.best or (math.inf, math.inf, self.start.astype(np.float64))
        return Solution(theta, cost, self.costs, self.counted.evaluations, self.seconds, message, interrupted)
