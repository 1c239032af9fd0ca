"""Pictures of training and of results, drawn on a given matplotlib Axes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .augment import Floats, Warps
from .evaluation import Evaluation
from .model import Model
from .network import Network
from .solvers import MINI_BATCHES

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


def plot_costs(ax: Axes, model: Model) -> None:
    """The training cost over the iterations and, where there was a validation part, its cost (without penalty)."""
    ax.plot(model.costs, color=TRAINING, label="training cost J(θ)")
    validation = model.scores.get("validation_costs")
    if validation:
        ax.plot(validation, color=VALIDATION, linestyle="--", label="validation cost, no penalty")
        lowest = int(np.argmin(validation))
        ax.plot(lowest, validation[lowest], "o", color=VALIDATION, label=f"lowest, iteration {lowest}")
    log_scale(ax)
    ax.set_xlabel("epoch" if model.settings.get("solver") in MINI_BATCHES else "iteration")
    ax.set_ylabel("cost")
    ax.set_title(f"{describe(model)}: final cost {model.scores.get('cost', model.costs[-1]):.4f}")
    ax.grid(alpha=0.3)
    ax.legend()


def log_scale(ax: Axes) -> None:
    """A logarithmic cost axis with ticks at 1, 2 and 5 of each decade, written out."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())


def plot_confusion(ax: Axes, evaluation: Evaluation, title: str = "") -> None:
    """The confusion matrix: shade is the share of a true label's images, the numbers are images."""
    confusion, labels = evaluation.confusion, [str(label) for label in evaluation.labels]
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            shade = "white" if shares[row, column] > 0.5 else "black"
            ax.text(column, row, str(count), ha="center", va="center", color=shade, fontsize=8)
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_xlabel("named by the network")
    ax.set_ylabel("true label")
    ax.set_title(f"{title}\n{evaluation.accuracy:.1%} of {evaluation.images} images right".strip())


def plot_warps(ax: Axes, x: Floats, warps: Warps, rng: np.random.Generator, grid: tuple[int, int] = (4, 10)) -> None:
    """One image x (n,) and, after it, what random warps make of it: `grid` rows and columns of images."""
    rows, columns = grid
    many = np.repeat(x[None], rows * columns, axis=0)
    many[1:] = replace(warps, bank=len(many))(many[1:], rng)
    images = many.reshape(rows, columns, *warps.image_shape).swapaxes(1, 2)
    ax.imshow(images.reshape(rows * warps.image_shape[0], -1), cmap="gray_r", vmin=0, vmax=1)
    ax.set_axis_off()
    strengths = f"±{warps.rotation:g}°, ±{warps.shift:g} pixels, elastic {warps.elastic:g} pixels"
    ax.set_title(f"One digit (top left) through random warps: {strengths}", fontsize=10)
