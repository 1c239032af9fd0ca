"""The files that `train` writes: the model, the plot of its cost, and the checkpoint of a long run."""

from __future__ import annotations

import argparse
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..cli.command import check_plot
from ..cli.reading import Reading
from ..cli.types import positive
from ..errors import Digits20Error, ModelFileError, shown
from ..learning.model import Model
from ..learning.settings import Training
from ..persistence.checkpoint import Checkpoint
from ..persistence.model_file import save_model
from ..system.atomic import check_target
from .resume import checked_options, options_to_keep

MODEL = Path("models/digits20.pkl")


@dataclass(frozen=True)
class Files:
    """Where `train` writes: what the options of `add_file_options` say.

    model: the model file. plot: None is beside the model. checkpoint: None or True is beside the model.
    checkpoint_every: seconds between two checkpoints. resume: whether to go on from the checkpoint.
    """

    model: Path
    plot: Path | None
    no_plot: bool
    checkpoint: Path | bool | None
    no_checkpoint: bool
    checkpoint_every: float
    resume: bool

    def checked_plot(self) -> Path | None:
        """Where the plot goes, or None for no plot; raises Digits20Error where it or the model cannot be written."""
        check_target(self.model)
        if self.no_plot:
            return None
        plot = self.plot or self.model.with_suffix(".png")
        check_plot(plot)
        if not self.plot and plot.exists() and not self.model.exists():  # somebody's picture, no earlier plot
            raise Digits20Error(
                f"{shown(plot)}: the plot would replace this picture; --plot names another file, --no-plot draws none"
            )
        return plot

    def written(self, checkpoint: Checkpoint | None) -> dict[str, Path | None]:
        """What no other command may write meanwhile, by the options that name it."""
        return {"--model": self.model, "--checkpoint": checkpoint.path if checkpoint else None}

    def checkpoint_of(self, training: Training, reading: Reading, plot: Path | None) -> Checkpoint | None:
        """Where a run leaves its checkpoints, or None for no checkpoints; raises Digits20Error where that cannot be."""
        if self.no_checkpoint or training.ensemble > 1:
            if self.resume or self.checkpoint:
                given = "--resume" if self.resume else "--checkpoint"
                other = "--no-checkpoint" if self.no_checkpoint else "--ensemble: its networks run side by side"
                raise Digits20Error(f"{given} does not go with {other}")
            return None
        path = self.checkpoint if isinstance(self.checkpoint, Path) else self.model.with_suffix(".checkpoint")
        if path in (self.model, plot):
            raise Digits20Error(f"{path}: the checkpoint needs a file of its own, see --checkpoint")
        check_target(path)
        options = options_to_keep(training, reading)
        if self.resume and path.is_file():
            options = checked_options(path, training, options)
        return Checkpoint(path, self.checkpoint_every, resume=self.resume, settings=options)


def add_file_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument("--model", type=Path, default=MODEL, metavar="FILE", help="save the trained model to this file")
    plot = group.add_mutually_exclusive_group()
    plot.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the cost history to this file (default: beside the model, .png)"
    )
    plot.add_argument("--no-plot", action="store_true", help="draw no plot (default: draw one)")
    group.add_argument(
        "--live", action="store_true", help="show cost and accuracies in a window while the network is trained"
    )
    group = parser.add_argument_group("long runs")
    group.add_argument(
        "--resume",
        action="store_true",
        help="continue the run that left the checkpoint, after it was killed or interrupted (default: start anew)",
    )
    checkpoint = group.add_mutually_exclusive_group()
    checkpoint.add_argument(
        "--checkpoint",
        type=Path,
        nargs="?",
        const=True,
        metavar="FILE",
        help="save the state of the run to this file until it is done (default: beside the model, .checkpoint)",
    )
    checkpoint.add_argument("--no-checkpoint", action="store_true", help="save no checkpoint (default: save one)")
    group.add_argument(
        "--checkpoint-every",
        type=positive,
        default=30.0,
        metavar="SECONDS",
        help="time between two checkpoints, in seconds (default: 30)",
    )


def save_or_rescue(model: Model, path: Path) -> None:
    """Save the model; where that fails save it elsewhere and say so, for what took hours must not be lost at the end.

    Raises ModelFileError if it is not at `path` afterwards.
    """
    try:
        save_model(model, path)
    except ModelFileError as error:
        elsewhere = Path(tempfile.gettempdir(), f"digits20-{secrets.token_hex(4)}.pkl")
        try:
            save_model(model, elsewhere)
        except ModelFileError:
            raise error from None
        raise ModelFileError(f"{error}; the model is in {shown(elsewhere)} instead") from None
