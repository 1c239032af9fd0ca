"""The options that say what to train, on which images and how; shared by the commands that train."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import cli
from .dataset import Digits
from .errors import DataFileError, Digits20Error
from .network import ACTIVATIONS, OUTPUTS, Network
from .optimizers import LBFGS, GradientDescent, MiniBatch
from .scipy_methods import Scipy
from .solution import Solver

TRAIN_SIZE = 4000


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


def add(parser: argparse.ArgumentParser) -> None:
    size, most = cli.whole(1), f"{TRAIN_SIZE}, or four fifths of a smaller set"
    group = parser.add_argument_group("parts")
    group.add_argument("--train-size", type=size, metavar="N", help=f"images to train with (default: {most})")
    group.add_argument("--validation", type=size, metavar="N", help="of them, held back to watch the training by")
    group.add_argument("--patience", type=size, metavar="N", help="stop when validation cost rests for N iterations")
    group.add_argument("--deskew", action="store_true", help="set every image upright and centre it first")
    group = parser.add_argument_group("network")
    group.add_argument("--lambda", "--l2", dest="lam", type=cli.real(0), default=1.0, metavar="F", help="weight decay")
    group.add_argument(
        "--hidden", type=cli.whole(0, 100_000), nargs="+", default=[25], metavar="N", help="units a layer; 0: none"
    )
    group.add_argument("--activation", choices=tuple(ACTIVATIONS), default="sigmoid", help="of the hidden layers")
    group.add_argument("--output", choices=OUTPUTS, default="sigmoid", help="of the last layer")
    group.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="of all arithmetic")
    _add_solver_options(parser)


def _add_solver_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("training")
    group.add_argument("--solver", choices=tuple(SOLVERS), default="l-bfgs", help="how to go down")
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


def choose_solver(options: argparse.Namespace) -> tuple[Solver, dict[str, Any]]:
    """The solver and its settings; an option that it does not know is refused, not ignored."""
    choice = SOLVERS[options.solver]
    given = {name: getattr(options, name) for name in SOLVER_OPTIONS if getattr(options, name) is not None}
    for name in given.keys() - choice.defaults.keys():
        raise Digits20Error(f"{SOLVER_OPTIONS[name]} means nothing to --solver {options.solver}")
    settings = choice.defaults | given
    return choice.make(**settings), settings


def split_parts(
    digits: Digits, options: argparse.Namespace, rng: np.random.Generator
) -> tuple[Digits, Digits | None, Digits]:
    """The images to train, to validate (perhaps none) and to test with; the first two as the network shall see them."""
    size = options.train_size or min(TRAIN_SIZE, len(digits) * 4 // 5)
    name = options.data or "the data"
    if not 0 < size < len(digits):
        raise DataFileError(f"{name}: {len(digits)} images are too few to train with {size} and test with others")
    train, test = digits.shuffle(rng).split(size)
    validation = None
    if options.validation:
        if options.validation >= size:
            raise DataFileError(f"{name}: {size} training images are too few to hold back {options.validation}")
        train, validation = train.split_stratified(options.validation, rng)
    elif options.patience:
        raise Digits20Error("--patience needs --validation")
    return _as_seen(train, options), _as_seen(validation, options) if validation else None, test


def _as_seen(digits: Digits, options: argparse.Namespace) -> Digits:
    return digits.prepared(("deskew",) if options.deskew else ()).astype(options.dtype)


def network_for(options: argparse.Namespace, train: Digits) -> Network:
    hidden = [] if options.hidden == [0] else options.hidden
    if 0 in hidden:
        raise Digits20Error("--hidden: a layer of 0 units; 0 alone means no hidden layer")
    return Network((train.X.shape[1], *hidden, len(train.labels)), options.activation, options.output)


def settings_of(options: argparse.Namespace, solver_settings: dict[str, Any], train: Digits) -> dict[str, Any]:
    """What one must know to train the same model again."""
    return {
        "data": options.data or "shipped",
        "seed": options.seed,
        "train_size": len(train) + (options.validation or 0),
        "validation": options.validation,
        "patience": options.patience,
        "hidden": options.hidden,
        "activation": options.activation,
        "output": options.output,
        "lambda": options.lam,
        "solver": options.solver,
        **solver_settings,
        "dtype": options.dtype,
        "deskew": options.deskew,
    }
