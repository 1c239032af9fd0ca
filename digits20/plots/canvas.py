"""What all plots share: figures without a display, grids of images, colours, and how a title names a network."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..images.geometry import Shape
from ..learning.model import Model
from ..learning.model_html import LOWERS, PAPER, RAISES
from ..nn.network import Network
from ..types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRAINING, VALIDATION = "#0072b2", "#d55e00"  # Okabe & Ito's blue and vermillion, which colour-blind readers tell apart
FRAME: dict[str, Any] = {"color": "0.6", "linewidth": 0.8}


def picture(draw: Callable[[Any], object], suffix: str = ".png", size: tuple[float, float] = (7, 4.5)) -> bytes:
    """The content of an image file with a plot that `draw(axes)` has drawn; it needs no display.

    suffix: ".png", ".pdf" or ".svg". size: width and height in inches. The same plot gives the same PNG bytes. Labels
    and names are shown literally, never as formulas; a letter that the font lacks shows as a box.
    """
    return figure_file(lambda figure: draw(figure.add_subplot()), suffix, size)


def figure_file(draw: Callable[[Figure], object], suffix: str, size: tuple[float, float], dpi: int = 150) -> bytes:
    """As `picture`, for plots of several panels: `draw(figure)` adds its own Axes. dpi: pixels per inch."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    file = io.BytesIO()
    kind = suffix.lstrip(".").lower()
    undated: dict[str, Any] = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
    with rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        for ax in figure.axes:
            ax.title.set_wrap(True)
            ax.title.set_text(ax.title.get_text().replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"))
        figure.savefig(file, format=kind, dpi=dpi, metadata=undated.get(kind))
    return file.getvalue()


def describe(model: Model) -> str:
    """The model in a few words: `400-25-10 sigmoid network, λ = 1`."""
    return f"{name_of(model.network)}, λ = {model.lam:g}"


def name_of(network: Network) -> str:
    """`400-25-10 sigmoid network`; the outputs are named too unless they are sigmoids."""
    outputs = "" if network.output == "sigmoid" else f", {network.output} outputs"
    return f"{network.heading} network{outputs}"


def weight_colours() -> Any:
    """The colour map of weights: cool where ink lowers, white at zero, warm where ink raises."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("weights", [LOWERS, PAPER, RAISES])


def log_scale(ax: Axes) -> None:
    """A logarithmic cost axis with ticks at 1, 2, 3 and 5 times each power of ten, labelled as plain numbers."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())


def image_grid(
    ax: Axes,
    X: Array,
    shape: Shape,
    columns: int,
    *,
    cmap: str,
    limits: tuple[float, float],
    below: float = 0.0,
    framed: bool = False,
) -> list[tuple[float, float]]:
    """Draw images X (m, n) of `shape` as a grid, `columns` per row, row by row from the top.

    limits: the values drawn in the colour map's first and last colour. A cell is 1 wide; `below` is the room left for
    a caption under each image, in the same unit. Returns the middle of each image's lower edge, for `caption`.
    """
    height = shape[0] / shape[1]
    cell = height + below
    captions_at = []
    for position, image in enumerate(X):
        row, column = divmod(position, columns)
        box = (column + 0.03, column + 0.97, row * cell + 0.97 * height, row * cell + 0.03 * height)
        ax.imshow(image.reshape(shape), cmap=cmap, vmin=limits[0], vmax=limits[1], extent=box)
        if framed:
            ax.plot([box[0], box[1], box[1], box[0], box[0]], [box[2], box[2], box[3], box[3], box[2]], **FRAME)
        captions_at.append((column + 0.5, row * cell + height))
    ax.set_xlim(0, min(columns, max(len(X), 1)))
    ax.set_ylim(-(-len(X) // columns) * cell, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return captions_at


def caption(ax: Axes, at: tuple[float, float], down: float, text: str, **style: Any) -> None:
    """Text centred `down` cells below a point that `image_grid` returned."""
    ax.text(at[0], at[1] + down, text, ha="center", va="top", parse_math=False, **style)


def grid_columns(count: int) -> int:
    """How many columns make a grid of `count` images about as wide as high."""
    return math.ceil(count**0.5) if count > 10 else max(1, -(-count // (1 if count <= 5 else 2)))
