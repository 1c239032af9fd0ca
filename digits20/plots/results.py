"""Plots of one training and its results: cost history, confusion matrix, augmentation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import percent
from ..images.augment import Floats, Warps
from ..learning.evaluation import Evaluation
from ..learning.model import Model
from ..optim.solvers import MINI_BATCHES
from .canvas import TRAINING, VALIDATION, describe, log_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_costs(ax: Axes, model: Model) -> None:
    """Draw the cost J by iteration (by epoch, for mini-batches).

    Where there were validation images, the costs of the training and of the validation images are drawn in its place,
    both without the penalty, so that they can be compared; the lowest validation cost is marked.
    """
    unit = "epoch" if model.settings.get("solver") in MINI_BATCHES else "iteration"
    validation, alike = model.scores.get("validation_costs"), model.scores.get("train_costs")
    label = "training cost" if alike and validation else "training cost J(θ), with penalty"
    ax.plot(alike if alike and validation else model.costs, color=TRAINING, label=label)
    if validation:
        ax.plot(validation, color=VALIDATION, linestyle="--", label="validation cost")
        lowest = int(np.argmin(validation))
        ax.plot(lowest, validation[lowest], "o", color=VALIDATION, label=f"lowest, {unit} {lowest}")
    log_scale(ax)
    ax.set_xlabel(unit)
    ax.set_ylabel("cost without penalty" if validation and alike else "cost J(θ)")
    ax.set_title(f"{describe(model)}: final cost J {model.scores.get('cost', model.costs[-1]):.4f}")
    ax.grid(alpha=0.3)
    ax.legend()


def plot_confusion(ax: Axes, evaluation: Evaluation, title: str = "") -> None:
    """Draw the confusion matrix: numbers of images, shaded by their share of the true label's images (recall)."""
    confusion, labels = evaluation.confusion, [str(label) for label in evaluation.labels]
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            shade = "white" if shares[row, column] > 0.5 else "black"
            ax.text(column, row, str(count), ha="center", va="center", color=shade, fontsize=8)
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_xlabel("Predicted label")
    ax.set_ylabel("True label")
    accuracy = f"Confusion matrix: accuracy {percent(evaluation.accuracy)} on {evaluation.images} images"
    ax.set_title(f"{title}\n{accuracy}".strip(), fontsize=10)


def plot_warps(ax: Axes, x: Floats, warps: Warps, rng: np.random.Generator, grid: tuple[int, int] = (4, 10)) -> None:
    """Draw image x (n,) at the top left and random warps of it beside and below; grid: rows and columns of images."""
    rows, columns = grid
    many = np.repeat(x[None], rows * columns, axis=0)
    many[1:] = replace(warps, bank=len(many))(many[1:], rng)
    images = many.reshape(rows, columns, *warps.image_shape).swapaxes(1, 2)
    ax.imshow(images.reshape(rows * warps.image_shape[0], -1), cmap="gray_r", vmin=0, vmax=1)
    ax.set_axis_off()
    strengths = f"±{warps.rotation:g}°, ±{warps.shift:g} pixels, elastic {warps.elastic:g} pixels"
    ax.set_title(f"Augmentation: one image (top left) and random warps of it, {strengths}", fontsize=10)
