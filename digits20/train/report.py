"""What `train` prints: what it trains and what came of it, in lines and as JSON."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..cli.command import Output
from ..data.dataset import Digits
from ..data.protocol import Images
from ..distributed.partitions import Partitions
from ..errors import percent, plural
from ..learning.calibration import FEWEST
from ..learning.ensemble import Job
from ..learning.model import Model
from ..learning.settings import Training
from .run import Order, Trained

LONG = 20.0  # seconds of training that are said before it starts
BATCHES = 10  # mini-batches to measure


def report_start(out: Output, order: Order, training: Training, job: Job, test: Images | None) -> None:
    """The lines before training: images, network and start. job: one of the networks'."""
    held_back = f"{len(job.validation)} to validate, " if job.validation else ""
    rows, columns = job.train.image_shape
    source = order.reading.data or "the shipped digits"
    if isinstance(test, Partitions):
        source += f" in {plural(len(test.sizes), 'partition')}"
    tested = f"{len(test) if test else 'none'}{f' of {order.test_data}' if order.test_data else ''}"
    parts = f"{len(job.train)} images to train, {held_back}{tested} to test"
    out.line("data", f"{source}: {rows}x{columns} pixels; {parts}")
    network = job.start.network
    several = f"{training.ensemble} times " if training.ensemble > 1 else ""
    kind = f"{network.heading}, {network.output} outputs"
    out.line("network", f"{several}{kind}, {network.size} weights, lambda {training.lam:g}")
    if training.init_from:
        frozen = f", lowest hidden layers frozen: {job.start.freeze}" if job.start.freeze else ""
        scored = _accuracy_of_start(training.init_from, test)
        out.line("start", f"{order.init_from}, trained with lambda {training.init_from.lam:g}{frozen}{scored}")


def _accuracy_of_start(base: Model, test: Images | None) -> str:
    """What the model that training starts from makes of the test images, where they are of its size and labels."""
    if not isinstance(test, Digits) or base.image_shape != test.image_shape or set(test.labels) - set(base.labels):
        return ""
    return f", test {percent(base.accuracy(test), 2)}"


def report_expected(out: Output, jobs: list[Job]) -> None:
    """A line on how long training will take, where that is long; measured on some mini-batches of the first network."""
    solver = jobs[0].solver
    if not solver.stochastic or out.as_json:
        return
    with threadpool_limits(jobs[0].threads):
        _seconds_of_epoch(jobs[0])  # loads what the first epoch loads
        seconds = _seconds_of_epoch(jobs[0]) * solver.iterations
    seconds *= -(-len(jobs) // min(len(jobs), os.cpu_count() or 1))
    if seconds >= LONG:
        out.line("expected", f"about {in_words(seconds)}, estimated from the first mini-batches")


def _seconds_of_epoch(job: Job) -> float:
    """Seconds of an epoch: its start, done once for all mini-batches, and mini-batches, judged by the first ones."""
    J, began = job.objective, time.perf_counter()
    batches = J.batches(getattr(job.solver, "batch_size", len(J)), np.random.default_rng(0))
    theta, share, first = job.start.theta.astype(J.dtype), 0.0, next(batches)
    started = time.perf_counter()
    for batch in itertools.chain([first], itertools.islice(batches, BATCHES - 1)):
        batch(theta)
        share += batch.share
    return started - began + (time.perf_counter() - started) / share


def in_words(seconds: float) -> str:
    """`40 s`, `12 min` or `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def report_result(out: Output, trained: Trained) -> None:
    """The lines after training."""
    model = trained.model
    ends = {m.solution.message: None for m in trained.models if m.solution}
    out.line("training", f"{model.settings['solver']}: {', '.join(ends)}, {trained.seconds:.2f} s")
    start = f"{model.costs[0]:.4f} -> " if model.costs else ""
    out.line("cost", f"{start}{model.scores['cost']:.4f}")
    parts = [part for part in ("train", "validation", "test") if f"{part}_accuracy" in model.scores]
    accuracies = ", ".join(f"{part} {percent(model.scores[f'{part}_accuracy'], 2)}" for part in parts)
    out.line("accuracy", accuracies or "not measured; digits20 evaluate does")
    if model.confidence is None:
        out.line("doubt", f"none: it takes at least {FEWEST} held-out images, and does not work with partitions")


def as_json(trained: Trained, path: Path, plot: Path | None) -> dict[str, Any]:
    """What --json prints; path and plot: the files that were written, or None."""
    model, scores = trained.model, trained.model.scores
    return {
        "cost": scores["cost"],
        "costs": model.costs,
        "iterations": len(model.costs) - 1,
        "converged": all(one.solution is not None and one.solution.converged for one in trained.models),
        "seconds": trained.seconds,
        "train_accuracy": scores.get("train_accuracy"),
        "test_accuracy": scores.get("test_accuracy"),
        "validation_accuracy": scores.get("validation_accuracy"),
        "model": str(path),
        "plot": str(plot) if plot else None,
        "settings": model.settings,
    }
