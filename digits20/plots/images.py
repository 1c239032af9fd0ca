"""Grids of images: a sample of them, predictions, and the most confident mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Digits
from ..errors import percent
from ..images.geometry import Floats, Shape, prepare
from ..learning.evaluation import indices_of
from ..learning.model import Model
from ..types import Label
from .canvas import VALIDATION, caption, describe, image_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_images(
    ax: Axes,
    X: Floats,
    image_shape: Shape,
    *,
    columns: int = 10,
    title: str | None = None,
    framed: Sequence[bool] | None = None,
) -> None:
    """Draw images X (m, n) of `image_shape` side by side, `columns` per row, ink dark on white paper.

    title: None for one that tells their number and size. framed: (m,) which of them get a frame, None for none.
    """
    edges = image_grid(ax, X, image_shape, columns, cmap="gray_r", limits=(0, 1))
    height = image_shape[0] / image_shape[1]
    for (middle, low), with_frame in zip(edges, framed or [], strict=False):
        if with_frame:
            left, right, top = middle - 0.47, middle + 0.47, low - 0.97 * height
            ax.plot([left, right, right, left, left], [low, low, top, top, low], color=VALIDATION, linewidth=1)
    ax.set_title(title or f"{_images(X)} of {'×'.join(map(str, image_shape))} pixels")


def plot_predictions(
    ax: Axes, model: Model, X: Floats, *, truth: Sequence[Label] | None = None, columns: int = 10
) -> None:
    """Draw images X (m, n) as the network received them, with the predicted label and its confidence below each.

    truth: the m true labels; a wrong prediction then reads `9, not 4` in bold. None where they are not known.
    """
    received = prepare(X, model.image_shape, model.preprocess)
    captions_at = image_grid(ax, received, model.image_shape, columns, cmap="gray_r", limits=(0, 1), below=0.42)
    probabilities = model.predict_proba(X)
    predicted = [model.labels[index] for index in probabilities.argmax(axis=1)]
    right = predicted if truth is None else list(truth)
    for at, answer, true, confidence in zip(captions_at, predicted, right, probabilities.max(axis=1), strict=True):
        text = f"{answer}" if answer == true else f"{answer}, not {true}"
        small = len(text) > 8
        caption(ax, at, 0.03, text, fontsize=6 if small else 8, weight="normal" if answer == true else "bold")
        caption(ax, at, 0.22, percent(confidence), fontsize=7)
    ax.set_title(f"{describe(model)}\n{_images(X)}{_steps(model)}: predicted label and confidence", fontsize=10)


def worst_mistakes(model: Model, digits: Digits, count: int = 20) -> Any:
    """(k,) rows of `digits` that the model predicts wrong, the most confident first; k is `count` at most.

    Raises Digits20Error where the model cannot read the images or does not know their labels.
    """
    y, probabilities = indices_of(model, digits), model.predict_proba(digits.X)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != y)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")[:count]]


def plot_mistakes(ax: Axes, model: Model, digits: Digits, *, count: int = 20, columns: int = 10) -> None:
    """Draw the `count` most confident mistakes, as `plot_predictions` does. Raises as `worst_mistakes` does."""
    worst = worst_mistakes(model, digits, count)
    if not len(worst):
        ax.set_axis_off()
        ax.set_title(f"{describe(model)}\nno mistakes on {len(digits)} images", fontsize=10)
        return
    truth = [digits.labels[index] for index in digits.y[worst]]
    plot_predictions(ax, model, digits.X[worst], truth=truth, columns=columns)
    what = f"the {len(worst)} most confident mistakes on {len(digits)} images"
    if steps := _steps(model):
        what += f"\n{steps.strip()}"
    ax.set_title(f"{describe(model)}\n{what}", fontsize=10)


def _images(X: Floats) -> str:
    return f"{len(X)} image" if len(X) == 1 else f"{len(X)} images"


def _steps(model: Model) -> str:
    return f" as the network received them ({', '.join(model.preprocess)})" if model.preprocess else ""
