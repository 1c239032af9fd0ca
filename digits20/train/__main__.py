"""Train a network on labelled images, report how well it does, and keep it with a plot of its cost."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..cli import recipes
from ..cli import training as training_options
from ..cli.command import Output, check_plot, progress_bars, run
from ..cli.options import add_data_options
from ..cli.solver import choose_solver
from ..cli.training import read_base, settings_of, split_partitions, split_parts, start_for, warps_for
from ..data.dataset import Digits
from ..distributed.partitions import Partitions
from ..errors import Digits20Error, Lost
from ..learning.ensemble import Job, train_side_by_side
from ..learning.fit import Progress
from ..learning.model import Model
from ..learning.transfer import merge
from ..nn.gradient_check import check_gradient
from ..optim.solution import Diverged, Solver
from ..persistence.checkpoint import Checkpoint
from ..plots.live import watching
from ..system import interrupts
from ..system.atomic import check_target
from ..system.interrupts import INTERRUPTED, Interrupts
from ..train import checkpoint as checkpoint_options
from ..train import cluster as cluster_options
from .checkpoint import choose_checkpoint
from .keeping import keep_model, keep_plot
from .report import as_json, say_result, say_what

Images = Digits | Partitions
MODEL = Path("models/digits20.pkl")


def main(argv: Sequence[str] | None = None) -> int:
    return run("train", __doc__, add_options, execute, argv)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_data_options(parser, default="the 5000 digits that come with digits20")
    training_options.add(parser)
    group = parser.add_argument_group("files")
    group.add_argument("--model", type=Path, default=MODEL, metavar="FILE", help="where the model goes")
    plot = group.add_mutually_exclusive_group()
    plot.add_argument("--plot", type=Path, metavar="FILE", help="the cost history (default: beside the model, .png)")
    plot.add_argument("--no-plot", action="store_true", help="draw nothing")
    group.add_argument("--live", action="store_true", help="redraw cost and accuracies in a window as training goes on")
    checkpoint_options.add(parser)
    cluster_options.add(parser)


def execute(options: argparse.Namespace) -> int:
    out = Output(options.json)
    base = read_base(options)
    recipes.apply(options)
    solver = choose_solver(options)
    check_target(options.model)
    plot = _plot_target(options)
    checkpoint = choose_checkpoint(options, plot)
    with cluster_options.images(options, base) as images:
        return _train_on(images, options, out, base, solver, plot, checkpoint)


def _train_on(
    images: Images,
    options: argparse.Namespace,
    out: Output,
    base: Model | None,
    solver: Solver,
    plot: Path | None,
    checkpoint: Checkpoint | None,
) -> int:
    rng = np.random.default_rng(options.seed)
    train, validation, test = (
        split_parts(images, options, rng) if isinstance(images, Digits) else split_partitions(images, options)
    )
    jobs = _jobs(options, base, solver, train, validation, rng)
    settings = settings_of(options, jobs[0].start.network, jobs[0].warps)
    if options.show_settings:
        return training_options.show(out, settings)
    say_what(out, options, base, jobs[0], test)
    if options.check_gradient:
        out.line("gradient", f"relative error {check_gradient(jobs[0].objective, jobs[0].start.theta):.1e}")
    with interrupts.deferred_interrupts() as ctrl_c:
        began = time.perf_counter()
        try:
            models = _train(jobs, options, checkpoint, ctrl_c)
            seconds = time.perf_counter() - began
            model = _scored(merge(models), train, validation, test)
        except (Diverged, Lost) as end:
            raise _saved(end, settings, options.model) from None
        model = replace(model, settings=settings | {"hidden": list(model.network.layer_sizes[1:-1])})
        say_result(out, model, models, seconds)
        keep_model(model, options.model)
        if checkpoint and not _interrupted(jobs, models):
            checkpoint.remove()
        out.line("model", str(options.model))
    if plot:
        keep_plot(model, plot, options.model)
        out.line("plot", str(plot))
    out.result(as_json(model, seconds, options.model, plot))
    return INTERRUPTED if ctrl_c.pressed else 0


def _jobs(
    options: argparse.Namespace,
    base: Model | None,
    solver: Solver,
    train: Images,
    validation: Images | None,
    rng: np.random.Generator,
) -> list[Job]:
    """One job a network; of several, each has a generator of its own."""
    warps = warps_for(options, train)
    alone = options.ensemble == 1
    generators = [rng] if alone else [np.random.default_rng([options.seed, k]) for k in range(options.ensemble)]
    return [
        Job(
            start=start_for(options, base, train, generator),
            train=train,
            validation=validation,
            lam=options.lam,
            warps=warps,
            solver=solver,
            patience=options.patience,
            rng=generator,
            threads=options.threads,
        )
        for generator in generators
    ]


def _train(
    jobs: list[Job], options: argparse.Namespace, checkpoint: Checkpoint | None, ctrl_c: Interrupts
) -> list[Model]:
    """The trained models; raises KeyboardInterrupt where Ctrl-C came before anything was learned."""
    first = jobs[0]
    live = watching(options.live, first.start.network, first.lam, validation=first.validation is not None)
    names = ["training"] if len(jobs) == 1 else [f"network {member + 1}" for member in range(len(jobs))]
    with progress_bars(names, first.solver.iterations, options.quiet) as show, live as draw:

        def watch(member: int, progress: Progress) -> None:
            show(member, progress.iteration, f"cost {progress.cost:.4f}")
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
    keep_model(replace(end.model, settings=settings), path)
    reached = f"the best weights of {len(end.model.costs) - 1} iterations, cost {end.model.scores['cost']:.4f}"
    return Digits20Error(f"{end}; {reached}, are in {path}")


def _scored(model: Model, train: Images, validation: Images | None, test: Images) -> Model:
    parts = {"train_accuracy": train, "validation_accuracy": validation, "test_accuracy": test}
    unknown = {name: part for name, part in parts.items() if part and name not in model.scores}
    try:
        return replace(model, scores=model.scores | {name: model.accuracy(part) for name, part in unknown.items()})
    except Lost as lost:
        lost.model = model
        raise


def _plot_target(options: argparse.Namespace) -> Path | None:
    if options.no_plot:
        return None
    plot: Path = options.plot or options.model.with_suffix(".png")
    check_plot(plot)
    return plot


if __name__ == "__main__":
    sys.exit(main())
