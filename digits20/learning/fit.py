"""Training: a J goes down with a solver, is watched on the way, and comes out as a Model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from ..data.dataset import Digits
from ..errors import Digits20Error, Lost
from ..nn.objective import Objective
from ..nn.protocols import Measure, Trainable
from ..optim.minimize import Diverged, Keep, Snapshot, Solution, Solver, Stop, minimize
from ..types import Vector
from .model import CURVES, Model


@dataclass(frozen=True)
class Progress:
    """What is known after an iteration; costs without a validation part leave the last three out."""

    iteration: int
    cost: float
    train_accuracy: float | None = None
    validation_cost: float | None = None
    validation_accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the bits of a training; two runs with equal parts end with the same weights.

    start: (size,), where it begins; generator: the state of the generator that orders mini-batches, there.
    """

    J: Trainable
    start: Vector
    solver: Solver
    validation: Measure | None
    patience: int | None
    generator: dict[str, Any]
    threads: int


class Keeper(Protocol):
    """Where a run is kept while it lasts; see `checkpoint.Checkpoint`."""

    def begin(self, run: Run) -> Snapshot | None:
        """Called once at the start; answers where to go on, if not there."""
        ...

    def keep(self, snapshot: Callable[[], Snapshot]) -> None:
        """Called after every iteration; asks for the snapshot if it wants one."""
        ...

    def interrupted(self) -> None:
        """Called when Ctrl-C has ended the run."""
        ...


def fit(
    J: Trainable,
    theta: Vector,
    solver: Solver,
    *,
    validation: Digits | Measure | None = None,
    patience: int | None = None,
    watch: Callable[[Progress], object] | None = None,
    rng: np.random.Generator | None = None,
    threads: int = 1,
    settings: Mapping[str, Any] | None = None,
    checkpoint: Keeper | None = None,
) -> Model:
    """Train J's network from theta (size,) with `solver`, and return the best of its iterates as a Model.

    J is an Objective, or anything else that is Trainable.

    Best means the lowest J; with `patience` the lowest cost on the `validation` images, without penalty, and training
    ends when that has not fallen for so many iterations. Given validation images, `scores` holds the curves
    train_accuracies, validation_costs and validation_accuracies beside `costs`. `watch` is told of every iteration.
    `rng` orders mini-batches. The matrix products run on `threads` threads: more than one pays only for wide networks
    on an idle machine, and changes the last bits. With a `checkpoint` the run can go on after a kill.

    Ctrl-C ends training and keeps the best so far (`model.solution.interrupted`). Raises Diverged, see `minimize`, and
    the Lost of a J that can be asked no more, both with the best so far as their `model`.
    """
    if patience is not None and validation is None:
        raise Digits20Error("patience needs validation images")
    import scipy.linalg.blas  # noqa: F401 - a BLAS of its own: loaded later, it would not be under the limit below

    held_back = (
        Objective(J.network, validation.prepared(J.preprocess)) if isinstance(validation, Digits) else validation
    )
    journal = _Journal(J, held_back, patience, watch)
    rng = rng or np.random.default_rng(0)
    last, keep = None, None
    if checkpoint:
        last = checkpoint.begin(Run(J, theta, solver, held_back, patience, dict(rng.bit_generator.state), threads))
        keep = journal.keeping(checkpoint)
    if last:
        journal.go_on(last)
    with threadpool_limits(threads):
        solution, end = _down(lambda: minimize(J, theta, solver, journal.note, rng, resume=last, keep=keep))
        if checkpoint and (solution.interrupted or isinstance(end, Lost)):
            checkpoint.interrupted()
        best = solution.theta.astype(J.dtype).astype(np.float64)  # all that J ever saw of theta
        scores = {"cost": solution.cost}
        try:
            scores = scores if isinstance(end, Lost) else journal.final_scores(best)
        except Lost as lost:
            end = lost
    model = Model(
        network=J.network,
        theta=best,
        labels=J.labels,
        image_shape=J.image_shape,
        preprocess=J.preprocess,
        lam=J.lam,
        costs=solution.costs,
        scores=scores | journal.curves,
        settings=dict(settings or {}),
        solution=solution,
    )
    if end:
        end.solution, end.model = solution, model
        raise end
    return model


def _down(run: Callable[[], Solution]) -> tuple[Solution, Diverged | Lost | None]:
    """Where the run ended, and the error that ended it, if any; raises the one that nothing was learned before."""
    try:
        return run(), None
    except Diverged as diverged:
        if not diverged.solution.learned:
            raise
        return diverged.solution, diverged
    except Lost as lost:
        if lost.solution is None:
            raise
        return lost.solution, lost


class _Journal:
    """Follows a run: keeps the curves, tells the watcher, scores by validation cost and runs out of patience."""

    def __init__(
        self,
        J: Trainable,
        validation: Measure | None,
        patience: int | None,
        watch: Callable[[Progress], object] | None,
    ) -> None:
        self.J, self.validation, self.patience, self.watch = J, validation, patience, watch
        self.iteration = -1
        self.best = (np.inf, 0)  # lowest validation cost, and when
        self.curves: dict[str, list[float]] = {name: [] for name in CURVES} if validation else {}

    def final_scores(self, theta: Vector) -> dict[str, Any]:
        scores = {"cost": self.J(theta)[0], "train_accuracy": self.J.measure(theta)[1]}
        if self.validation:
            scores["validation_accuracy"] = self.validation.measure(theta)[1]
        return scores

    def keeping(self, checkpoint: Keeper) -> Keep:
        """The `keep` of `minimize`, with the curves in its snapshots."""

        def keep(snapshot: Callable[[], Snapshot]) -> None:
            checkpoint.keep(lambda: replace(snapshot(), curves={name: list(c) for name, c in self.curves.items()}))

        return keep

    def go_on(self, last: Snapshot) -> None:
        self.iteration = last.iteration
        self.curves = {name: list(last.curves[name]) for name in self.curves}
        if self.validation:
            when = int(np.argmin(last.curves["validation_costs"]))
            self.best = last.curves["validation_costs"][when], when

    def note(self, theta: Vector, cost: float) -> float | None:
        self.iteration += 1
        progress = self._measure(theta, cost)
        if self.watch:
            self.watch(progress)
        return self._score(progress.validation_cost)

    def _measure(self, theta: Vector, cost: float) -> Progress:
        if self.validation is None:
            return Progress(self.iteration, cost)
        figures = self.J.measure(theta)[1], *self.validation.measure(theta)
        for curve, figure in zip(self.curves.values(), figures, strict=True):
            curve.append(figure)
        return Progress(self.iteration, cost, *figures)

    def _score(self, validation_cost: float | None) -> float | None:
        if self.patience is None or validation_cost is None:
            return None
        if validation_cost < self.best[0]:
            self.best = validation_cost, self.iteration
        elif self.iteration - self.best[1] >= self.patience:
            raise Stop(f"no better validation cost in {self.patience} iterations")
        return validation_cost
