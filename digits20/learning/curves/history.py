"""Cost histories: the cost after each iteration with the evaluations and seconds until then, to compare trainings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...optim.solution import End, Log, Memory, Snapshot, Solver
from ...optim.solvers import MINI_BATCHES
from ...types import Vector
from ..ensemble import Job
from ..fit import Callback, CheckpointLike
from ..model import Model


@dataclass(frozen=True)
class History:
    """The cost history of one training.

    costs: J at the start, then after each iteration. evaluations: of J until then, a mini-batch counting as its share
        of the images; seconds: until then. Both are empty where they are not known, else as long as costs.
    train_accuracy: at the end, between 0 and 1, or None where it is not known.
    epochs: whether an iteration is an epoch of mini-batches.
    """

    name: str
    costs: list[float]
    evaluations: list[float]
    seconds: list[float]
    train_accuracy: float | None = None
    epochs: bool = False


def history(name: str, model: Model) -> History:
    """The history that a model keeps; with evaluations and seconds only if a `ClockedJob` has trained it."""
    scores = model.scores
    clocks = scores.get("clock_evaluations", []), scores.get("clock_seconds", [])
    return History(
        name, model.costs, *clocks, scores.get("train_accuracy"), model.settings.get("solver") in MINI_BATCHES
    )


@dataclass(frozen=True, eq=False)
class ClockedJob(Job):
    """A job that also records the evaluations of J and the seconds until each iteration, in its model's scores.

    name: the name of the solver, for tables and legends.
    """

    name: str = ""

    def run(self, callback: Callback | None = None, checkpoint: CheckpointLike | None = None) -> Model:
        import scipy.linalg.blas
        import scipy.optimize  # noqa: F401 - solvers would import it while the clock runs: a third of a second

        clocked = _Clocked(self.solver)
        plain = Job(**{name: getattr(self, name) for name in Job.__dataclass_fields__})
        model = replace(plain, solver=clocked).run(callback, checkpoint)
        clocks = {"clock_evaluations": clocked.evaluations, "clock_seconds": clocked.seconds}
        return replace(model, scores=model.scores | clocks, settings=model.settings | {"solver": self.name})


@dataclass(frozen=True)
class _Clocked:
    """A solver that records the evaluations and the seconds until each iteration."""

    solver: Solver
    evaluations: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return self.solver.iterations

    @property
    def stochastic(self) -> bool:
        return self.solver.stochastic

    @property
    def advice(self) -> str:
        return self.solver.advice

    def new_memory(self, theta: Vector) -> Memory:
        return self.solver.new_memory(theta)

    def run(self, J: Any, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None) -> End:
        began = time.perf_counter()

        def note(theta: Vector, cost: float, memory: Memory | None = None) -> None:
            self.evaluations.append(J.evaluations)
            self.seconds.append(time.perf_counter() - began)
            log(theta, cost, memory)

        return self.solver.run(J, theta, rng, note, last)
