"""Plots of a network's inside: weights and activations before and after training, and a 2-D map of a hidden layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from ..data.dataset import Digits
from ..images.geometry import prepare
from ..learning.evaluation import indices_of
from ..learning.model import Model
from ..types import Array, Label
from .canvas import TRAINING, VALIDATION, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 60
COLOURS = ("#000000", "#e69f00", "#56b4e9", "#009e73", "#b8a800", "#0072b2", "#d55e00", "#cc79a7", "#7f7f7f", "#7a3e9d")


def plot_weights(ax: Axes, model: Model, start: Array, layer: int = 1) -> None:
    """Draw the distribution of the weights into `layer` before and after training, without the biases.

    start: (size,) theta before training. layer: 1 for the first hidden layer.
    """
    before, after = (model.network.matrices(theta)[layer - 1][:, 1:].ravel() for theta in (start, model.theta))
    _before_and_after(ax, before, after)
    ax.set_xlabel("weight")
    ax.set_ylabel("density")
    ax.set_title(f"{describe(model)}\n{after.size} weights into layer {layer}, without biases", fontsize=10)


def plot_activations(ax: Axes, model: Model, start: Array, X: Array, layer: int = 1) -> None:
    """Draw the distribution of a layer's activations on images X (m, n), before and after training.

    start: (size,) theta before training. layer: 1 for the first hidden layer.
    """
    received = prepare(X, model.image_shape, model.preprocess)
    before, after = (model.network.activations(theta, received)[layer - 1].ravel() for theta in (start, model.theta))
    _before_and_after(ax, before, after)
    ax.set_xlabel("activation")
    ax.set_ylabel("density")
    units = model.network.layer_sizes[layer]
    ax.set_title(f"{describe(model)}\n{units} units of layer {layer} on {len(X)} images", fontsize=10)


def _before_and_after(ax: Axes, before: Array, after: Array) -> None:
    """Two histograms over the same bins: filled after training, a dashed line before."""
    low, high = min(before.min(), after.min()), max(before.max(), after.max())
    bins = np.linspace(low, high if high > low else low + 1, BINS + 1).tolist()
    ax.hist(
        after,
        bins,
        density=True,
        color=TRAINING,
        alpha=0.55,
        label=f"after training, std {after.std():.2g}",
    )
    ax.hist(
        before,
        bins,
        density=True,
        histtype="step",
        color=VALIDATION,
        linestyle="--",
        linewidth=1.8,
        label=f"before training, std {before.std():.2g}",
    )
    ax.set_yscale("log")  # so that a few large weights show beside the many small ones
    ax.set_ylim(top=20 * ax.get_ylim()[1])  # room for the legend above the bars
    ax.grid(alpha=0.3)
    ax.legend(loc="upper right")


def plot_hidden_map(
    ax: Axes, model: Model, digits: Digits, *, layer: int = 1, method: Literal["pca", "tsne"] = "pca", seed: int = 0
) -> None:
    """Draw each image as a point in two dimensions, by its activations in `layer`; the marker is its true label.

    method: "pca", the first two principal components, or "tsne", which keeps neighbours together and takes some ten
    seconds for 1000 images (van der Maaten & Hinton 2008). seed: random seed of t-SNE. Raises Digits20Error where the
    model cannot read the images or does not know their labels.
    """
    y = indices_of(model, digits)
    points, shares = _in_the_plane(model.activations(digits.X)[layer - 1], method, seed)
    for index, label in enumerate(model.labels):
        if (y == index).any():
            mark = f"${_mark(label, index)}$"
            colour = COLOURS[index % len(COLOURS)]
            ax.scatter(
                points[y == index, 0],
                points[y == index, 1],
                s=26,
                marker=mark,
                color=colour,
                linewidths=0.2,
                label=_legend_text(label),
            )
    ax.set_xlabel(f"first principal component, {shares[0]:.0%} of the variance" if shares else "t-SNE, dimension 1")
    ax.set_ylabel(f"second principal component, {shares[1]:.0%}" if shares else "t-SNE, dimension 2")
    units = model.network.layer_sizes[layer]
    ax.set_title(f"{describe(model)}\n{len(digits)} images by their {units} activations in layer {layer}", fontsize=10)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="label", frameon=False)


def _in_the_plane(A: Array, method: str, seed: int) -> tuple[Array, list[float]]:
    """(m, 2) points for activations A (m, units), and each component's share of the variance, [] for t-SNE."""
    from sklearn.decomposition import PCA

    pca = PCA(min(30, *A.shape), svd_solver="full") if method == "tsne" else PCA(2, svd_solver="full")
    reduced = pca.fit_transform(A.astype(np.float64))
    if method == "pca":
        return reduced, pca.explained_variance_ratio_.tolist()
    from sklearn.manifold import TSNE

    tsne = TSNE(2, init="pca", random_state=seed, perplexity=min(30, (len(A) - 1) / 3))
    with threadpool_limits(1):  # on busy cores its threads would wait for one another for minutes
        return tsne.fit_transform(reduced), []


def _mark(label: Label, index: int) -> Any:
    """The marker: the label itself if it is one or two ASCII letters or digits, else its index."""
    text = str(label)
    return text if len(text) <= 2 and text.isascii() and text.isalnum() else index


def _legend_text(label: Label) -> str:
    """The label as legend text: `$` starts no formula, and a leading `_` does not hide the entry."""
    return str(label).replace("$", r"\$").removeprefix("_")
