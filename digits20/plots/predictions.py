"""`predict --show`: each picture beside the image that the network received, with label and confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import shown
from ..images.geometry import Floats, Shape
from ..types import Label
from .canvas import figure_file, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST, COLUMNS = 200, 4  # predictions that are drawn, and how many of them per row


@dataclass(frozen=True, eq=False)
class PicturePrediction:
    """A picture and what the model predicts for it.

    name: of the picture's file. original: the picture in grey, (rows, columns), 0 black to 1 white. received: (n,) the
    image that the network got, ink 1 on paper 0. confidence: the label's probability, from 0 to 1.
    """

    name: str
    original: Floats
    received: Floats
    label: Label
    confidence: float


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
        received.imshow(one.received.reshape(shape), cmap="gray_r", vmin=0, vmax=1)
        received.set_title(f"{one.label}, {percent(one.confidence)}", fontsize=9, parse_math=False)


def _short(name: str) -> str:
    name = shown(name)
    return name if len(name) <= 22 else "…" + name[-21:]
