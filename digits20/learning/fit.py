"""Training: minimize J with a solver, measure it on the way, return a Model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from ..data.dataset import Digits
from ..errors import Digits20Error, Lost, plural
from ..nn.objective import Objective
from ..nn.protocols import ObjectiveLike
from ..optim.descent import GradientDescent
from ..optim.lbfgs import LBFGS
from ..optim.minimize import minimize
from ..optim.solution import Diverged, Snapshot, Solution, Solver, Stop
from ..optim.solvers import as_solver
from ..system.arguments import generator, shown_value, vector, whole
from ..system.threads import limited_threads
from ..types import Seed, Vector
from .model import CURVES, Model


@dataclass(frozen=True)
class Progress:
    """What is known after an iteration; without validation images only the first two.

    Attributes
    ----------
    iteration
        0 at the start.
    cost
        J, with the penalty.
    train_accuracy
        Between 0 and 1, as the next.
    validation_accuracy
        Of the validation images.
    validation_cost
        Without the penalty, as the next.
    train_cost
        Of the training images.
    """

    iteration: int
    cost: float
    train_accuracy: float | None = None
    validation_cost: float | None = None
    validation_accuracy: float | None = None
    train_cost: float | None = None


Monitored = Literal["cost", "accuracy"]  # of the validation images
Callback = Callable[[Progress], object]  # called at the start and after each iteration


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the bits of a training; two runs with equal parts end with the same weights.

    start: (size,), theta at the start; generator: state there of the generator that shuffles mini-batches.
    validation, patience: None where there is none. threads: of the matrix products.
    """

    J: ObjectiveLike
    start: Vector
    solver: Solver
    validation: ObjectiveLike | None
    patience: int | None
    generator: dict[str, Any]
    threads: int


class CheckpointLike(Protocol):
    """Where a run is saved while it lasts; see `persistence.checkpoint.Checkpoint`."""

    def begin(self, run: Run) -> Snapshot | None:
        """Called once at the start; returns the snapshot to continue from, or None for a new run."""
        ...

    def update(self, snapshot: Callable[[], Snapshot]) -> None:
        """Called after every iteration; calls `snapshot` where it wants one."""
        ...

    def interrupted(self) -> Snapshot | None:
        """Called when Ctrl-C or a lost J has ended the run; returns what it has written of it, if anything."""
        ...


def fit(
    J: ObjectiveLike,
    theta: Vector,
    solver: Solver | str,
    *,
    validation: Digits | ObjectiveLike | None = None,
    patience: int | None = None,
    monitor: Monitored = "cost",
    callback: Callback | None = None,
    rng: Seed | None = None,
    threads: int = 1,
    settings: Mapping[str, Any] | None = None,
    checkpoint: CheckpointLike | None = None,
    watch: Callback | None = None,
) -> Model:
    """Train J's network from theta and return the best iterate as a Model.

    Ctrl-C ends training and returns the best so far (`model.solution.interrupted`).

    Parameters
    ----------
    J
        An Objective, or anything else like one.
    theta
        (size,), the weights to start from.
    solver
        Such as `LBFGS(iterations=100)`, or a name such as "l-bfgs", "adam" or "newton-cg".
    validation
        Images to measure each iteration on; the model's `scores` then hold the curves train_costs, train_accuracies,
        validation_costs and validation_accuracies beside `costs`, with costs without the penalty.
    patience
        Stop when the validation cost, without penalty, has not fallen for so many iterations, and return the weights
        where it was lowest; None: the lowest J is the best, and the solver decides when to stop.
    monitor
        What patience looks at, the validation "cost" or the validation "accuracy", which is to rise.
    callback
        Called with a Progress at the start and after each iteration.
    rng
        Generator or seed that shuffles mini-batches; None stands for seed 0.
    threads
        For matrix products; more than one pays only for wide networks on an idle machine, and changes the last bits.
    settings
        Saved with the model.
    checkpoint
        Lets the run be resumed, see `Checkpoint`.
    watch
        The name of `callback` in 0.1.0.

    Raises
    ------
    Diverged
        See `minimize`; its `model` is the best so far.
    Lost
        Where J can no longer be evaluated; likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from digits20 import Network, Objective, fit, load_digits
    >>> train, test = load_digits().shuffle(np.random.default_rng(0)).split(4000)
    >>> J = Objective(Network((400, 25, 10)), train.take(slice(200)), lam=1.0)
    >>> model = fit(J, J.network.initial_theta(0), "l-bfgs")
    >>> model.accuracy(test) > 0.75
    True
    """
    _check(J, validation, patience, monitor, threads, checkpoint)
    solver, rng, theta = as_solver(solver), generator(0 if rng is None else rng), vector(theta)
    held_back = (
        Objective(J.network, validation.prepared(J.preprocess)) if isinstance(validation, Digits) else validation
    )
    measured = _Monitor(J, held_back, patience, callback or watch, monitor)
    last = None
    if checkpoint:
        last = checkpoint.begin(Run(J, theta, solver, held_back, patience, dict(rng.bit_generator.state), threads))
        measured.iteration = last.iteration if last else -1
        if last:  # that of an older version may have fewer curves
            measured.curves = {name: [] for name in last.curves}
    keep = checkpoint.update if checkpoint else None
    with limited_threads(threads, scipy=not isinstance(solver, LBFGS | GradientDescent)):
        solution, end = _best(
            lambda: minimize(J, theta, solver, measured, rng, resume=last, keep=keep, curves=measured.curves)
        )
        if checkpoint and (solution.interrupted or isinstance(end, Lost)):
            solution = measured.cut(solution, checkpoint.interrupted())
        best = solution.theta.astype(J.dtype).astype(np.float64)  # all that J ever saw of theta
        scores = {"cost": solution.cost}
        try:
            scores = scores if isinstance(end, Lost) else measured.final_scores(best)
        except Lost as lost:
            end = lost
        except KeyboardInterrupt:  # the weights are worth more than their scores
            solution = replace(solution, interrupted=True)
    model = _model(J, best, solution, scores | measured.curves, dict(settings or {}))
    if end:
        end.solution, end.model = solution, model
        raise end
    return model


def _check(J: Any, validation: Any, patience: Any, monitor: Any, threads: Any, checkpoint: Any) -> None:
    """Raises Digits20Error for arguments of `fit` that cannot be meant."""
    if not hasattr(J, "measure"):
        raise Digits20Error(f"J is {shown_value(J)}, expected an Objective; minimize takes any function J(theta)")
    if not (validation is None or isinstance(validation, Digits) or hasattr(validation, "measure")):
        raise Digits20Error(f"validation is {shown_value(type(validation).__name__)}, expected Digits")
    if patience is not None and validation is None:
        raise Digits20Error("patience needs validation images")
    if patience is not None:
        whole(patience, "patience", 0)
    if monitor not in ("cost", "accuracy"):
        raise Digits20Error(f"monitor is {shown_value(monitor)}, expected cost or accuracy")
    whole(threads, "threads", 1)
    if not (checkpoint is None or hasattr(checkpoint, "begin")):
        raise Digits20Error(f"checkpoint is {shown_value(checkpoint)}, expected Checkpoint(path)")


def _model(
    J: ObjectiveLike, theta: Vector, solution: Solution, scores: dict[str, Any], settings: dict[str, Any]
) -> Model:
    return Model(
        network=J.network,
        theta=theta,
        labels=J.labels,
        image_shape=J.image_shape,
        preprocess=J.preprocess,
        lam=J.lam,
        costs=solution.costs,
        scores=scores,
        settings=settings,
        solution=solution,
    )


def _best(run: Callable[[], Solution]) -> tuple[Solution, Diverged | Lost | None]:
    """Where the run ended, and the error that ended it, if any; raises the error before which nothing was learned."""
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


class _Monitor:
    """The callback of a run: measures each iteration, passes the Progress on, scores by validation images, stops early.

    curves: measurements per iteration, by name; none without validation images.
    """

    def __init__(
        self,
        J: ObjectiveLike,
        validation: ObjectiveLike | None,
        patience: int | None,
        callback: Callback | None,
        monitor: Monitored,
    ) -> None:
        self.J, self.validation, self.patience, self.callback, self.monitor = J, validation, patience, callback, monitor
        self.iteration = -1
        self.curves: dict[str, list[float]] = {name: [] for name in CURVES} if validation else {}

    def __call__(self, theta: Vector, cost: float) -> float | None:
        self.iteration += 1
        progress = self._measure(theta, cost)
        if self.callback:
            self.callback(progress)
        return None if self.patience is None else self._score(self.patience)

    def cut(self, solution: Solution, written: Snapshot | None) -> Solution:
        """The solution of the iteration that the checkpoint is of: the two files must fit together."""
        if written is None or written.iteration >= solution.iterations:
            return solution
        self.curves.update(written.curves)
        return written.cut(solution)

    def final_scores(self, theta: Vector) -> dict[str, Any]:
        scores = {"cost": self.J(theta)[0], "train_accuracy": self.J.measure(theta)[1]}
        if self.validation:
            scores["validation_accuracy"] = self.validation.measure(theta)[1]
        return scores

    def _measure(self, theta: Vector, cost: float) -> Progress:
        if self.validation is None:
            return Progress(self.iteration, cost)
        (train_cost, train_accuracy), (held_cost, held_accuracy) = self.J.measure(theta), self.validation.measure(theta)
        figures = dict(zip(CURVES, (train_cost, train_accuracy, held_cost, held_accuracy), strict=True))
        for name, curve in self.curves.items():
            curve.append(figures[name])
        return Progress(self.iteration, cost, train_accuracy, held_cost, held_accuracy, train_cost)

    def _score(self, patience: int) -> float:
        """The validation cost, or minus the accuracy; raises Stop where it has not fallen for so many iterations."""
        curve, change = self.curves["validation_costs"], "cost has not fallen"
        if self.monitor == "accuracy":
            curve, change = [-share for share in self.curves["validation_accuracies"]], "accuracy has not risen"
        since_lowest = len(curve) - 1 - curve.index(min(curve))
        if since_lowest >= max(patience, 1):
            raise Stop(f"validation {change} for {plural(patience, 'iteration')}")
        return curve[-1]
