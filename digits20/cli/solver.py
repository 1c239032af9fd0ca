"""The options that choose a solver and its settings."""

from __future__ import annotations

import argparse

from ..errors import Digits20Error
from ..learning.settings import Training
from ..optim.solvers import SOLVERS, name_of, solver_name
from .types import positive, real, whole


def add_solver_options(parser: argparse.ArgumentParser, several: bool) -> None:
    """Which solver, and its settings. several: --solver takes one name or more, and is a list."""
    group = parser.add_argument_group("solver")
    group.add_argument(
        "--solver",
        type=_solver,
        choices=tuple(SOLVERS),
        nargs="+" if several else None,
        help="optimization algorithm; sgd and adam use mini-batches "
        f"(default: {name_of(Training.solver)}, with --augment adam)",
    )
    group.add_argument(
        "--max-iter",
        "--epochs",
        dest="iterations",
        type=whole(1),  # 0 would save an untrained network, in place of a trained one perhaps
        metavar="N",
        help=_with_defaults("largest number of iterations, with sgd and adam of epochs", "iterations"),
    )
    _add_step_options(group)
    group.add_argument(
        "--check-gradient",
        action="store_true",
        help="compare 50 components of the gradient with finite differences before training (default: no)",
    )


def _add_step_options(group: argparse._ArgumentGroup) -> None:
    """The settings of solvers that go down the gradient step by step."""
    group.add_argument(
        "--learning-rate",
        "--lr",
        type=positive,
        metavar="F",
        help=_with_defaults("step size: weights change by this times the gradient", "learning_rate"),
    )
    group.add_argument(
        "--momentum",
        type=real(0, 1),
        metavar="F",
        help=_with_defaults("share of the last step that is added to the next", "momentum"),
    )
    group.add_argument(
        "--nesterov", action="store_const", const=True, help="use Nesterov's momentum, with sgd (default: no)"
    )
    group.add_argument(
        "--batch-size", type=whole(1), metavar="N", help=_with_defaults("number of images per mini-batch", "batch_size")
    )
    group.add_argument(
        "--schedule",
        choices=("cosine", "constant"),
        help=_with_defaults("how the learning rate changes over the epochs", "schedule"),
    )


def _solver(text: str) -> str:
    """An option's type: a solver in any spelling; one of SciPy's that cannot train a network is refused with why."""
    try:
        name = solver_name(text)
    except Digits20Error as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name if name in SOLVERS else name_of(Training.solver)  # SciPy's L-BFGS-B is our own here


def _with_defaults(meaning: str, setting: str) -> str:
    """What a setting means, and its default with each solver that knows it."""
    known: dict[str, list[str]] = {}
    for name, choice in SOLVERS.items():
        if setting in choice.defaults:
            known.setdefault(f"{choice.defaults[setting]}", []).append(name)
    defaults = "; ".join(f"{value} with {', '.join(solvers)}" for value, solvers in known.items())
    return f"{meaning} (default: {defaults})"
