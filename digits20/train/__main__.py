"""Train a network on labelled images, report its scores, and save it with a plot of its cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..cli.command import Output, run
from ..cli.options import Reading, add_data_options, check_labels, resized, value_of
from ..cli.training import add_training_options, settings_of, show_settings, training_from
from ..data.dataset import Digits
from ..data.protocol import Images
from ..distributed.partitions import Partitions
from ..learning.settings import Training
from ..learning.settings.recipes import STARTS
from ..nn.gradient_check import check_gradient
from ..persistence.checkpoint import Checkpoint
from ..system import interrupts
from .cluster import Cluster, add_cluster_options, read_images, split_partitions
from .files import Files, add_file_options
from .lock import only_writer
from .plot import prepared_plot
from .report import as_json, report_expected, report_result, report_start
from .run import Order, Parts, train_and_save

EXAMPLES = (
    "digits20 train --hidden 100 --lambda 0.3 --model models/wide.pkl",
    "digits20 train --data mine.csv --labels any --validation 200 --patience 20",
)


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
    reading, files = value_of(Reading, options).checked(parsed.test_data).decided(), value_of(Files, options)
    order = value_of(Order, {**options, "reading": reading, "files": files})
    training, cluster = training_from(options), value_of(Cluster, options)
    plot = files.checked_plot()
    checkpoint = files.checkpoint_of(training, reading, plot)
    targets = (files.model, plot, checkpoint.path if checkpoint else None)
    reading.check_apart("train", *targets)
    if parsed.test_data:
        _test_reading(order).check_apart("test", *targets)
    with (
        only_writer({} if order.show_settings else files.written(checkpoint)),
        read_images(reading, training, cluster, str(order.init_from)) as images,
    ):
        rng = np.random.default_rng(training.seed)
        training, parts = _parts(images, training, order, rng)
        del images  # the parts are copies
        return _train_on(parts, order, training, Output(parsed.json), plot, checkpoint, rng)


def _train_on(
    parts: Parts,
    order: Order,
    training: Training,
    out: Output,
    plot: Path | None,
    checkpoint: Checkpoint | None,
    rng: np.random.Generator,
) -> int:
    if training.init_from and not order.init_from:
        order = replace(order, init_from=STARTS[order.recipe])
    jobs = training.jobs(parts.train, parts.validation, rng)
    settings = settings_of(training, jobs[0].start.network, order.recipe, order.reading, order.init_from)
    if order.show_settings:
        return show_settings(out, settings)
    report_start(out, order, training, jobs[0], parts.test)
    if order.check_gradient:
        out.line("gradient", f"relative error {check_gradient(jobs[0].objective, jobs[0].start.theta):.1e}")
    report_expected(out, jobs)
    with prepared_plot(plot) as costs:
        with interrupts.deferred_interrupts() as ctrl_c:
            trained = train_and_save(jobs, parts, order, settings, checkpoint, ctrl_c)
            report_result(out, trained)
            out.line("model", str(order.files.model))
        costs.save(trained.model, order.files.model)
    if plot:
        out.line("plot", str(plot))
    out.result(as_json(trained, order.files.model, plot))
    return ctrl_c.exit_code


def _parts(
    images: Digits | Partitions, training: Training, order: Order, rng: np.random.Generator
) -> tuple[Training, Parts]:
    """The training for these images, and their parts."""
    elsewhere = _test_images(order, images)
    training = training.for_images(len(images), order.reading.data or "the data", elsewhere is not None)
    split = training.split(images, rng) if isinstance(images, Digits) else split_partitions(images, training)
    train, validation, test = split
    return training.started(train), Parts(train, validation, elsewhere or test)


def _test_images(order: Order, images: Images) -> Digits | None:
    """The images of --test-data, in the size of those to train with; None without it."""
    if order.test_data is None:
        return None
    test = _test_reading(order).load("test")
    check_labels(test, images.labels, order.test_data)
    return resized(test, images.image_shape, "the network")


def _test_reading(order: Order) -> Reading:
    return replace(order.reading, data=order.test_data, more_data=(), labels_file=None)


if __name__ == "__main__":
    sys.exit(main())
