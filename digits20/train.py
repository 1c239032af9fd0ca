"""Train a network on labelled images, report how well it does, and keep it with a plot of its cost."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from . import cli, training_options
from .atomic import check_target, write_atomically
from .dataset import Digits
from .errors import Digits20Error
from .gradcheck import gradient_error
from .model import Model, Progress, fit
from .objective import Objective
from .persistence import save_model
from .training_options import choose_solver, read_base, settings_of, split_parts, start_for
from .transfer import Start

log = logging.getLogger("digits20")
PLOT_FORMATS = (".png", ".pdf", ".svg")
LARGEST_GRADIENT_ERROR = 1e-6


def main(argv: Sequence[str] | None = None) -> int:
    return cli.run("train", __doc__, add_options, execute, argv)


def add_options(parser: argparse.ArgumentParser) -> None:
    cli.add_data_options(parser, default="the 5000 digits that come with digits20")
    training_options.add(parser)
    group = parser.add_argument_group("files")
    group.add_argument("--model", type=Path, default=cli.MODEL, metavar="FILE", help="where the model goes")
    plot = group.add_mutually_exclusive_group()
    plot.add_argument("--plot", type=Path, metavar="FILE", help="the cost history (default: beside the model, .png)")
    plot.add_argument("--no-plot", action="store_true", help="draw nothing")


def execute(options: argparse.Namespace) -> int:
    out = cli.Output(options)
    solver, solver_settings = choose_solver(options)
    check_target(options.model)
    plot = _plot_target(options)
    rng = np.random.default_rng(options.seed)
    base = read_base(options)
    train, validation, test = split_parts(_images(options, base), options, rng)
    start = start_for(options, base, train, rng)
    seen = start.sees(train)
    J = Objective(start.network, seen, options.lam)
    _say_what(out, options, base, train, validation, test, start)
    if options.check_gradient:
        out.line("gradient", f"relative error {check_gradient(J, start.theta):.1e}")
    with _progress_bar(options, solver.iterations) as watch:
        learned = fit(
            J,
            start.theta,
            solver,
            validation=start.sees(validation) if validation else None,
            patience=options.patience,
            watch=watch,
            rng=rng,
            threads=options.threads,
        )
    model = start.whole(learned)
    scores = model.scores | {"test_accuracy": model.accuracy(test)}
    model = replace(model, scores=scores, settings=settings_of(options, solver_settings, train, model.network))
    _say_result(out, model)
    save_model(model, options.model)
    out.line("model", str(options.model))
    if plot:
        _draw(model, plot)
        out.line("plot", str(plot))
    out.result(_as_json(model, options.model, plot))
    return cli.INTERRUPTED if model.solution and model.solution.interrupted else 0


def _images(options: argparse.Namespace, base: Model | None) -> Digits:
    """The images to learn from, in the size that the model to start from reads."""
    digits = cli.load_data(options, "train")
    if base and digits.image_shape != base.image_shape:
        sizes = " to ".join(f"{rows}x{columns}" for rows, columns in (digits.image_shape, base.image_shape))
        log.info("images resized from %s, which %s reads", sizes, options.init_from)
        return digits.resized(base.image_shape)
    return digits


def check_gradient(J: Objective, theta: Any) -> float:
    """The relative error of a sample of J's gradient, in float64; raises Digits20Error where it is wrong."""
    exact = Objective(J.network, J.digits.take(slice(0, 500)).astype(np.float64), J.lam)
    indices = np.random.default_rng(0).choice(theta.size, size=min(50, theta.size), replace=False)
    error = gradient_error(exact, theta, indices)
    if error > LARGEST_GRADIENT_ERROR:
        raise Digits20Error(f"the gradient is wrong: relative error {error:.1e}, expected {LARGEST_GRADIENT_ERROR:.0e}")
    return error


def _plot_target(options: argparse.Namespace) -> Path | None:
    if options.no_plot:
        return None
    plot: Path = options.plot or options.model.with_suffix(".png")
    if plot.suffix.lower() not in PLOT_FORMATS:
        raise Digits20Error(f"{plot}: a plot is one of {', '.join(PLOT_FORMATS)}")
    check_target(plot)
    return plot


def _progress_bar(
    options: argparse.Namespace, total: int
) -> AbstractContextManager[Callable[[Progress], object] | None]:
    if options.quiet or not sys.stderr.isatty():
        return nullcontext()
    return _Bar(total)


class _Bar:
    """A progress bar on the terminal that shows the cost."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=total, desc="training", leave=False, disable=None, file=sys.stderr, dynamic_ncols=True)

    def __enter__(self) -> Callable[[Progress], object]:
        return self.show

    def show(self, progress: Progress) -> None:
        self.bar.set_postfix_str(f"cost {progress.cost:.4f}", refresh=False)
        if progress.iteration:
            self.bar.update()

    def __exit__(self, *error: object) -> None:
        self.bar.close()


def _say_what(
    out: cli.Output,
    options: argparse.Namespace,
    base: Model | None,
    train: Digits,
    validation: Digits | None,
    test: Digits,
    start: Start,
) -> None:
    held_back = f"{len(validation)} to validate, " if validation else ""
    rows, columns = train.image_shape
    source = options.data or "the shipped digits"
    out.line("data", f"{source}: {rows}x{columns} pixels; {len(train)} images to train, {held_back}{len(test)} to test")
    network = start.network
    layers = "-".join(map(str, network.layer_sizes))
    kind = f"{network.hidden}, {network.output} outputs"
    out.line("network", f"{layers} {kind}, {network.size} weights, lambda {options.lam:g}")
    if base:
        frozen = f", its lowest {start.freeze} layers left as they are" if start.freeze else ""
        out.line("start", f"{options.init_from}{frozen}")


def _say_result(out: cli.Output, model: Model) -> None:
    if model.solution:
        out.line("training", f"{model.settings['solver']}: {model.solution.message}, {model.solution.seconds:.2f} s")
    start = f"{model.costs[0]:.4f} -> " if model.costs else ""
    out.line("cost", f"{start}{model.scores['cost']:.4f}")
    parts = [part for part in ("train", "validation", "test") if f"{part}_accuracy" in model.scores]
    out.line("accuracy", ", ".join(f"{part} {100 * model.scores[f'{part}_accuracy']:.2f} %" for part in parts))


def _draw(model: Model, plot: Path) -> None:
    from .plots import picture, plot_costs

    write_atomically(plot, picture(lambda ax: plot_costs(ax, model), plot.suffix), Digits20Error)


def _as_json(model: Model, path: Path, plot: Path | None) -> dict[str, Any]:
    solution, scores = model.solution, model.scores
    return {
        "cost": scores["cost"],
        "costs": model.costs,
        "iterations": solution.iterations if solution else 0,
        "seconds": solution.seconds if solution else 0.0,
        "train_accuracy": scores["train_accuracy"],
        "test_accuracy": scores["test_accuracy"],
        "validation_accuracy": scores.get("validation_accuracy"),
        "model": str(path),
        "plot": str(plot) if plot else None,
        "settings": model.settings,
    }


if __name__ == "__main__":
    sys.exit(main())
