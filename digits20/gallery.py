"""Pictures beside what the network saw of them, drawn on a matplotlib Figure."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .atomic import shown
from .dataset import Label
from .images import Floats, Shape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST, COLUMNS = 200, 4  # readings a gallery shows, and how many stand side by side


@dataclass(frozen=True, eq=False)
class Reading:
    """A picture and its answer. original: grey, 0 black to 1 white; seen: (n,) what the network got, ink 1 on 0."""

    name: str
    original: Floats
    seen: Floats
    label: Label
    confidence: float


def draw_gallery(figure: Figure, readings: Sequence[Reading], shape: Shape) -> None:
    """Each original with, beside it, what the network saw (of `shape`), and label, confidence and name above."""
    columns = min(COLUMNS, len(readings))
    cells = figure.subplots(math.ceil(len(readings) / columns), 2 * columns, squeeze=False)
    for ax in cells.flat:
        ax.set_axis_off()
    for place, reading in enumerate(readings):
        original, seen = cells[place // columns, 2 * (place % columns) :][:2]
        original.imshow(reading.original, cmap="gray", vmin=0, vmax=1)
        original.set_title(_short(reading.name), fontsize=7, loc="left", parse_math=False)
        seen.imshow(reading.seen.reshape(shape), cmap="gray_r", vmin=0, vmax=1)
        seen.set_title(f"{reading.label}, {100 * reading.confidence:.1f} %", fontsize=9, parse_math=False)


def gallery_file(readings: Sequence[Reading], shape: Shape, suffix: str) -> bytes:
    """A picture file's content with the first MOST readings, drawn without a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = readings[:MOST]
    columns = min(COLUMNS, len(shown))
    figure = Figure(figsize=(2.9 * columns, 1.7 * math.ceil(len(shown) / columns)), layout="constrained")
    FigureCanvasAgg(figure)
    draw_gallery(figure, shown, shape)
    file = io.BytesIO()
    undated: dict[str, Any] = {".png": {"Software": None}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a box in a file's name does no harm
        figure.savefig(file, format=suffix.lstrip("."), dpi=130, metadata=undated[suffix])
    return file.getvalue()


def _short(name: str) -> str:
    name = shown(name)
    return name if len(name) <= 22 else "…" + name[-21:]
