"""Pictures of training and of results, drawn on a given matplotlib Axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..images.augment import Floats, Warps
from ..learning.evaluation import Evaluation
from ..learning.model import Model
from ..optim.solvers import MINI_BATCHES
from .canvas import TRAINING, VALIDATION, describe, log_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
