"""--solver and the options that belong to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import cli
from .errors import Digits20Error
from .lbfgs import LBFGS
from .optimizers import GradientDescent, MiniBatch
from .scipy_methods import Scipy
from .solution import Solver


@dataclass(frozen=True)
class Choice:
    """A --solver: how it is made of the options, and which of them it knows, with their defaults."""

    make: Callable[..., Solver]
    defaults: dict[str, Any]


def _mini_batches(method: str) -> Callable[..., Solver]:
    return lambda **settings: MiniBatch(method=method, **settings)  # type: ignore[arg-type]


def _scipy(method: str) -> Callable[..., Solver]:
    return lambda **settings: Scipy(method, **settings)


BATCHES = {"iterations": 100, "batch_size": 100, "schedule": "cosine"}
SOLVERS = {
    "l-bfgs": Choice(LBFGS, {"iterations": 200}),
    "cg": Choice(_scipy("CG"), {"iterations": 200}),
    "tnc": Choice(_scipy("TNC"), {"iterations": 40}),
    "bfgs": Choice(_scipy("BFGS"), {"iterations": 200}),
    "newton-cg": Choice(_scipy("Newton-CG"), {"iterations": 40}),
    "gd": Choice(GradientDescent, {"iterations": 400, "learning_rate": 1.0, "momentum": 0.0}),
    "sgd": Choice(_mini_batches("sgd"), BATCHES | {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False}),
    "adam": Choice(_mini_batches("adam"), BATCHES | {"learning_rate": 0.01}),
}
# the solvers' settings and the options that set them
SOLVER_OPTIONS = {
    "iterations": "--max-iter",
    "learning_rate": "--learning-rate",
    "momentum": "--momentum",
    "nesterov": "--nesterov",
    "batch_size": "--batch-size",
    "schedule": "--schedule",
}


def add(parser: argparse.ArgumentParser, several: bool = False) -> None:
    """With `several`, --solver takes one name or more, and is a list."""
    group = parser.add_argument_group("training")
    group.add_argument(
        "--solver",
        choices=tuple(SOLVERS),
        nargs="+" if several else None,
        help="how to go down (default: l-bfgs, with --augment adam)",
    )
    group.add_argument(
        "--max-iter",
        "--epochs",
        dest="iterations",
        type=cli.whole(0),
        metavar="N",
        help=_solver_help("iterations, or epochs", "iterations"),
    )
    group.add_argument(
        "--learning-rate",
        "--lr",
        type=cli.positive,
        metavar="F",
        help=_solver_help("step along the gradient", "learning_rate"),
    )
    group.add_argument(
        "--momentum",
        type=cli.real(0, 1),
        metavar="F",
        help=_solver_help("share of the last step that is kept", "momentum"),
    )
    group.add_argument("--nesterov", action="store_const", const=True, help="Nesterov's momentum (sgd)")
    group.add_argument(
        "--batch-size", type=cli.whole(1), metavar="N", help=_solver_help("images a mini-batch", "batch_size")
    )
    group.add_argument(
        "--schedule", choices=("cosine", "constant"), help=_solver_help("how the rate falls", "schedule")
    )
    group.add_argument("--check-gradient", action="store_true", help="compare it with differences first")


def _solver_help(meaning: str, setting: str) -> str:
    """What a setting is, and its default with each solver that knows it."""
    known: dict[str, list[str]] = {}
    for name, solver in SOLVERS.items():
        if setting in solver.defaults:
            known.setdefault(f"{solver.defaults[setting]}", []).append(name)
    defaults = "; ".join(f"{value} with {', '.join(solvers)}" for value, solvers in known.items())
    return f"{meaning} (default: {defaults})"


def choose_solver(options: argparse.Namespace) -> Solver:
    """The solver and its settings; an option that it does not know is refused, not ignored."""
    choice = SOLVERS[options.solver]
    settings = {name: getattr(options, name) for name in SOLVER_OPTIONS if getattr(options, name) is not None}
    for name in settings.keys() - choice.defaults.keys():
        raise Digits20Error(f"{SOLVER_OPTIONS[name]} means nothing to --solver {options.solver}")
    return choice.make(**settings)
