"""Training: minimize J with a solver, measure it on the way, return a Model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...data.dataset import Digits
from ...errors import Digits20Error, Lost
from ...nn.objective import Objective
from ...nn.protocols import ObjectiveLike
from ...optim.descent import GradientDescent
from ...optim.lbfgs import LBFGS
from ...optim.minimize import minimize
from ...optim.solution import Diverged, Solution, Solver
from ...optim.solvers import as_solver
from ...system.arguments import generator, shown_value, vector, whole
from ...system.threads import limited_threads
from ...types import Seed, Vector
from ..model import Model
from .checkpoint import CheckpointLike, Run
from .monitor import Monitor
from .progress import Callback, Monitored


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
    held_back = _measurable(validation, J)
    measured = Monitor(J, held_back, patience, callback or watch, monitor)
    run = Run(J, theta, solver, held_back, patience, dict(rng.bit_generator.state), threads)
    last = measured.after(checkpoint.begin(run)) if checkpoint else None
    keep = checkpoint.update if checkpoint else None
    with limited_threads(threads, scipy=not isinstance(solver, LBFGS | GradientDescent)):
        solution, end = _best(
            lambda: minimize(J, theta, solver, measured, rng, resume=last, keep=keep, curves=measured.curves)
        )
        if checkpoint and (solution.interrupted or isinstance(end, Lost)):
            solution = measured.cut(solution, checkpoint.interrupted())
        best = solution.theta.astype(J.dtype).astype(np.float64)  # all that J ever saw of theta
        scores = {"cost": solution.cost}
        # who ends a training with Ctrl-C may do so because a cluster does not answer: it is not asked again
        if not (isinstance(end, Lost) or (solution.interrupted and getattr(J, "remote", False))):
            try:
                scores = measured.final_scores(best)
            except Lost as lost:
                end = lost
            except KeyboardInterrupt:  # the weights are worth more than their scores
                solution = replace(solution, interrupted=True)
    model = _model(J, best, solution, scores | measured.curves, dict(settings or {}))
    if end:
        end.solution, end.model = solution, model
        raise end
    return model


def _measurable(validation: Digits | ObjectiveLike | None, J: ObjectiveLike) -> ObjectiveLike | None:
    return Objective(J.network, validation.prepared(J.preprocess)) if isinstance(validation, Digits) else validation


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
