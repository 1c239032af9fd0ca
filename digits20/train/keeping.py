"""Keeping what a training has made: the model somewhere in any case, then the plot of its cost."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from ..errors import Digits20Error, ModelFileError, shown
from ..learning.model import Model
from ..persistence.model_file import save_model
from ..system.atomic import write_atomically


def keep_model(model: Model, path: Path) -> None:
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


def keep_plot(model: Model, plot: Path, saved: Path) -> None:
    """Draw the cost history; raises Digits20Error, which says that the model is `saved`, where it cannot be written."""
    from ..plots.canvas import picture
    from ..plots.results import plot_costs

    try:
        write_atomically(plot, picture(lambda ax: plot_costs(ax, model), plot.suffix), Digits20Error)
    except Digits20Error as error:
        raise Digits20Error(f"{error}; the model is saved: {shown(saved)}") from None
