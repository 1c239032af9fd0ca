"""The options of long runs: where a run is kept while it lasts, and whether it goes on."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..cli.types import positive
from ..errors import Digits20Error
from ..persistence.checkpoint import Checkpoint
from ..system.atomic import check_target


def add(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("long runs")
    group.add_argument("--resume", action="store_true", help="go on with a run that was killed or interrupted")
    kept = group.add_mutually_exclusive_group()
    where = "what it goes on from, removed when the run is done (default: beside the model, .checkpoint)"
    kept.add_argument("--checkpoint", type=Path, nargs="?", const=True, metavar="FILE", help=where)
    kept.add_argument("--no-checkpoint", action="store_true", help="write none")
    group.add_argument(
        "--checkpoint-every", type=positive, default=30.0, metavar="SECONDS", help="how often it is written"
    )


def choose_checkpoint(options: argparse.Namespace, plot: Path | None) -> Checkpoint | None:
    """Where the run is kept, or None; raises Digits20Error where that cannot be."""
    if options.no_checkpoint or options.ensemble > 1:
        if options.resume or options.checkpoint:
            given = "--resume" if options.resume else "--checkpoint"
            other = "--no-checkpoint" if options.no_checkpoint else "--ensemble: its networks run side by side"
            raise Digits20Error(f"{given} does not go with {other}")
        return None
    path = options.checkpoint if isinstance(options.checkpoint, Path) else options.model.with_suffix(".checkpoint")
    if path in (options.model, plot):
        raise Digits20Error(f"{path}: the checkpoint needs a file of its own, see --checkpoint")
    check_target(path)
    return Checkpoint(path, options.checkpoint_every, resume=options.resume, settings={"seed": options.seed})
