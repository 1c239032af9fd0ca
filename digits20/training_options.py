"""The options that say what to train, on which images and how; shared by the commands that train."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import cli
from .dataset import Digits
from .errors import DataFileError, Digits20Error
from .model import Model
from .network import ACTIVATIONS, OUTPUTS, Network
from .optimizers import LBFGS, GradientDescent, MiniBatch
from .persistence import load_model
from .scipy_methods import Scipy
from .solution import Solver
from .transfer import Start, from_model, from_scratch

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
        "--hidden", type=cli.whole(0, 100_000), nargs="+", metavar="N", help="units a layer; 0: none (default: 25)"
    )
    group.add_argument("--activation", choices=tuple(ACTIVATIONS), help="of the hidden layers (default: sigmoid)")
    group.add_argument("--output", choices=OUTPUTS, help="of the last layer (default: sigmoid)")
    group.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="of all arithmetic")
    _add_transfer_options(parser)
    _add_solver_options(parser)


def _add_transfer_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("transfer")
    group.add_argument("--init-from", type=Path, metavar="MODEL", help="start from the layers of a trained model")
    group.add_argument("--freeze", type=cli.whole(1), metavar="LAYERS", help="leave its lowest layers as they are")
    group.add_argument("--keep-head", action="store_true", help="keep its output units where labels match")


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


def read_base(options: argparse.Namespace) -> Model | None:
    """The model of --init-from; raises Digits20Error for options that it decides or that need it."""
    if options.init_from is None:
        for name in ("freeze", "keep_head"):
            if getattr(options, name):
                raise Digits20Error(f"--{name.replace('_', '-')} needs --init-from")
        return None
    base = load_model(options.init_from)
    if options.hidden or options.activation:
        raise Digits20Error("--hidden and --activation are those of the model of --init-from")
    if options.deskew and base.preprocess != ("deskew",):
        raise Digits20Error(f"--deskew: {options.init_from} was trained without")
    return base


def start_for(options: argparse.Namespace, base: Model | None, train: Digits, rng: np.random.Generator) -> Start:
    """What is to be trained, and from which weights."""
    if base:
        return from_model(
            base, train.labels, rng, freeze=options.freeze or 0, keep_head=options.keep_head, output=options.output
        )
    hidden = options.hidden or [25]
    hidden = [] if hidden == [0] else hidden
    if 0 in hidden:
        raise Digits20Error("--hidden: a layer of 0 units; 0 alone means no hidden layer")
    sizes = (train.X.shape[1], *hidden, len(train.labels))
    return from_scratch(Network(sizes, options.activation or "sigmoid", options.output or "sigmoid"), rng)


def settings_of(
    options: argparse.Namespace, solver_settings: dict[str, Any], train: Digits, network: Network
) -> dict[str, Any]:
    """What one must know to train the same model again."""
    return {
        "data": options.data or "shipped",
        "seed": options.seed,
        "train_size": len(train) + (options.validation or 0),
        "validation": options.validation,
        "patience": options.patience,
        "hidden": list(network.layer_sizes[1:-1]),
        "activation": network.hidden,
        "output": network.output,
        "init_from": str(options.init_from) if options.init_from else None,
        "freeze": options.freeze,
        "lambda": options.lam,
        "solver": options.solver,
        **solver_settings,
        "dtype": options.dtype,
        "deskew": options.deskew,
    }
