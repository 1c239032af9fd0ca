"""Why a network gives its answer: the last hidden layer's units, and what each adds to each output, for one drawing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..images.geometry import Floats, prepare
from ..images.photo import read_page, symbol_pixels
from ..learning.model import Model
from .answers import NAME, Served, image_json, signed_json

MOST_SHOWN = 25  # units; of more, those that add most
DECIMALS = 4


def why(image: bytes, served: Served) -> dict[str, Any]:
    """For the largest symbol of the picture: the input, the units of the last hidden layer, and the outputs' sums.

    An output's sum is base + Σ activation · weight over the shown units; base holds its bias and what all units add
    that are not shown. A unit's sum is bias + raised + lowered, the terms above and below 0. Raises ImageError.
    """
    model = served.model
    symbol = max(read_page(image, name=NAME).symbols, key=lambda one: one.area)
    seen = prepare(symbol_pixels(symbol, model.image_shape)[None], model.image_shape, model.preprocess)
    activations = [seen, *model.network.activations(model.theta, seen)]
    below = [np.asarray(A, float).reshape(-1) for A in activations]
    Thetas = model.Thetas
    known = len(below) > 2 and Thetas[-1].shape == (len(model.labels), 1 + below[-2].size)
    parts: dict[str, Any] = _outputs(below[-2], Thetas[-1]) if known else {"shown": np.arange(0), "weights": []}
    shown = parts.pop("shown")
    return {
        "model": served.name,
        "labels": list(model.labels),
        "output": model.network.output,
        "hidden": model.network.hidden,
        "layers": list(model.network.widths),
        "seen": image_json(np.clip(seen, 0, 1) * 255, model.image_shape, np.uint8),
        "base": _rounded(_logits(below[-1], model.network.output)),
        **parts,
        "units": _units(model, shown, below) if known else [],
    }


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
