"""The options that say how to train, and the `Training` that they stand for; shared by `train` and `curves`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ..learning.settings import HIDDEN, LAMBDA, STRENGTHS, SettingError, Training, solver_of
from ..learning.settings.recipes import FEW, RECIPES, STARTS
from ..nn.network import ACTIVATIONS, OUTPUTS, Network
from ..optim.solvers import MINI_BATCHES, SETTINGS, name_of
from .command import Output
from .options import LAMBDA_HELP, Reading, hidden_layers
from .solver import add_solver_options
from .types import count_or_all, positive, real, whole

NETWORK = ("hidden", "layers", "activation", "output", "deskew")  # what a model to start from has decided
OWN_START = {"init_from", "hidden", "layers", "activation"}  # options that say what a network starts as
MEANINGS = {
    "rotation": "largest rotation either way, in degrees",
    "scale": "largest change of size either way, as a share of it",
    "shear": "largest shear either way, in columns per row",
    "shift": "largest shift either way, in pixels",
    "elastic": "root mean square of a smooth random displacement, in pixels",
    "smoothness": "how smooth that displacement is, in pixels: small values crumple, large ones bend",
}


def add_training_options(parser: argparse.ArgumentParser, several_solvers: bool = False) -> None:
    """The options of `training_from`. With `several_solvers`, --solver takes one name or more, and is a list."""
    group = parser.add_argument_group("recipe")
    group.add_argument(
        "--recipe",
        choices=tuple(RECIPES),
        default="course",
        help="preset for the options not given: the course's "
        "network, a wider one on warped images, or convolutions on warped images",
    )
    group.add_argument("--show-settings", action="store_true", help="print all settings and exit without training")
    _add_part_options(parser)
    _add_warp_options(parser)
    _add_network_options(parser)
    _add_transfer_options(parser)
    add_solver_options(parser, several_solvers)


def _add_part_options(parser: argparse.ArgumentParser) -> None:
    count = whole(1)
    group = parser.add_argument_group("which images to train on")
    group.add_argument(
        "--train-size",
        type=count_or_all,
        metavar="N",
        help="number of images to train on, or all; the others are test images (default: four fifths; all with "
        "--test-data)",
    )
    group.add_argument(
        "--validation",
        type=count,
        metavar="N",
        help="hold back N of the training images for validation (default: none)",
    )
    group.add_argument(
        "--patience",
        type=count,
        metavar="N",
        help="stop when the validation cost has not fallen for N iterations, with sgd and adam N epochs (default: no "
        "early stopping)",
    )
    group.add_argument(
        "--deskew",
        action=argparse.BooleanOptionalAction,
        help="straighten slanted images and centre them before training and prediction (default: no)",
    )


def _add_warp_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation (with mini-batches)")
    group.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="apply a new random warp to every image in each epoch (default: no)",
    )
    group.add_argument(
        "--styles",
        action="store_const",
        const=True,
        help="also train on digits that are printed in matplotlib's fonts, drawn by strokes, and written with other "
        "pens: 1 with flag and foot, closed 4, crossed 7 among them; and on pictures of no digit (default: no)",
    )
    for name, meaning in MEANINGS.items():
        kind = positive if name == "smoothness" else real(0)
        group.add_argument(f"--{name}", type=kind, metavar="F", help=f"{meaning} (default: {STRENGTHS[name]:g})")


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--lambda",
        "--l2",
        dest="lam",
        type=real(0),
        metavar="F",
        help=f"{LAMBDA_HELP} (default: that of --init-from, or {LAMBDA:g})",
    )
    group.add_argument(
        "--hidden",
        type=whole(0, 100_000),
        nargs="+",
        metavar="N",
        help=f"units of each hidden layer; 0 for none (default: {' '.join(map(str, HIDDEN))})",
    )
    group.add_argument(
        "--layers",
        metavar="TEXT",
        help='hidden layers in place of --hidden, such as "conv 32 5, pool 2, 256": 32 channels of 5×5 patches, the '
        "largest of 2×2, 256 units (default: the layers of --hidden)",
    )
    group.add_argument(
        "--activation",
        choices=tuple(ACTIVATIONS),
        help=f"activation function of the hidden layers (default: {Network.hidden})",
    )
    group.add_argument(
        "--output", choices=OUTPUTS, help=f"activation function of the output layer (default: {Network.output})"
    )
    group.add_argument(
        "--ensemble",
        type=whole(1, 1000),
        metavar="N",
        help=f"train N networks side by side and merge them into one (default: {Training.ensemble})",
    )
    group.add_argument(
        "--dtype", choices=("float32", "float64"), default=Training.dtype, help="floating-point type of the arithmetic"
    )


def _add_transfer_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("transfer learning")
    group.add_argument(
        "--init-from",
        metavar="MODEL",
        help="start from a trained model: a file, or reference or course for a shipped one (default: random weights; "
        f"--recipe lenet starts from the reference where there are at most {FEW} images, 20x20 and none of a digit, "
        "unless --layers is given)",
    )
    group.add_argument(
        "--freeze",
        type=whole(1),
        metavar="N",
        help="keep the weights of the first N layers of that model fixed (default: none)",
    )
    group.add_argument(
        "--keep-head",
        action="store_true",
        help="keep that model's output units for the labels that it already knows (default: all output units are new)",
    )


def training_from(options: Mapping[str, Any]) -> Training:
    """The training that the options stand for, by name; what is None among them is as --recipe has it.

    A solver of the user's own choice comes with its own settings, not with the recipe's for another one; and only
    mini-batches can see new warps each epoch.
    """
    recipe = RECIPES[options["recipe"]]
    given = {name: options[name] for name in Training.__dataclass_fields__ if options.get(name) is not None}
    if "hidden" in given:
        given["hidden"] = hidden_layers(given["hidden"])
    if "hidden" in given or "layers" in given:
        recipe = {name: value for name, value in recipe.items() if name not in ("hidden", "layers")}
    few_from = None if OWN_START & given.keys() else STARTS.get(options["recipe"])
    if "init_from" in given or few_from:
        from ..persistence.model_file import load_model

        given |= {"few_from": load_model(few_from)} if few_from else {"init_from": load_model(given["init_from"])}
    if "init_from" in given:
        recipe = {name: value for name, value in recipe.items() if name not in NETWORK}
    preset = recipe.get("solver", Training.solver)
    chosen = options["solver"] or (
        "adam" if options["augment"] and name_of(preset) not in MINI_BATCHES else name_of(preset)
    )
    settings = {name: options[name] for name in SETTINGS if options[name] is not None}
    if chosen != name_of(preset) and chosen not in MINI_BATCHES:
        recipe = {name: value for name, value in recipe.items() if name != "warps"}
    ours: dict[str, Any] = {
        "solver": solver_of(chosen, settings, preset),
        "warps": _warps(options, recipe.get("warps")),
    }
    if chosen != name_of(preset) or "iterations" in settings:
        ours |= {"fewer_epochs": False, "least_steps": 0}
    return Training(**{**recipe, **given, **ours})


def _warps(options: Mapping[str, Any], preset: Mapping[str, float] | None) -> Mapping[str, float] | None:
    """The strengths of the warps, or None for no warps."""
    given = {name: options[name] for name in MEANINGS if options[name] is not None}
    if (preset is None and not options["augment"]) or options["augment"] is False:
        if given:
            raise SettingError(f"{{{next(iter(given))}}} needs {{warps}}")
        return None
    return {**(preset or {}), **given}


def settings_of(
    training: Training, network: Network, recipe: str, reading: Reading, init_from: str | None
) -> dict[str, Any]:
    """What one must know to train the same model again, as the model file keeps it; network: that of the start."""
    data = {"recipe": recipe, "data": reading.data or "shipped", "image_size": reading.image_size}
    if reading.pictures:
        data["pictures"] = reading.pictures
    return data | training.as_dict(network) | {"init_from": init_from}


def show_settings(out: Output, settings: Mapping[str, Any]) -> int:
    """What --show-settings prints; the exit code."""
    for name, value in settings.items():
        if value is not None:
            out.text(f"{name:<14} {' '.join(map(str, value)) if isinstance(value, list) else value}")
    out.result(dict(settings))
    return 0
