"""One run of `train`: the networks are trained, merged, scored and saved, whatever ends the training."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..cli.command import progress_bars
from ..cli.options import Reading
from ..data.dataset import Digits
from ..data.protocol import Images
from ..distributed.partitions import Partitions
from ..errors import Digits20Error, Lost, percent, plural
from ..learning.calibration import calibrated
from ..learning.ensemble import Job, train_side_by_side
from ..learning.fit import Progress
from ..learning.model import Model
from ..learning.settings import hidden_of
from ..learning.transfer import merge
from ..optim.solution import Diverged
from ..persistence.checkpoint import Checkpoint
from ..system.interrupts import Interrupts
from .files import Files, save_or_rescue


@dataclass(frozen=True)
class Order:
    """What is asked of one run of the command, beside the training itself.

    test_data: where the images to test with are, read like the others; None for a part of the others.
    recipe: the name of a recipe; init_from: the path of the model to start from, or None.
    """

    reading: Reading
    test_data: str | None
    files: Files
    recipe: str
    init_from: str | None
    show_settings: bool
    check_gradient: bool
    live: bool
    quiet: bool


@dataclass(frozen=True)
class Parts:
    """The images to train with, to validate with and to test with; None where there are none."""

    train: Images
    validation: Images | None
    test: Images | None


@dataclass(frozen=True)
class Trained:
    """What came of a run. model: the one that is saved; models: those that it was merged from; seconds: of training."""

    model: Model
    models: list[Model]
    seconds: float


def train_and_save(
    jobs: list[Job],
    parts: Parts,
    order: Order,
    settings: dict[str, Any],
    checkpoint: Checkpoint | None,
    ctrl_c: Interrupts,
) -> Trained:
    """Train, score and save; raises Digits20Error after the best weights so far are saved, where training fails."""
    began, saved = time.perf_counter(), order.files.model
    try:
        models = _train(jobs, order, checkpoint, ctrl_c)
        seconds = time.perf_counter() - began
        model = merge(models)
        if isinstance(parts.train, Partitions):  # scores are asked of a cluster, which may be gone by then
            save_or_rescue(replace(model, settings=settings | hidden_of(model.network)), saved)
        model = _calibrated(_scored(model, parts), parts, jobs[0].start.base)
    except (Diverged, Lost) as end:
        raise _saved(end, settings, saved) from None
    model = replace(model, settings=settings | hidden_of(model.network))
    save_or_rescue(model, saved)
    if checkpoint and not _interrupted(jobs, models):
        checkpoint.remove()
    return Trained(model, models, seconds)


def _train(jobs: list[Job], order: Order, checkpoint: Checkpoint | None, ctrl_c: Interrupts) -> list[Model]:
    """The trained models; raises KeyboardInterrupt where Ctrl-C came before anything was learned."""
    first = jobs[0]
    names = ["training"] if len(jobs) == 1 else [f"network {member + 1}" for member in range(len(jobs))]
    unit = "epoch" if first.solver.stochastic else "iteration"
    with progress_bars(names, first.solver.iterations, order.quiet, f" {unit}s") as show, _live(order, first) as draw:

        def watch(member: int, progress: Progress) -> None:
            show(member, progress.iteration, _figures(progress))
            draw(member, progress)
            ctrl_c.check()

        if len(jobs) > 1:
            models = train_side_by_side(jobs, watch, finished=ctrl_c.check)
        else:
            ctrl_c.breakable = True
            models = [_run(jobs[0], lambda progress: watch(0, progress), checkpoint)]
            ctrl_c.breakable = False
    if _interrupted(jobs, models) and not any(model.solution and model.solution.learned for model in models):
        raise KeyboardInterrupt
    return models


def _live(order: Order, job: Job) -> AbstractContextManager[Callable[[int, Progress], object]]:
    """A callback, `callback(member, progress)`, that plots the progress in a window, or does nothing."""
    if not order.live:
        return nullcontext(lambda member, progress: None)
    from ..plots.live import watching  # slow to import, and seldom wanted

    return watching(order.live, job.start.network, job.lam, validation=job.validation is not None)


def _figures(progress: Progress) -> str:
    accuracy = progress.validation_accuracy
    return f"cost {progress.cost:.4f}" + ("" if accuracy is None else f", validation {percent(accuracy)}")


def _interrupted(jobs: list[Job], models: list[Model]) -> bool:
    return len(models) < len(jobs) or any(model.solution and model.solution.interrupted for model in models)


def _run(job: Job, watch: Callable[[Progress], object], checkpoint: Checkpoint | None) -> Model:
    try:
        return job.run(watch, checkpoint)
    except Diverged:
        if checkpoint:  # to go on would end there again
            checkpoint.remove()
        raise


def _saved(end: Diverged | Lost, settings: dict[str, Any], path: Path) -> Digits20Error:
    """What to say after the best weights so far, if any, have been saved."""
    if end.model is None:
        return end
    save_or_rescue(replace(end.model, settings=settings), path)
    reached = (
        f"the best weights of {plural(len(end.model.costs) - 1, 'iteration')}, cost {end.model.scores['cost']:.4f}"
    )
    return Digits20Error(f"{end}; {reached}, are in {path}")


def _scored(model: Model, parts: Parts) -> Model:
    named = {"train_accuracy": parts.train, "validation_accuracy": parts.validation, "test_accuracy": parts.test}
    unknown = {name: part for name, part in named.items() if part and name not in model.scores}
    try:
        return replace(model, scores=model.scores | {name: model.accuracy(part) for name, part in unknown.items()})
    except Lost as lost:
        lost.model = model
        raise
    except KeyboardInterrupt:  # a cluster is asked nothing then
        return model


def _calibrated(model: Model, parts: Parts, start: Model | None) -> Model:
    """With the confidence that images tell which were held out, to validate or else to test: no label depends on it."""
    train, held_out = parts.train, parts.validation or parts.test
    if isinstance(train, Digits) and (held_out is None or isinstance(held_out, Digits)):
        return calibrated(model, train, held_out, start)
    return model
