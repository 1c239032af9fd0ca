"""What units respond to: first-layer weights as images, saliency maps, activation maximization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..images.geometry import Floats, prepare
from ..learning.model import Model
from ..nn.saliency import input_gradient, preferred_image
from ..types import Label
from .canvas import caption, describe, grid_columns, image_grid, weight_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_UNITS = 100  # drawn of a layer


def plot_units(ax: Axes, model: Model, *, columns: int | None = None) -> None:
    """Draw the weights of each first-layer unit as an image, scaled by the unit's largest weight, without the bias.

    Ink on red pixels raises the unit's input, ink on blue ones lowers it. Of a wide layer, the MOST_UNITS with the
    largest weights in this layer and the next are drawn. columns: units per row, None for a grid about square.
    """
    Theta = model.Thetas[0][:, 1:]
    drawn = _most_weight(model)
    weights = Theta[drawn] / np.maximum(np.abs(Theta[drawn]).max(axis=1, keepdims=True), 1e-12)
    patch, columns = model.network.patch(model.image_shape), columns or grid_columns(len(drawn))
    image_grid(ax, weights, patch, columns, cmap=weight_colours(), limits=(-1, 1))
    kind = "hidden" if len(model.network.layer_sizes) > 2 else "output"
    which = f"all {len(Theta)}" if len(drawn) == len(Theta) else f"the {len(drawn)} largest of {len(Theta)}"
    ax.set_title(f"{describe(model)}\nweights of {which} {kind} units: red positive, blue negative", fontsize=10)


def _most_weight(model: Model) -> Any:
    """(k,) indices of first-layer units in their order: all, or of many those whose weights in and out are largest."""
    units = model.network.widths[1]
    if units <= MOST_UNITS or len(model.Thetas) < 2:
        return np.arange(min(units, MOST_UNITS))
    if model.network.layer_sizes[1] > units:  # maps: the layer above sees them at many places
        return np.arange(MOST_UNITS)
    size = np.linalg.norm(model.Thetas[1][:, 1:], axis=0) * np.linalg.norm(model.Thetas[0][:, 1:], axis=1)
    return np.sort(np.argsort(-size, kind="stable")[:MOST_UNITS])


def plot_saliency(ax: Axes, model: Model, x: Floats, label: Label | None = None) -> None:
    """Draw the saliency map of image x (n,): the gradient of a label's logit by the pixels, the outline over it.

    Ink on red pixels would raise the logit, ink on blue ones lower it. label: None for the predicted one.
    """
    from matplotlib.ticker import MaxNLocator

    received = prepare(x[None], model.image_shape, model.preprocess)
    predicted = model.predict(x[None])[0]
    unit = model.labels.index(predicted.item() if label is None else label)
    gradient = input_gradient(model.network, model.theta, received, unit)[0].reshape(model.image_shape)
    most = max(float(np.abs(gradient).max()), 1e-12)
    drawn = ax.imshow(gradient, cmap=weight_colours(), vmin=-most, vmax=most)
    ax.contour(received[0].reshape(model.image_shape), levels=[0.4], colors=["black"], linewidths=2)
    ax.get_figure().colorbar(drawn, ax=ax, label="change of the logit per unit of ink", shrink=0.8)  # type: ignore[union-attr]
    ax.set_xlabel("pixel column")
    ax.set_ylabel("pixel row")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    what = f"saliency for label {model.labels[unit]}: ink raises its logit where red, lowers it where blue;"
    ax.set_title(f"{describe(model)}\n{what}\noutlined: the image, predicted {predicted}", fontsize=10)


def plot_preferred_images(ax: Axes, model: Model, layer: int = -1, *, columns: int | None = None) -> None:
    """Draw the image that excites each unit of `layer` most (activation maximization, see `nn.saliency`).

    layer: 1 for the first hidden layer, -1 for the outputs, which are drawn with their labels. At most MOST_UNITS are
    drawn. columns: images per row, None for a grid about square. Raises Digits20Error where there is no such layer.
    """
    units = _units_of(model, layer)
    X = np.array([preferred_image(model.network, model.theta, unit, layer) for unit in units])
    columns = columns or grid_columns(len(X))
    outputs = layer in (-1, len(model.network.layer_sizes) - 1)
    below = 0.2 if outputs else 0.0
    captions_at = image_grid(ax, X, model.image_shape, columns, cmap="gray_r", limits=(0, 1), below=below, framed=True)
    if outputs:
        for at, label in zip(captions_at, model.labels, strict=False):
            caption(ax, at, 0.01, str(label), fontsize=9)
    which = "output unit" if outputs else f"unit of layer {layer}"
    ax.set_title(f"{describe(model)}\nactivation maximization: the image that excites each {which} most", fontsize=10)


def _units_of(model: Model, layer: int) -> list[int]:
    """The units of a layer; of each of its maps the one in the middle."""
    channels, rows, columns = model.network.stages[layer]
    middle = rows // 2 * columns + columns // 2
    return [channel * rows * columns + middle for channel in range(min(channels, MOST_UNITS))]


plot_favourites = plot_preferred_images  # its name in 0.1.0
