"""The options that say what to train, on which images and how; shared by the commands that train."""

from __future__ import annotations

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..cli import recipes
from ..cli import solver as solver_options
from ..cli.command import Output
from ..cli.options import hidden_layers
from ..cli.types import positive, real, whole
from ..data.dataset import Digits
from ..distributed.partitions import Partitions
from ..errors import DataFileError, Digits20Error
from ..images.augment import Warps
from ..learning.model import Model
from ..learning.transfer import Start, from_model, from_scratch
from ..nn.network import ACTIVATIONS, OUTPUTS, Network
from ..optim.solvers import MINI_BATCHES
from ..persistence.model_file import load_model
from .solver import SOLVER_OPTIONS

TRAIN_SIZE = 4000
STRENGTHS = {
    "rotation": "degrees either way",
    "scale": "share, larger or smaller",
    "shear": "columns a row",
    "shift": "pixels either way",
    "elastic": "pixels of a smooth random displacement",
    "smoothness": "pixels, the width of its bumps",
}


def add(parser: argparse.ArgumentParser, several_solvers: bool = False) -> None:
    recipes.add(parser)
    size, most = whole(1), f"{TRAIN_SIZE}, or four fifths of a smaller set"
    yes_or_no = argparse.BooleanOptionalAction
    group = parser.add_argument_group("parts")
    group.add_argument("--train-size", type=size, metavar="N", help=f"images to train with (default: {most})")
    group.add_argument("--validation", type=size, metavar="N", help="of them, held back to watch the training by")
    group.add_argument("--patience", type=size, metavar="N", help="stop when validation cost rests for N iterations")
    group.add_argument("--deskew", action=yes_or_no, help="set every image upright and centre it first")
    _add_augmentation_options(parser)
    group = parser.add_argument_group("network")
    group.add_argument("--lambda", "--l2", dest="lam", type=real(0), metavar="F", help="weight decay (default: 1)")
    group.add_argument(
        "--hidden", type=whole(0, 100_000), nargs="+", metavar="N", help="units a layer; 0: none (default: 25)"
    )
    group.add_argument("--activation", choices=tuple(ACTIVATIONS), help="of the hidden layers (default: sigmoid)")
    group.add_argument("--output", choices=OUTPUTS, help="of the last layer (default: sigmoid)")
    group.add_argument("--ensemble", type=whole(1, 1000), metavar="N", help="networks to train and merge into one")
    group.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="of all arithmetic")
    _add_transfer_options(parser)
    solver_options.add(parser, several_solvers)


def _add_augmentation_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation (with mini-batches)")
    group.add_argument(
        "--augment", action=argparse.BooleanOptionalAction, help="see every image through a new random warp each epoch"
    )
    defaults = {field.name: field.default for field in fields(Warps)}
    for name, meaning in STRENGTHS.items():
        kind = positive if name == "smoothness" else real(0)
        group.add_argument(f"--{name}", type=kind, metavar="F", help=f"{meaning} (default: {defaults[name]})")


def _add_transfer_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("transfer")
    group.add_argument("--init-from", type=Path, metavar="MODEL", help="start from the layers of a trained model")
    group.add_argument("--freeze", type=whole(1), metavar="LAYERS", help="leave its lowest layers as they are")
    group.add_argument("--keep-head", action="store_true", help="keep its output units where labels match")


def split_parts(
    digits: Digits, options: argparse.Namespace, rng: np.random.Generator
) -> tuple[Digits, Digits | None, Digits]:
    """The images to train, to validate (perhaps none) and to test with; the first two as the network shall see them."""
    options.train_size = options.train_size or min(TRAIN_SIZE, len(digits) * 4 // 5)
    _check_sizes(len(digits), options)
    train, test = digits.shuffle(rng).split(options.train_size)
    validation = None
    if options.validation:
        train, validation = train.split_stratified(options.validation, rng)
    return _as_seen(train, options), _as_seen(validation, options) if validation else None, test


def split_partitions(
    partitions: Partitions, options: argparse.Namespace
) -> tuple[Partitions, Partitions | None, Partitions]:
    """The images to train, to validate (perhaps none) and to test with: of every partition its share, by --seed."""
    options.train_size = options.train_size or len(partitions) * 4 // 5
    _check_sizes(len(partitions), options)
    return partitions.split(options.train_size, options.validation or 0, options.seed)


def _check_sizes(images: int, options: argparse.Namespace) -> None:
    size, name = options.train_size, options.data or "the data"
    if not 0 < size < images:
        raise DataFileError(f"{name}: {images} images are too few to train with {size} and test with others")
    if options.validation and options.validation >= size:
        raise DataFileError(f"{name}: {size} training images are too few to hold back {options.validation}")
    if options.patience and not options.validation:
        raise Digits20Error("--patience needs --validation")


def _as_seen(digits: Digits, options: argparse.Namespace) -> Digits:
    return digits.prepared(("deskew",) if options.deskew else ()).astype(options.dtype)


def warps_for(options: argparse.Namespace, train: Digits | Partitions) -> Warps | None:
    """The warps that training images are seen through; raises Digits20Error for options that do not go together."""
    given = {name: getattr(options, name) for name in STRENGTHS if getattr(options, name) is not None}
    if not options.augment:
        if given:
            raise Digits20Error(f"--{next(iter(given))} needs --augment")
        return None
    if options.solver not in MINI_BATCHES:
        raise Digits20Error(f"--augment needs mini-batches: --solver sgd or adam, not {options.solver}")
    if options.freeze:
        raise Digits20Error("--augment needs every layer, --freeze computes the lowest ones only once")
    return Warps(train.image_shape, **given)


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


def start_for(
    options: argparse.Namespace, base: Model | None, train: Digits | Partitions, rng: np.random.Generator
) -> Start:
    """What is to be trained, and from which weights."""
    if base:
        return from_model(
            base, train.labels, rng, freeze=options.freeze or 0, keep_head=options.keep_head, output=options.output
        )
    sizes = (math.prod(train.image_shape), *hidden_layers(options.hidden), len(train.labels))
    return from_scratch(Network(sizes, options.activation, options.output), rng)


def settings_of(options: argparse.Namespace, network: Network, warps: Warps | None) -> dict[str, Any]:
    """What one must know to train the same model again."""
    solver = {name: getattr(options, name) for name in SOLVER_OPTIONS if getattr(options, name) is not None}
    return {
        "recipe": options.recipe,
        "data": options.data or "shipped",
        "image_size": options.image_size,
        "seed": options.seed,
        "train_size": options.train_size,
        "validation": options.validation,
        "patience": options.patience,
        "deskew": options.deskew,
        "augment": options.augment,
        **({name: getattr(warps, name) for name in STRENGTHS} if warps else {}),
        "hidden": list(network.layer_sizes[1:-1]),
        "activation": network.hidden,
        "output": network.output,
        "ensemble": options.ensemble,
        "init_from": str(options.init_from) if options.init_from else None,
        "freeze": options.freeze,
        "lambda": options.lam,
        "solver": options.solver,
        **solver,
        "dtype": options.dtype,
    }


def show(out: Output, settings: dict[str, Any]) -> int:
    """What --show-settings prints; the exit code."""
    for name, value in settings.items():
        if value is not None:
            out.text(f"{name:<14} {' '.join(map(str, value)) if isinstance(value, list) else value}")
    out.result(settings)
    return 0
