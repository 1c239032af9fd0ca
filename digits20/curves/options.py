"""The options of `curves`, and what they stand for: an `Order`, and the trainings to compare."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..cli.options import Reading, add_data_options
from ..cli.training import add_training_options, training_from
from ..cli.types import real, whole
from ..errors import Digits20Error
from ..learning.settings import Training, solver_of
from ..optim.solvers import MINI_BATCHES, SETTINGS, SOLVERS
from ..plots.curves import Against

KINDS = ("learning", "lambda", "cost")
LAMBDAS = [0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
FOLDS = 3
# the options that only some kinds use
KINDS_OF = {
    "sizes": ("--sizes", "learning"),
    "values": ("--values", "learning lambda"),
    "folds": ("--folds", "learning lambda"),
    "lam": ("--lambda", "learning cost"),
    "model": ("--model", "cost"),
    "against": ("--against", "cost"),
}


@dataclass(frozen=True)
class Order:
    """What is asked of one run of the command, beside the training itself.

    kind: which curve. plot, csv: files to write, None for none. sizes, values: images or lambdas, None for the usual
    ones. folds: None for FOLDS, or one part of --validation. model: files of trained models. recipe: name of a recipe;
    init_from: path of the model to start from, or None.
    """

    kind: Literal["learning", "lambda", "cost"]
    plot: Path | None
    csv: Path | None
    sizes: list[int] | None
    values: list[float] | None
    folds: int | None
    model: list[Path] | None
    against: Against | None
    reading: Reading
    recipe: str
    init_from: str | None
    show_settings: bool
    check_gradient: bool
    quiet: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("curves")
    group.add_argument(
        "--kind",
        choices=KINDS,
        default="learning",
        help="which curve: accuracy over the number of training images, accuracy over lambda, or cost over iterations",
    )
    group.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the curve to a .png, .pdf or .svg file (default: no plot)"
    )
    group.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="write the figures of every training or iteration to a CSV file (default: none)",
    )
    _add_kind_options(group)
    add_data_options(parser, default="the 5000 digits that come with digits20")
    add_training_options(parser, several_solvers=True)


def _add_kind_options(group: argparse._ArgumentGroup) -> None:
    """The options that only some kinds use."""
    group.add_argument(
        "--sizes",
        type=whole(1),
        nargs="+",
        metavar="N",
        help="with learning: numbers of training images (default: about 8 sizes)",
    )
    group.add_argument(
        "--values",
        type=real(0),
        nargs="+",
        metavar="F",
        help="with lambda: values of lambda to try; with learning: also try these, for the advice "
        f"(default: {' '.join(f'{value:g}' for value in LAMBDAS)}, and none with learning)",
    )
    group.add_argument(
        "--folds",
        type=whole(2, 100),
        metavar="N",
        help=f"with learning and lambda: folds of cross-validation (default: {FOLDS}, or the images of "
        "--validation alone)",
    )
    group.add_argument(
        "--model",
        type=Path,
        action="append",
        metavar="FILE",
        help="with cost: also draw the cost history of a trained model; may be given several times (default: none)",
    )
    group.add_argument(
        "--against",
        choices=("iterations", "evaluations", "seconds"),
        help="with cost: quantity on the horizontal axis (default: iterations)",
    )


def trainings_from(options: Mapping[str, Any]) -> list[Training]:
    """One training for each name of --solver, or the only one.

    Of several solvers, each takes the settings that it knows; those that none of them knows are refused as ever.
    """
    solvers = options["solver"] or []
    if len(solvers) < 2:
        return [training_from({**options, "solver": solvers[0] if solvers else None})]
    common = training_from({**options, "solver": None} | dict.fromkeys(SETTINGS))
    given = {name: options[name] for name in SETTINGS if options[name] is not None}
    for name in [name for name in given if not any(name in SOLVERS[solver].defaults for solver in solvers)]:
        solver_of(solvers[0], {name: given[name]})  # raises SettingError
    trainings = []
    for solver in solvers:
        known = {name: value for name, value in given.items() if name in SOLVERS[solver].defaults}
        warps = common.warps if solver in MINI_BATCHES or options["augment"] else None
        trainings.append(replace(common, solver=solver_of(solver, known, common.solver), warps=warps))
    return trainings


def check_options(options: Mapping[str, Any]) -> None:
    """Raises Digits20Error for options that this kind does not use, or that do not go together."""
    kind = options["kind"]
    for name, (option, kinds) in KINDS_OF.items():
        if options[name] is not None and kind not in kinds.split():
            raise Digits20Error(f"{option} does not apply to --kind {kind}")
    if kind != "cost" and len(options["solver"] or []) > 1:
        raise Digits20Error(f"--solver: --kind {kind} takes one")
    if options["folds"] and options["validation"]:
        raise Digits20Error("--folds or --validation, not both")
