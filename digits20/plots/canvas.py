"""What all pictures share: the canvas without a display, colours, and how a network is named in a title."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..learning.model import Model
from ..nn.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRAINING, VALIDATION = "#0072b2", "#d55e00"  # Okabe & Ito's blue and vermillion: apart for colour-blind eyes


def picture(draw: Callable[[Any], object], suffix: str = ".png", size: tuple[float, float] = (7, 4.5)) -> bytes:
    """A picture file's content, drawn by `draw(axes)` without a display; size in inches.

    Labels and names are shown as they are, never as formulas, with a box for a letter that the font lacks.
    """
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
        draw(figure.add_subplot())
        figure.savefig(file, format=kind, dpi=150, metadata=undated.get(kind))
    return file.getvalue()


def describe(model: Model) -> str:
    """What was trained, in a few words: `400-25-10 sigmoid network, λ = 1`."""
    return f"{name_of(model.network)}, λ = {model.lam:g}"


def name_of(network: Network) -> str:
    """`400-25-10 sigmoid network`, with what its outputs are where they are no sigmoids."""
    outputs = "" if network.output == "sigmoid" else f", {network.output} outputs"
    return f"{'-'.join(map(str, network.layer_sizes))} {network.hidden} network{outputs}"


def log_scale(ax: Axes) -> None:
    """A logarithmic cost axis with ticks at 1, 2 and 5 of each decade, written out."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
