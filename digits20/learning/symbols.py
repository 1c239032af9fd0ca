"""What a model reads in a picture of several symbols: touching ones are cut where the network is surest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..images.photo import symbol_pixels
from ..images.segment import Symbol
from ..images.symbols import cuts, wide
from ..types import Array, Label
from .confidence import REJECT
from .model import Model

MANY = 8  # symbols tell how wide one is
DEEPEST = 4  # cuts, one in the parts of another


@dataclass(frozen=True, eq=False)
class Prediction:
    """A symbol and what the model predicts for it.

    pixels: (n,) the image for the network. scores: (K,) probabilities, confidence the largest. certainty: from 0 to 1,
    low also where all outputs of the network are low. known: whether it is like what the model learned.
    """

    symbol: Symbol
    pixels: Array
    label: Label
    confidence: float
    scores: Array
    certainty: float
    known: bool = True


def read_symbols(model: Model, symbols: Sequence[Symbol], reject: float = REJECT) -> list[Prediction]:
    """A prediction for each symbol, in their order; a wide one is cut in two where the model is surer of the parts.

    reject: as in `Model.known`.
    """
    widest = _widest(symbols)
    whole = _predictions(model, symbols)
    read = [part for one in whole for part in (_cut_if_better(model, one) if one.symbol.width > widest else [one])]
    if not read:
        return []
    known = model.known(np.array([one.pixels for one in read]), reject)
    return [replace(one, known=bool(is_known)) for one, is_known in zip(read, known, strict=True)]


def _widest(symbols: Sequence[Symbol]) -> float:
    """Pixels: on a page of many symbols, one that is no wider than others of them is not two that touch."""
    return 1.3 * float(np.percentile([one.width for one in symbols], 80)) if len(symbols) >= MANY else 0.0


def _predictions(model: Model, symbols: Sequence[Symbol]) -> list[Prediction]:
    if not symbols:
        return []
    X = np.array([symbol_pixels(symbol, model.image_shape) for symbol in symbols])
    scores, certainties = model.predict_proba(X), model.outputs(X).max(axis=1)
    found = zip(symbols, X, scores, scores.argmax(axis=1), certainties, strict=True)
    return [
        Prediction(symbol, x, model.labels[best], float(row[best]), row, float(row[best] * certainty))
        for symbol, x, row, best, certainty in found
    ]


def _cut_if_better(model: Model, whole: Prediction, depth: int = 0) -> list[Prediction]:
    pairs = cuts(whole.symbol) if depth < DEEPEST and wide(whole.symbol) else []
    if not pairs:
        return [whole]
    parts = _predictions(model, [part for pair in pairs for part in pair])
    chosen = max(zip(parts[::2], parts[1::2], strict=True), key=lambda pair: min(one.certainty for one in pair))
    if min(one.certainty for one in chosen) < whole.certainty + _caution(whole.symbol):
        return [whole]
    return [part for one in chosen for part in _cut_if_better(model, one, depth + 1)]


def _caution(symbol: Symbol) -> float:
    """How much surer of both parts the model must be than of the whole: less, the wider the symbol is."""
    left, top, right, bottom = symbol.box
    return float(np.interp((right - left) / (bottom - top), (1.3, 1.6, 1.9), (1.0, 0.3, -0.4)))


def number(model: Model, predictions: Sequence[Prediction]) -> Label:
    """The label of a single symbol; of several, a text: their labels in a row, lines apart by a space.

    Labels of more than one letter are apart by a space too.
    """
    if len(predictions) == 1:
        return predictions[0].label
    between = "" if all(len(str(label)) == 1 for label in model.labels) else " "
    lines: dict[int, list[str]] = {}
    for one in predictions:
        lines.setdefault(one.symbol.line, []).append(str(one.label))
    return " ".join(between.join(line) for line in lines.values())


def as_json(model: Model, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """label, confidence, known, scores and symbols, as JSON has them.

    Of several symbols, confidence is the product, known whether all are, and scores are None.
    """
    return {
        "label": number(model, predictions),
        "confidence": float(np.prod([one.confidence for one in predictions])),
        "known": all(one.known for one in predictions),
        "scores": predictions[0].scores.tolist() if len(predictions) == 1 else None,
        "symbols": [
            {"box": list(one.symbol.box), "label": one.label, "confidence": one.confidence, "known": one.known}
            for one in predictions
        ],
    }
