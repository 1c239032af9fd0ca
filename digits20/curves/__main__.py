"""Draw learning curves over the number of images, with advice; validation curves over lambda; or cost histories."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cli.command import Output, check_plot, log, progress_bars, run
from ..cli.options import Reading, resized, value_of
from ..cli.training import settings_of, show_settings
from ..errors import Digits20Error
from ..learning.curves.advice import advise
from ..learning.curves.curve import Curve, Part, default_sizes, folds, lambda_curve, learning_curve, train_all
from ..learning.curves.history import ClockedJob, history
from ..learning.model import Model
from ..learning.settings import Training
from ..nn.gradient_check import check_gradient
from ..persistence.model_file import load_model
from ..plots.canvas import describe
from ..plots.curves import Against
from ..system.atomic import check_apart, check_target
from .options import FOLDS, LAMBDAS, Order, add_options, check_options, trainings_from
from .report import Report, as_json, best_lambda

EXAMPLES = (
    "digits20 curves --plot learning.png",
    "digits20 curves --kind cost --solver l-bfgs gd adam --against seconds --plot costs.png",
)


@dataclass(frozen=True)
class Problem:
    """One training and its images. parts: to train and to validate with, one for each fold; settings: by name."""

    job: ClockedJob
    parts: list[Part]
    settings: dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    return run("curves", __doc__, add_options, execute, argv, EXAMPLES)


def execute(parsed: argparse.Namespace) -> int:
    options = vars(parsed)
    order = value_of(Order, {**options, "reading": value_of(Reading, options).checked()})
    check_options(options)
    for path, check in ((order.plot, check_plot), (order.csv, check_target)):
        if path:
            check(path)
            check_apart(path, *order.model or ())
            order.reading.check_apart("train", path)
    report = Report(Output(parsed.json), order.plot, order.csv)
    if order.kind == "cost":
        train = bool(parsed.solver or not order.model)
        return _costs(order, trainings_from(options) if train else [], report)
    (training,) = trainings_from(options)
    problem = _problem(order, training)
    if order.show_settings:
        return show_settings(report.out, problem.settings)
    _check_gradient(order, report.out, problem.job)
    return (_learning if order.kind == "learning" else _lambda)(order, problem, report)


def _learning(order: Order, problem: Problem, report: Report) -> int:
    job, parts = problem.job, problem.parts
    most = min(len(train) for train, _ in parts)
    sizes = sorted(set(order.sizes or default_sizes(most, len(job.train.labels))))
    with _progress(order, len(sizes) * len(parts)) as finished:
        curve = learning_curve(job, parts, sizes, finished)
    lambdas = _lambdas(order, problem) if order.values else None
    advice = advise(curve, lambdas)
    result = {"advice": advice.text, "verdict": advice.verdict, "settings": problem.settings}
    if lambdas:
        result["lambdas"] = as_json(lambdas)
    return report.curve("learning", curve, advice.text, result)


def _lambda(order: Order, problem: Problem, report: Report) -> int:
    curve = _lambdas(order, problem)
    settings = problem.settings | {"lambda": None}
    result = {"best": curve.lam, "within_one_standard_error": curve.near(), "settings": settings}
    return report.curve("lambda", curve, best_lambda(curve), result)


def _lambdas(order: Order, problem: Problem) -> Curve:
    values = sorted(set(order.values or LAMBDAS))
    with _progress(order, len(values) * len(problem.parts)) as finished:
        return lambda_curve(problem.job, problem.parts, values, finished)


def _costs(order: Order, trainings: list[Training], report: Report) -> int:
    """The cost histories of --model and of these trainings."""
    against: Against = order.against or "iterations"
    models = {str(path): load_model(path) for path in order.model or []}
    for name, model in models.items():
        if len(model.costs) < 2:
            raise Digits20Error(f"{name}: has no cost history")
        if against != "iterations":
            raise Digits20Error(f"{name}: has its cost history over iterations only, not over {against}")
    images = ""
    if trainings:
        problems = [_problem(order, training) for training in trainings]
        first = problems[0]
        if order.show_settings:
            return show_settings(report.out, first.settings)
        _check_gradient(order, report.out, first.job)
        images = "" if models else f", {len(first.job.train)} images"
        with _progress(order, len(problems)) as finished:
            learned = train_all([problem.job for problem in problems], finished)
        models |= {problem.job.name: model for problem, model in zip(problems, learned, strict=True)}
    if len({model.lam for model in models.values()}) > 1:
        log.info("trained with different lambdas: each cost holds a penalty of its own")
    histories = [history(name, model) for name, model in models.items()]
    return report.histories(histories, against, _what_was_trained(models) + images)


def _what_was_trained(models: dict[str, Model]) -> str:
    """In one line for all where it is the same, or else a line each."""
    described = {name: describe(model) for name, model in models.items()}
    different = dict.fromkeys(described.values())
    return "\n".join(different if len(different) == 1 else [f"{name}: {what}" for name, what in described.items()])


@contextmanager
def _progress(order: Order, fits: int) -> Iterator[Callable[[int], object]]:
    """One bar over all fits; yields a function to be called with how many are done."""
    with progress_bars(["fits"], fits, order.quiet, "fits") as update:
        yield lambda done: update(0, done, "")


def _check_gradient(order: Order, out: Output, job: ClockedJob) -> None:
    if order.check_gradient:
        out.line("gradient", f"relative error {check_gradient(job.objective, job.start.theta):.1e}")


def _problem(order: Order, training: Training) -> Problem:
    """What `train` would train with these settings, and the folds to validate with unless a part is held back."""
    if training.ensemble != 1:
        raise Digits20Error("--ensemble: a curve is that of one network")
    rng = np.random.default_rng(training.seed)
    digits = order.reading.load("train")
    if training.init_from:
        digits = resized(digits, training.init_from.image_shape, str(order.init_from))
    training = training.for_images(len(digits), order.reading.data or "the data")
    train, validation, _ = training.split(digits, rng)
    parts = [(train, validation)] if validation else []
    if order.kind != "cost" and not parts:
        parts = folds(train, order.folds or FOLDS, rng)
    (job,) = training.jobs(train, validation, rng)
    settings = settings_of(training, job.start.network, order.recipe, order.reading, order.init_from)
    return Problem(ClockedJob(**vars(job), name=training.solver_name), parts, settings)


if __name__ == "__main__":
    sys.exit(main())
