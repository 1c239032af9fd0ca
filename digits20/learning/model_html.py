"""A model as notebooks show it: a small table, and the weights of its first layer as images."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .model import Model

MOST_UNITS = 100  # that are drawn
PIXELS = 300  # width of the picture, at least


def model_html(model: Model) -> str:
    """A table of what the model is and how well it does, and a picture of the first layer's weights."""
    rows = {"network": str(model.network), "weights": f"{model.network.size:,}", "lambda": f"{model.lam:g}"}
    rows |= {"cost": f"{model.scores['cost']:.4g}"} if "cost" in model.scores else {}
    for part in ("train", "validation", "test"):
        if f"{part}_accuracy" in model.scores:
            rows[f"{part} accuracy"] = f"{model.scores[f'{part}_accuracy']:.2%}"
    table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
    picture = base64.b64encode(_png(_tiles(model))).decode()
    alt = "weights of the first layer, one image per unit: dark negative, light positive"
    return f'<table>{table}</table><img alt="{alt}" src="data:image/png;base64,{picture}">'


def _tiles(model: Model) -> npt.NDArray[np.uint8]:
    """The weights of each unit of the first layer as an image, side by side with a black line between."""
    rows, columns = model.image_shape
    units = model.Thetas[0][:MOST_UNITS, 1:].reshape(-1, rows, columns)
    across = math.ceil(math.sqrt(len(units)))
    down = math.ceil(len(units) / across)
    largest = np.abs(units).max(axis=(1, 2), keepdims=True)
    grey = np.zeros((down * across, rows + 1, columns + 1), np.uint8)
    grey[: len(units), :rows, :columns] = 128 + 127 * units / np.maximum(largest, 1e-30)
    return grey.reshape(down, across, rows + 1, columns + 1).swapaxes(1, 2).reshape(down * (rows + 1), -1)


def _png(grey: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    times = max(1, PIXELS // grey.shape[1])
    file = io.BytesIO()
    Image.fromarray(grey.repeat(times, 0).repeat(times, 1)).save(file, "PNG")
    return file.getvalue()
