"""Draw how training goes: over the number of images, with advice; over lambda; or the cost of several over time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..cli import recipes
from ..cli import training as training_options
from ..cli.command import Output, check_plot, log, progress_bars, run
from ..cli.options import add_data_options, load_data, resized
from ..cli.solver import SOLVER_OPTIONS, choose_solver
from ..cli.training import read_base, settings_of, split_parts, start_for, warps_for
from ..cli.types import real, whole
from ..curves import report as curve_report
from ..errors import Digits20Error
from ..learning.advice import advise
from ..learning.curves import Curve, Part, default_sizes, folds, lambda_curve, learning_curve, train_all
from ..learning.histories import ClockedJob, history
from ..learning.model import Model
from ..nn.gradient_check import check_gradient
from ..optim.solvers import SOLVERS
from ..persistence.model_file import load_model
from ..plots.canvas import describe
from ..plots.curves import Against
from ..system.atomic import check_target

KINDS = ("learning", "lambda", "cost")
LAMBDAS = [0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
FOLDS = 3
# the options that only some kinds know
BELONGS = {
    "sizes": ("--sizes", "learning"),
    "values": ("--values", "learning lambda"),
    "folds": ("--folds", "learning lambda"),
    "lam": ("--lambda", "learning cost"),
    "model": ("--model", "cost"),
    "against": ("--against", "cost"),
}


def main(argv: Sequence[str] | None = None) -> int:
    return run("curves", __doc__, add_options, execute, argv)


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("curves")
    group.add_argument("--kind", choices=KINDS, default="learning", help="over images, over lambda, or over time")
    group.add_argument("--plot", type=Path, metavar="FILE", help="draw it: .png, .pdf or .svg")
    group.add_argument("--csv", type=Path, metavar="FILE", help="the figures of every fit, or of every iteration")
    size, number = whole(1), real(0)
    group.add_argument("--sizes", type=size, nargs="+", metavar="N", help="learning: images (default: about 8 sizes)")
    group.add_argument(
        "--values",
        type=number,
        nargs="+",
        metavar="F",
        help=f"lambda (default: {' '.join(f'{value:g}' for value in LAMBDAS)}); with learning: for the advice",
    )
    group.add_argument(
        "--folds",
        type=whole(2, 100),
        metavar="N",
        help=f"learning, lambda: of the training images (default: {FOLDS}, or one part of --validation)",
    )
    group.add_argument("--model", type=Path, action="append", metavar="FILE", help="cost: a trained model; repeatable")
    group.add_argument(
        "--against", choices=("iterations", "evaluations", "seconds"), help="cost: over what (default: iterations)"
    )
    add_data_options(parser, default="the 5000 digits that come with digits20")
    training_options.add(parser, several_solvers=True)


def execute(options: argparse.Namespace) -> int:
    _refuse_strangers(options)
    for path, check in ((options.plot, check_plot), (options.csv, check_target)):
        if path:
            check(path)
    out = Output(options.json)
    if options.kind == "cost":
        return _costs(options, out)
    job, parts, settings = _problem(options, options.solver[0] if options.solver else None)
    if options.show_settings:
        return training_options.show(out, settings)
    _check(options, out, job)
    return (_learning if options.kind == "learning" else _lambda)(options, out, job, parts, settings)


def _learning(
    options: argparse.Namespace, out: Output, job: ClockedJob, parts: list[Part], settings: dict[str, Any]
) -> int:
    most = min(len(train) for train, _ in parts)
    sizes = sorted(set(options.sizes or default_sizes(most, len(job.train.labels))))
    with progress(options, len(sizes) * len(parts)) as finished:
        curve = learning_curve(job, parts, sizes, finished)
    lambdas = _lambdas(options, job, parts) if options.values else None
    advice = advise(curve, lambdas)
    result = {"advice": advice.text, "verdict": advice.verdict, "settings": settings}
    if lambdas:
        result["lambdas"] = curve_report.as_json(lambdas)
    return curve_report.tell(options, out, curve, [advice.text], result)


def _lambda(
    options: argparse.Namespace, out: Output, job: ClockedJob, parts: list[Part], settings: dict[str, Any]
) -> int:
    curve = _lambdas(options, job, parts)
    result = {"best": curve.lam, "within_one_standard_error": curve.near(), "settings": settings | {"lambda": None}}
    return curve_report.tell(options, out, curve, [curve_report.best_lambda(curve)], result)


def _lambdas(options: argparse.Namespace, job: ClockedJob, parts: list[Part]) -> Curve:
    values = sorted(set(options.values or LAMBDAS))
    with progress(options, len(values) * len(parts)) as finished:
        return lambda_curve(job, parts, values, finished)


def _costs(options: argparse.Namespace, out: Output) -> int:
    against: Against = options.against or "iterations"
    models = {str(path): load_model(path) for path in options.model or []}
    histories = [history(name, model) for name, model in models.items()]
    for one in histories:
        if len(one.costs) < 2:
            raise Digits20Error(f"{one.name}: keeps no costs")
        if against != "iterations":
            raise Digits20Error(f"{one.name}: keeps its costs over iterations only, not over {against}")
    images = ""
    if options.solver or not models:
        problems = [_problem(options, name) for name in options.solver or [None]]
        job, _, settings = problems[0]
        if options.show_settings:
            return training_options.show(out, settings)
        _check(options, out, job)
        with progress(options, len(problems)) as finished:
            learned = train_all([job for job, _, _ in problems], finished)
        for (job, _, _), model in zip(problems, learned, strict=True):
            models[job.name] = model
            histories.append(history(job.name, model))
        images = f", {len(job.train)} images" if len(models) == len(learned) else ""
    if len({model.lam for model in models.values()}) > 1:
        log.info("trained with different lambdas: each cost holds a penalty of its own")
    return curve_report.tell_histories(options, out, histories, against, _what_was_trained(models) + images)


def _what_was_trained(models: dict[str, Model]) -> str:
    """In one line for all where it is the same, or else a line each."""
    described = {name: describe(model) for name, model in models.items()}
    different = dict.fromkeys(described.values())
    return "\n".join(different if len(different) == 1 else [f"{name}: {what}" for name, what in described.items()])


@contextmanager
def progress(options: argparse.Namespace, fits: int) -> Iterator[Callable[[int], object]]:
    """One bar over all fits; yields what hears of how many are done."""
    with progress_bars(["fits"], fits, options.quiet, "fit") as update:
        yield lambda done: update(0, done, "")


def _check(options: argparse.Namespace, out: Output, job: ClockedJob) -> None:
    if options.check_gradient:
        out.line("gradient", f"relative error {check_gradient(job.objective, job.start.theta):.1e}")


def _problem(options: argparse.Namespace, solver: str | None) -> tuple[ClockedJob, list[Part], dict[str, Any]]:
    """What `train` would train with these options and this solver: the job, the parts of its images, its settings."""
    one = argparse.Namespace(**vars(options))
    one.solver = solver
    _leave_out_what_others_know(one, options.solver or [])
    base = read_base(one)
    recipes.apply(one)
    if one.ensemble != 1:
        raise Digits20Error("--ensemble: a curve is that of one network")
    chosen = choose_solver(one)
    rng = np.random.default_rng(one.seed)
    digits = load_data(one, "train")
    if base:
        digits = resized(digits, base.image_shape, str(one.init_from))
    train, validation, _ = split_parts(digits, one, rng)
    parts = [(train, validation)] if validation else []
    if one.kind != "cost" and not parts:
        parts = folds(train, one.folds or FOLDS, rng)
    warps, start = warps_for(one, train), start_for(one, base, train, rng)
    job = ClockedJob(start, train, validation, one.lam, warps, chosen, one.patience, rng, one.threads, one.solver)
    return job, parts, settings_of(one, start.network, warps)


def _leave_out_what_others_know(one: argparse.Namespace, solvers: list[str]) -> None:
    """Of several solvers, each takes the options that it knows; those that none knows are refused as ever."""
    for name in SOLVER_OPTIONS:
        known = [solver for solver in solvers if name in SOLVERS[solver].defaults]
        if known and one.solver not in known:
            setattr(one, name, None)


def _refuse_strangers(options: argparse.Namespace) -> None:
    for name, (option, kinds) in BELONGS.items():
        if getattr(options, name) is not None and options.kind not in kinds.split():
            raise Digits20Error(f"{option} means nothing to --kind {options.kind}")
    if options.kind != "cost" and len(options.solver or []) > 1:
        raise Digits20Error(f"--solver: --kind {options.kind} takes one")
    if options.folds and options.validation:
        raise Digits20Error("--folds or --validation, not both")


if __name__ == "__main__":
    sys.exit(main())
