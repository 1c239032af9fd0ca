"""`predict --show`: each picture beside the image that the network received, with label and confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import percent, shown
from ..images.geometry import Floats, Shape
from ..types import Label
from .canvas import VALIDATION, figure_file, grid_columns, image_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST, COLUMNS = 200, 4  # predictions that are drawn, and how many of them per row


@dataclass(frozen=True, eq=False)
class PicturePrediction:
    """A picture and what the model predicts for it.

    name: of the picture's file. original: the picture in grey, (rows, columns), 0 black to 1 white. received: (s, n)
    the images that the network got, one per symbol, ink 1 on paper 0. label: of one symbol, or the text of several.
    confidence: its probability, from 0 to 1. boxes: (left, top, right, bottom) of each symbol in pixels of original.
    known: False where it is doubted: a "?" is drawn behind the label, in another colour.
    """

    name: str
    original: Floats
    received: Floats
    label: Label
    confidence: float
    boxes: Sequence[tuple[float, ...]] = ()
    known: bool | None = None


def predictions_file(predictions: Sequence[PicturePrediction], shape: Shape, suffix: str) -> bytes:
    """The content of an image file that shows the first MOST predictions; needs no display.

    shape: of the received images. suffix: ".png", ".pdf" or ".svg".
    """
    drawn = predictions[:MOST]
    columns = min(COLUMNS, len(drawn))
    size = (2.9 * columns, 1.7 * math.ceil(len(drawn) / columns))
    return figure_file(lambda figure: _draw(figure, drawn, shape), suffix, size, dpi=130)


def _draw(figure: Figure, predictions: Sequence[PicturePrediction], shape: Shape) -> None:
    columns = min(COLUMNS, len(predictions))
    cells = figure.subplots(math.ceil(len(predictions) / columns), 2 * columns, squeeze=False)
    for ax in cells.flat:
        ax.set_axis_off()
    for place, one in enumerate(predictions):
        original, received = cells[place // columns, 2 * (place % columns) :][:2]
        original.imshow(one.original, cmap="gray", vmin=0, vmax=1)
        original.set_title(_short(one.name), fontsize=7, loc="left", parse_math=False)
        for left, top, right, bottom in one.boxes:
            sides = [left, right, right, left, left], [top, top, bottom, bottom, top]
            original.plot(*sides, color=VALIDATION, linewidth=0.8)
        image_grid(received, one.received, shape, grid_columns(len(one.received)), cmap="gray_r", limits=(0, 1))
        label = f"{one.label}" if len(f"{one.label}") <= 12 else f"{one.label}"[:11] + "…"
        doubt, style = ("?", {"color": VALIDATION}) if one.known is False else ("", {})
        received.set_title(f"{label}{doubt}, {percent(one.confidence)}", fontsize=9, parse_math=False, **style)


def _short(name: str) -> str:
    name = shown(name)
    return name if len(name) <= 22 else "…" + name[-21:]
