"""Train a network on labelled images, report its scores, and save it with a plot of its cost."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..cli.command import Output, progress_bars, run
from ..cli.options import Reading, add_data_options, check_labels, resized, value_of
from ..cli.training import add_training_options, settings_of, show_settings, training_from
from ..data.dataset import Digits, Images
from ..distributed.partitions import Partitions
from ..errors import Digits20Error, Lost, plural
from ..learning.calibration import calibrated
from ..learning.ensemble import Job, train_side_by_side
from ..learning.fit import Progress
from ..learning.model import Model
from ..learning.settings import Training, hidden_of
from ..learning.transfer import merge
from ..nn.gradient_check import check_gradient
from ..optim.solution import Diverged
from ..persistence.checkpoint import Checkpoint
from ..plots.live import watching
from ..system import interrupts
from ..system.interrupts import Interrupts
from .cluster import Cluster, add_cluster_options, read_images, split_partitions
from .files import Files, add_file_options, save_or_rescue, save_plot
from .report import as_json, report_expected, report_result, report_start

EXAMPLES = (
    "digits20 train --hidden 100 --lambda 0.3 --model models/wide.pkl",
    "digits20 train --data mine.csv --labels any --validation 200 --patience 20",
)


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


def main(argv: Sequence[str] | None = None) -> int:
    return run("train", __doc__, add_options, execute, argv, EXAMPLES)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_data_options(parser, default="the 5000 digits that come with digits20")
    add_training_options(parser)
    parser.add_argument_group("test images").add_argument(
        "--test-data", metavar="FILE", help="labelled images to test with (default: those that --train-size leaves)"
    )
    add_file_options(parser)
    add_cluster_options(parser)


def execute(parsed: argparse.Namespace) -> int:
    options = vars(parsed)
    reading, files = value_of(Reading, options).decided(), value_of(Files, options)
    order = value_of(Order, {**options, "reading": reading, "files": files})
    training, cluster = training_from(options), value_of(Cluster, options)
    plot = files.checked_plot()
    checkpoint = files.checkpoint_of(training, plot)
    with read_images(reading, training, cluster, str(order.init_from)) as images:
        return _train_on(images, order, training, Output(parsed.json), plot, checkpoint)


def _train_on(
    images: Digits | Partitions,
    order: Order,
    training: Training,
    out: Output,
    plot: Path | None,
    checkpoint: Checkpoint | None,
) -> int:
    rng = np.random.default_rng(training.seed)
    elsewhere = _test_images(order, images)
    training, parts = _parts(images, training, order.reading.data or "the data", elsewhere is not None, rng)
    train, validation, rest = parts
    test = elsewhere or rest
    jobs = training.jobs(train, validation, rng)
    settings = settings_of(training, jobs[0].start.network, order.recipe, order.reading, order.init_from)
    if order.show_settings:
        return show_settings(out, settings)
    report_start(out, order.reading, training, jobs[0], test, str(order.init_from))
    if order.check_gradient:
        out.line("gradient", f"relative error {check_gradient(jobs[0].objective, jobs[0].start.theta):.1e}")
    report_expected(out, jobs)
    saved = order.files.model
    with interrupts.deferred_interrupts() as ctrl_c:
        began = time.perf_counter()
        try:
            models = _train(jobs, order, checkpoint, ctrl_c)
            seconds = time.perf_counter() - began
            model = merge(models)
            if isinstance(images, Partitions):  # scores are asked of a cluster, which may be gone by then
                save_or_rescue(replace(model, settings=settings | hidden_of(model.network)), saved)
            model = _calibrated(_scored(model, train, validation, test), train, validation or test)
        except (Diverged, Lost) as end:
            raise _saved(end, settings, saved) from None
        model = replace(model, settings=settings | hidden_of(model.network))
        save_or_rescue(model, saved)
        report_result(out, model, models, seconds)
        if checkpoint and not _interrupted(jobs, models):
            checkpoint.remove()
        out.line("model", str(saved))
    if plot:
        save_plot(model, plot, saved)
        out.line("plot", str(plot))
    out.result(as_json(model, models, seconds, saved, plot))
    return ctrl_c.exit_code


def _parts(
    images: Digits | Partitions, training: Training, name: str, tested_elsewhere: bool, rng: np.random.Generator
) -> tuple[Training, tuple[Images, Images | None, Images | None]]:
    """The training for these images, and those to train, to validate (or None) and to test with (or None)."""
    training = training.for_images(len(images), name, tested_elsewhere)
    if isinstance(images, Digits):
        return training, training.split(images, rng)
    return training, split_partitions(images, training)


def _test_images(order: Order, images: Images) -> Digits | None:
    """The images of --test-data, in the size of those to train with; None without it."""
    if order.test_data is None:
        return None
    test = replace(order.reading, data=order.test_data, more_data=(), labels_file=None).load("test")
    check_labels(test, images.labels, order.test_data)
    return resized(test, images.image_shape, "the network")


def _train(jobs: list[Job], order: Order, checkpoint: Checkpoint | None, ctrl_c: Interrupts) -> list[Model]:
    """The trained models; raises KeyboardInterrupt where Ctrl-C came before anything was learned."""
    first = jobs[0]
    live = watching(order.live, first.start.network, first.lam, validation=first.validation is not None)
    names = ["training"] if len(jobs) == 1 else [f"network {member + 1}" for member in range(len(jobs))]
    unit = "epoch" if first.solver.stochastic else "iteration"
    with progress_bars(names, first.solver.iterations, order.quiet, f" {unit}s") as show, live as draw:

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


def _figures(progress: Progress) -> str:
    accuracy = progress.validation_accuracy
    return f"cost {progress.cost:.4f}" + ("" if accuracy is None else f", validation {100 * accuracy:.1f} %")


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


def _scored(model: Model, train: Images, validation: Images | None, test: Images | None) -> Model:
    parts = {"train_accuracy": train, "validation_accuracy": validation, "test_accuracy": test}
    unknown = {name: part for name, part in parts.items() if part and name not in model.scores}
    try:
        return replace(model, scores=model.scores | {name: model.accuracy(part) for name, part in unknown.items()})
    except Lost as lost:
        lost.model = model
        raise
    except KeyboardInterrupt:  # a cluster is asked nothing then
        return model


def _calibrated(model: Model, train: Images, held_out: Images | None) -> Model:
    """With the confidence that images tell which were held out, to validate or else to test: no label depends on it."""
    if isinstance(train, Digits) and isinstance(held_out, Digits):
        return calibrated(model, train, held_out)
    return model


if __name__ == "__main__":
    sys.exit(main())
