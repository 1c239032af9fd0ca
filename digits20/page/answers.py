"""The JSON that the page gets: predictions for a picture, each network's input and activations, and the models."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ImageError
from ..images.finding.segment import Symbol
from ..images.geometry import Floats, Shape, prepare
from ..images.photo import read_page, read_photo
from ..learning.model import Model
from ..learning.symbols import Prediction, as_json, read_symbols
from ..nn.saliency import input_gradient

NAME = "drawing"  # of every picture in answers and messages; the client's own name is never used
MOST_UNITS = 512
DECIMALS = 4  # of an activation


@dataclass(frozen=True, eq=False)
class Served:
    """A model and the name that the page shows for it."""

    name: str
    model: Model


def predictions(image: bytes, model: Model) -> dict[str, Any]:
    """What `digits20 predict --json` prints for the picture file `image`, an unreadable one included."""
    try:
        symbols = read_symbols(model, read_page(image, name=NAME).symbols)
    except ImageError as error:
        return {"predictions": [{"path": NAME, "error": str(error)}]}
    return {"predictions": [{"path": NAME, **as_json(model, symbols)}]}


def look(image: bytes, models: Sequence[Served], symbol: int | None = None) -> dict[str, Any]:
    """Every model's prediction for the picture, and for one of its symbols the input image, the hidden activations and
    the saliency map. symbol: see `explained`. Raises ImageError.
    """
    symbols = read_page(image, name=NAME).symbols
    return {"models": [_seen_by(one, symbols, symbol) for one in models]}


def explained(read: Sequence[Prediction], symbol: int | None = None) -> int:
    """Which of them is explained: the symbol of that number; the largest for None, and where there are fewer."""
    if symbol is not None and symbol < len(read):
        return symbol
    return max(range(len(read)), key=lambda place: read[place].symbol.area)


def chosen_pixels(image: bytes, model: Model, symbol: str | None) -> Floats:
    """(n,) pixels of the picture's symbol of that number, as `look` counts them from 0; None: the whole picture as one.

    Raises ImageError, LookupError where there is no such symbol.
    """
    if symbol is None:
        return read_photo(image, model.image_shape, name=NAME).pixels
    read = read_symbols(model, read_page(image, name=NAME).symbols)
    if not (symbol.isascii() and symbol.isdigit() and len(symbol) < 4 and int(symbol) < len(read)):
        raise LookupError("symbol: no such symbol in the picture")
    return read[int(symbol)].pixels


def largest_pixels(image: bytes, model: Model) -> Floats:
    """(n,) pixels of the picture's largest symbol, the one that `look` looks at. Raises ImageError."""
    read = read_symbols(model, read_page(image, name=NAME).symbols)
    return read[explained(read)].pixels


def _seen_by(served: Served, symbols: Sequence[Symbol], symbol: int | None) -> dict[str, Any]:
    model = served.model
    read = read_symbols(model, symbols)
    whole = as_json(model, read)
    chosen = explained(read, symbol)
    shown = read[chosen]
    seen = prepare(shown.pixels[None], model.image_shape, model.preprocess)
    *hidden, H = model.network.activations(model.theta, seen)
    stages = model.network.stages[1:-1]
    saliency = input_gradient(model.network, model.theta, seen, int(shown.scores.argmax()))[0]
    return {
        "model": served.name,
        "label": shown.label,
        "confidence": shown.confidence,
        "scores": shown.scores.tolist(),
        "explained": chosen,
        "known": whole["known"],
        "reading": whole["label"],
        "symbols": whole["symbols"],
        "outputs": np.asarray(H[0], float).tolist(),
        "labels": list(model.labels),
        "seen": image_json(np.clip(seen, 0, 1) * 255, model.image_shape, np.uint8),
        "layers": [
            np.round(_of_units(A[0], stage).astype(float), DECIMALS).tolist()
            for A, stage in zip(hidden, stages, strict=True)
        ],
        "saliency": signed_json(saliency, model.image_shape),
    }


def _of_units(A: Floats, stage: tuple[int, int, int]) -> Floats:
    """One number per unit; of a map the largest."""
    return np.asarray(A.reshape(stage[0], -1).max(axis=1))


def image_json(pixels: Floats, shape: Shape, dtype: type[np.integer[Any]]) -> dict[str, Any]:
    """Pixels as whole numbers of that dtype, row by row, in base64."""
    return {"rows": shape[0], "columns": shape[1], "pixels": as_base64(np.rint(pixels).astype(dtype))}


def signed_json(values: Floats, shape: Shape) -> dict[str, Any]:
    """Values of both signs as int8 from -127 to 127, and the value that 127 stands for."""
    most = max(float(np.abs(values).max()), 1e-12)
    steps = np.rint(values / most * 127).astype(np.int8)
    return {"rows": shape[0], "columns": shape[1], "values": as_base64(steps), "scale": most}


def as_base64(array: Any) -> str:
    """The array's bytes, row by row."""
    return base64.b64encode(array.tobytes()).decode("ascii")


# the models


def card(served: Served) -> dict[str, Any]:
    """A model's facts: everything but its weights."""
    model = served.model
    return {
        "name": served.name,
        "labels": list(model.labels),
        "image_shape": list(model.image_shape),
        "preprocess": list(model.preprocess),
        "layer_sizes": list(model.network.widths),
        "layers": model.network.title,
        "hidden": model.network.hidden,
        "output": model.network.output,
        "weights": model.network.size,
        "lam": model.lam,
        "settings": model.settings,
        "scores": model.scores,
        "costs": model.costs,
    }


def units(model: Model, most_units: int = MOST_UNITS) -> dict[str, Any]:
    """The weights of the first layer's units as images, 128 for 0, each scaled by its own largest weight."""
    weights = model.Thetas[0][:most_units, 1:]
    most = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12)
    return {
        "count": len(weights),
        **image_json(128 + 127 * weights / most, model.network.patch(model.image_shape), np.uint8),
    }
