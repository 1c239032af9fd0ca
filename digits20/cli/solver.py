"""--solver and the options that belong to it."""

from __future__ import annotations

import argparse

from ..cli.types import positive, real, whole
from ..errors import Digits20Error
from ..optim.solution import Solver
from ..optim.solvers import SOLVERS

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
        type=whole(0),
        metavar="N",
        help=_solver_help("iterations, or epochs", "iterations"),
    )
    group.add_argument(
        "--learning-rate",
        "--lr",
        type=positive,
        metavar="F",
        help=_solver_help("step along the gradient", "learning_rate"),
    )
    group.add_argument(
        "--momentum",
        type=real(0, 1),
        metavar="F",
        help=_solver_help("share of the last step that is kept", "momentum"),
    )
    group.add_argument("--nesterov", action="store_const", const=True, help="Nesterov's momentum (sgd)")
    group.add_argument(
        "--batch-size", type=whole(1), metavar="N", help=_solver_help("images a mini-batch", "batch_size")
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
