"""Why a network gives its answer to a drawing: its feature maps, its last hidden units, and what each adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..images.geometry import Floats, prepare
from ..images.photo import read_page, symbol_pixels
from ..learning.model import Model
from ..learning.symbols import as_json, read_symbols
from .answers import NAME, Served, as_base64, explained, image_json, signed_json

MOST_SHOWN = 25  # units; of more, those that add most
MOST_MAPS = 64
DECIMALS = 4


def why(
    image: bytes, served: Served, off: Sequence[int] = (), symbol: int | None = None, reader: Model | None = None
) -> dict[str, Any]:
    """For one symbol of the picture: the input, the units of the last hidden layer, and the outputs' sums.

    symbol: its number among those that `reader` reads, or the largest, see `answers.explained`; reader None is the
    model itself. An output's sum is base + Σ activation · weight over the shown units; base holds its bias and what all
    units add that are not shown. A unit's sum is bias + raised + lowered, the terms above and below 0. off: feature
    maps of the first convolution, from 0, that are taken as 0 everywhere. Raises ImageError.
    """
    model = served.model
    reader = reader or model
    read = read_symbols(reader, read_page(image, name=NAME).symbols)
    chosen = explained(read, symbol)
    seen = prepare(symbol_pixels(read[chosen].symbol, model.image_shape)[None], model.image_shape, model.preprocess)
    activations = [seen, *model.network.activations(model.theta, seen)]
    maps = _maps(model, activations[1])
    if maps and off:
        activations = [seen, *_without(model, activations[1], off)]
    below = [np.asarray(A, float).reshape(-1) for A in activations]
    Thetas = model.Thetas
    known = len(below) > 2 and Thetas[-1].shape == (len(model.labels), 1 + below[-2].size)
    parts: dict[str, Any] = _outputs(below[-2], Thetas[-1]) if known else {"shown": np.arange(0), "weights": []}
    shown = parts.pop("shown")
    return {
        "model": served.name,
        "symbols": as_json(reader, read)["symbols"],
        "explained": chosen,
        "labels": list(model.labels),
        "output": model.network.output,
        "hidden": model.network.hidden,
        "layers": list(model.network.widths),
        **({"maps": maps} if maps else {}),
        "seen": image_json(np.clip(seen, 0, 1) * 255, model.image_shape, np.uint8),
        "base": _rounded(_logits(below[-1], model.network.output)),
        **parts,
        "units": _units(model, shown, below) if known else [],
    }


def _maps(model: Model, A: Floats) -> dict[str, Any] | None:
    """The first convolution's maps, pooled as the layer above sees them, on one scale; each one's weights on its own.

    None where the first layer has no maps.
    """
    channels, rows, columns = model.network.stages[1]
    if (rows, columns) == (1, 1):
        return None
    count = min(channels, MOST_MAPS)
    filters = model.Thetas[0][:count, 1:]
    patch = model.network.patch(model.image_shape)
    return {
        "count": count,
        "rows": rows,
        "columns": columns,
        "values": as_base64(_signed(A.reshape(channels, -1)[:count])),
        "filters": {
            "rows": patch[0],
            "columns": patch[1],
            "values": as_base64(np.array([_signed(one) for one in filters])),
        },
    }


def _signed(values: Floats) -> Any:
    """As int8 from -127 to 127, the largest of them 127."""
    return np.rint(127 * values / max(float(np.abs(values).max()), 1e-12)).astype(np.int8)


def _without(model: Model, A: Floats, off: Sequence[int]) -> list[Floats]:
    """The activations of all layers where those maps of the first are 0."""
    channels = model.network.stages[1][0]
    left = np.array(A)
    left.reshape(channels, -1)[[channel for channel in off if channel < channels]] = 0
    above = model.network.above(1)
    return [left, *above.activations(model.theta[model.Thetas[0].size :], left)]


def _outputs(A: Floats, Theta: Floats) -> dict[str, Any]:
    """The units that add most, their weights to each output, and the outputs' sums without them."""
    adds = A * Theta[:, 1:]
    shown = np.sort(np.argsort(-np.abs(adds).max(axis=0), kind="stable")[:MOST_SHOWN])
    base = Theta[:, 0] + adds.sum(axis=1) - adds[:, shown].sum(axis=1)
    return {"shown": shown, "base": _rounded(base), "weights": _rounded(Theta[:, 1 + shown])}


def _units(model: Model, shown: Any, below: list[Floats]) -> list[dict[str, Any]]:
    Theta, A = model.Thetas[-2], below[-2]
    dense = Theta.shape == (A.size, 1 + below[-3].size)
    picture = dense and len(below) == 3  # its weights are one for each pixel
    return [
        {
            "number": int(unit) + 1,
            "activation": round(float(A[unit]), DECIMALS),
            **(_sum(Theta[unit], below[-3]) if dense else {}),
            **({"pattern": signed_json(Theta[unit, 1:], model.image_shape)} if picture else {}),
        }
        for unit in shown
    ]


def _sum(weights: Floats, A: Floats) -> dict[str, float]:
    terms = weights[1:] * A
    parts = {"bias": weights[0], "raised": terms[terms > 0].sum(), "lowered": terms[terms < 0].sum()}
    return {name: round(float(value), DECIMALS) for name, value in parts.items()}


def _logits(H: Floats, output: str) -> Floats:
    H = np.clip(H, 1e-12, 1 - 1e-12)
    return np.log(H) if output == "softmax" else np.log(H / (1 - H))


def _rounded(values: Floats) -> Any:
    return np.round(np.asarray(values, float), DECIMALS).tolist()
