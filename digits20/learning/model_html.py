"""A model as notebooks show it: a small table, and the weights of its first layer as images."""

from __future__ import annotations

import base64
import io
import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import percent

if TYPE_CHECKING:
    from .model import Model

MOST_UNITS = 100  # that are drawn
PIXELS = 300  # width of the picture, at least
RAISES, PAPER, LOWERS = "#d3461b", "#fffefb", "#1f6fc4"  # of weights everywhere: ink raises or lowers a unit's input


def model_html(model: Model) -> str:
    """A table of what the model is and how well it does, and a picture of the first layer's weights."""
    rows = {"network": str(model.network), "weights": f"{model.network.size:,}", "lambda": f"{model.lam:g}"}
    rows |= {"cost": f"{model.scores['cost']:.4g}"} if "cost" in model.scores else {}
    for part in ("train", "validation", "test"):
        if f"{part}_accuracy" in model.scores:
            rows[f"{part} accuracy"] = percent(model.scores[f"{part}_accuracy"], 2)
    table = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
    picture = base64.b64encode(_png(_tiles(model))).decode()
    alt = "weights of the first layer, one image per unit: red positive, blue negative"
    return f'<table>{table}</table><img alt="{alt}" src="data:image/png;base64,{picture}">'


def _tiles(model: Model) -> npt.NDArray[np.uint8]:
    """(height, width, 3) the weights of each unit of the first layer as an image, with a grey line between."""
    rows, columns = model.network.patch(model.image_shape)
    units = model.Thetas[0][:MOST_UNITS, 1:].reshape(-1, rows, columns)
    across = math.ceil(math.sqrt(len(units)))
    down = math.ceil(len(units) / across)
    largest = np.abs(units).max(axis=(1, 2), keepdims=True)
    tiles = np.full((down * across, rows + 1, columns + 1, 3), 192, np.uint8)
    tiles[: len(units), :rows, :columns] = _coloured(units / np.maximum(largest, 1e-30))
    return tiles.reshape(down, across, rows + 1, columns + 1, 3).swapaxes(1, 2).reshape(down * (rows + 1), -1, 3)


def _coloured(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights from -1 to 1, and beside them a last axis of red, green and blue."""
    lowers, paper, raises = (np.array(list(bytes.fromhex(one[1:]))) for one in (LOWERS, PAPER, RAISES))
    share = np.abs(weights)[..., None]
    return np.asarray(paper + share * (np.where(weights[..., None] > 0, raises, lowers) - paper))


def _png(tiles: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    times = max(1, PIXELS // tiles.shape[1])
    file = io.BytesIO()
    Image.fromarray(tiles.repeat(times, 0).repeat(times, 1)).save(file, "PNG")
    return file.getvalue()
