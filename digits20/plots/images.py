"""Pictures made of images, drawn on a given matplotlib Axes: digits, hidden units, predictions, mistakes, saliency."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Digits
from ..errors import shown
from ..images.geometry import Floats, Shape, prepare
from ..learning.evaluation import indices_of
from ..learning.model import Model
from ..nn.saliency import favourite_image, input_gradient
from ..types import Array, Label
from .canvas import VALIDATION, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_UNITS = 100  # shown of a layer
FRAME: dict[str, Any] = {"color": "0.6", "linewidth": 0.8}


def plot_images(ax: Axes, X: Floats, image_shape: Shape, *, columns: int = 10, title: str | None = None) -> None:
    """Images X (m, n) side by side, `columns` in a row, ink dark: the course's display."""
    _show(ax, X, image_shape, columns, cmap="gray_r", limits=(0, 1))
    ax.set_title(title or f"{_images(X)} of {_size(image_shape)} pixels")


def plot_units(ax: Axes, model: Model, *, columns: int | None = None) -> None:
    """The weights of each first-layer unit as an image, each scaled by its own largest: the course's picture.

    White pixels raise the unit, black ones lower it, grey ones leave it as it is; so for any eyes and any printer. Of
    a wide layer, the MOST_UNITS that weigh most in the layer above are shown.
    """
    Theta = model.Thetas[0][:, 1:]
    shown = _weightiest(model)
    weights = Theta[shown] / np.maximum(np.abs(Theta[shown]).max(axis=1, keepdims=True), 1e-12)
    _show(ax, weights, model.image_shape, columns or _columns(len(shown)), cmap="gray", limits=(-1, 1))
    what = "hidden" if len(model.network.layer_sizes) > 2 else "output"
    which = f"all {len(Theta)}" if len(shown) == len(Theta) else f"the {len(shown)} weightiest of {len(Theta)}"
    ax.set_title(f"{describe(model)}\nweights of {which} {what} units: white for ink, black against it", fontsize=10)


def _weightiest(model: Model) -> Any:
    """(k,) indices of first-layer units in their order, those with the largest weights above where there are many."""
    units = model.network.layer_sizes[1]
    if units <= MOST_UNITS or len(model.Thetas) < 2:
        return np.arange(min(units, MOST_UNITS))
    say = np.linalg.norm(model.Thetas[1][:, 1:], axis=0) * np.linalg.norm(model.Thetas[0][:, 1:], axis=1)
    return np.sort(np.argsort(-say, kind="stable")[:MOST_UNITS])


def plot_predictions(
    ax: Axes, model: Model, X: Floats, *, truth: Sequence[Label] | None = None, columns: int = 10
) -> None:
    """Images X (m, n) as the network saw them, the named label and its probability below each.

    With `truth` (m,), a mistake reads `9, not 4` in bold.
    """
    seen = prepare(X, model.image_shape, model.preprocess)
    feet = _show(ax, seen, model.image_shape, columns, cmap="gray_r", limits=(0, 1), below=0.42)
    probabilities = model.predict_proba(X)
    named = [model.labels[index] for index in probabilities.argmax(axis=1)]
    right = named if truth is None else list(truth)
    for foot, answer, true, sure in zip(feet, named, right, probabilities.max(axis=1), strict=True):
        text = f"{answer}" if answer == true else f"{answer}, not {true}"
        small = len(text) > 8
        _caption(ax, foot, 0.03, text, fontsize=6 if small else 8, weight="normal" if answer == true else "bold")
        _caption(ax, foot, 0.22, percent(sure), fontsize=7)
    ax.set_title(f"{describe(model)}\n{_images(X)}{_steps(model)}: label named, and how sure", fontsize=10)


def percent(share: float) -> str:
    """A probability that is not certain is never written as 100 %."""
    return f"{min(100 * share, 99.9):.1f} %"


def worst_mistakes(model: Model, digits: Digits, count: int = 20) -> Any:
    """(k,) rows of `digits` that the model names wrong, the surest of the wrong answers first, `count` at most."""
    y, probabilities = indices_of(model, digits), model.predict_proba(digits.X)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != y)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")[:count]]


def plot_mistakes(ax: Axes, model: Model, digits: Digits, *, count: int = 20, columns: int = 10) -> None:
    """The images that the model names wrong and is surest of, as it saw them, with answer, truth and probability."""
    worst = worst_mistakes(model, digits, count)
    if not len(worst):
        ax.set_axis_off()
        ax.set_title(f"{describe(model)}\nno mistake in {len(digits)} images", fontsize=10)
        return
    truth = [digits.labels[index] for index in digits.y[worst]]
    plot_predictions(ax, model, digits.X[worst], truth=truth, columns=columns)
    what = f"the {len(worst)} surest mistakes in {len(digits)} images{_steps(model)}"
    ax.set_title(f"{describe(model)}\n{what}", fontsize=10)


def plot_saliency(ax: Axes, model: Model, x: Floats, label: Label | None = None) -> None:
    """Where more ink on the image x (n,) would raise (white) or lower (black) the logit of `label`, the answer's
    unless given; the image's outline is drawn over it.
    """
    from matplotlib.ticker import MaxNLocator

    seen = prepare(x[None], model.image_shape, model.preprocess)
    answer = model.predict(x[None])[0]
    unit = model.labels.index(answer.item() if label is None else label)
    gradient = input_gradient(model.network, model.theta, seen, unit)[0].reshape(model.image_shape)
    most = max(float(np.abs(gradient).max()), 1e-12)
    shown = ax.imshow(gradient, cmap="gray", vmin=-most, vmax=most)
    ax.contour(seen[0].reshape(model.image_shape), levels=[0.4], colors=[VALIDATION], linewidths=2)
    ax.get_figure().colorbar(shown, ax=ax, label="change of the logit per unit of ink", shrink=0.8)  # type: ignore[union-attr]
    ax.set_xlabel("column of pixels")
    ax.set_ylabel("row of pixels")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    what = f"ink that speaks for {model.labels[unit]} (white) and against it (black);"
    ax.set_title(f"{describe(model)}\n{what}\noutlined: the image, named {answer}", fontsize=10)


def plot_favourites(ax: Axes, model: Model, layer: int = -1, *, columns: int | None = None) -> None:
    """What each unit of `layer` most wants to see, see `favourite_image`; layer -1: the outputs, with their labels."""
    units = model.network.layer_sizes[layer]
    shown = range(min(units, MOST_UNITS))
    X = np.array([favourite_image(model.network, model.theta, unit, layer) for unit in shown])
    columns = columns or _columns(len(X))
    outputs = layer in (-1, len(model.network.layer_sizes) - 1)
    below = 0.2 if outputs else 0.0
    feet = _show(ax, X, model.image_shape, columns, cmap="gray_r", limits=(0, 1), below=below, framed=True)
    if outputs:
        for foot, label in zip(feet, model.labels, strict=False):
            _caption(ax, foot, 0.01, str(label), fontsize=9)
    what = "output" if outputs else f"unit of layer {layer}"
    ax.set_title(f"{describe(model)}\nthe image that each {what} most wants to see", fontsize=10)


def _show(
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
    """One cell of width 1 an image, row by row from the top, with `below` left free under each.

    Returns where each image ends: the middle of its lower edge.
    """
    height = shape[0] / shape[1]
    cell = height + below
    feet = []
    for position, image in enumerate(X):
        row, column = divmod(position, columns)
        box = (column + 0.03, column + 0.97, row * cell + 0.97 * height, row * cell + 0.03 * height)
        ax.imshow(image.reshape(shape), cmap=cmap, vmin=limits[0], vmax=limits[1], extent=box)
        if framed:
            ax.plot([box[0], box[1], box[1], box[0], box[0]], [box[2], box[2], box[3], box[3], box[2]], **FRAME)
        feet.append((column + 0.5, row * cell + height))
    ax.set_xlim(0, min(columns, max(len(X), 1)))
    ax.set_ylim(-(-len(X) // columns) * cell, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return feet


def _caption(ax: Axes, foot: tuple[float, float], down: float, text: str, **style: Any) -> None:
    ax.text(foot[0], foot[1] + down, text, ha="center", va="top", parse_math=False, **style)


def _columns(count: int) -> int:
    """Of a grid about as wide as high; wider than high where it cannot be both."""
    return max(1, int(np.ceil(count**0.5))) if count > 10 else max(1, -(-count // (1 if count <= 5 else 2)))


def _images(X: Array) -> str:
    return f"{len(X)} image" if len(X) == 1 else f"{len(X)} images"


def _size(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _steps(model: Model) -> str:
    return f" as the network sees them ({', '.join(model.preprocess)})" if model.preprocess else ""


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
