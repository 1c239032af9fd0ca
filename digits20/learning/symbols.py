"""What a model reads in a picture of several symbols: touching ones are cut where the network is surest."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..images.finding.segment import Symbol
from ..images.finding.touching import aspect, parts, places
from ..images.photo import symbol_pixels
from ..types import Array, Label
from .confidence import REJECT
from .model import Model

MANY = 8  # symbols tell how wide one is
WIDE, NARROW = 1.05, 0.6  # width over height from which a symbol may be two; the second if the network doubts it
DOUBTED = 0.5  # certainty below which it does
LITTLE = 0.25  # how much surer of the parts of such a symbol the model must be
STROKE = 0.6  # width over height of what may be a stroke of a letter
SURE = 0.98  # certainty of each of them: what is no digit has parts that look a little like one, too


@dataclass(frozen=True, eq=False)
class Prediction:
    """A symbol and what the model predicts for it.

    pixels: (n,) the image for the network. scores: (K,) probabilities, confidence the largest. outputs: (K,) the
    output units' own values. certainty: from 0 to 1, low also where all outputs are low. known: whether it is like what
    the model learned; None where the model cannot tell, as no images were held out.
    """

    symbol: Symbol
    pixels: Array
    label: Label
    confidence: float
    scores: Array
    outputs: Array
    known: bool | None = None

    @property
    def certainty(self) -> float:
        return self.confidence * float(self.outputs.max())


def read_symbols(model: Model, symbols: Sequence[Symbol], reject: float = REJECT) -> list[Prediction]:
    """A prediction for each symbol, in their order; of several that touch, one for each, where the model is surest.

    reject: as in `Model.known`.
    """
    widest = _widest(symbols)
    whole = _predictions(model, symbols)
    read = [part for one in whole for part in (_cut_if_better(model, one) if one.symbol.width > widest else [one])]
    if not read:
        return []
    known = known_or_none(model, np.array([one.pixels for one in read]), reject)
    return [replace(one, known=is_known) for one, is_known in zip(read, known, strict=True)]


def known_or_none(model: Model, images: Any, reject: float = REJECT) -> list[bool | None]:
    """`Model.known` of each image; None of all where no images were held out."""
    known: list[bool | None] = model.known(images, reject).tolist()
    return known if model.confidence else [None] * len(known)


def _widest(symbols: Sequence[Symbol]) -> float:
    """Pixels: on a page of many symbols, one that is no wider than others of them is not two that touch."""
    return 1.3 * float(np.percentile([one.width for one in symbols], 80)) if len(symbols) >= MANY else 0.0


def _predictions(model: Model, symbols: Sequence[Symbol]) -> list[Prediction]:
    if not symbols:
        return []
    X = np.array([symbol_pixels(symbol, model.image_shape) for symbol in symbols])
    scores = model.predict_proba(X)
    found = zip(symbols, X, scores, scores.argmax(axis=1), model.outputs(X), strict=True)
    return [Prediction(one, x, model.labels[best], float(row[best]), row, H) for one, x, row, best, H in found]


def _cut_if_better(model: Model, whole: Prediction) -> list[Prediction]:
    """The symbol as it is, or the parts of which the model is so much surer that two or more must touch there."""
    wide, doubted = aspect(whole.symbol) > WIDE, whole.certainty < DOUBTED
    if not (wide or (doubted and aspect(whole.symbol) > NARROW)):
        return [whole]
    between = parts(whole.symbol)
    read = dict(zip(between, _predictions(model, list(between.values())), strict=True))
    if doubted:
        read = {ends: one for ends, one in read.items() if one.certainty > SURE}
    sure, chosen = _surest(read, len(places(whole.symbol)) - 1)
    better = sure > whole.certainty + (LITTLE if doubted else _caution(whole.symbol))
    return chosen if better and not _of_strokes(chosen) else [whole]


def _of_strokes(chosen: Sequence[Prediction]) -> bool:
    """Whether two neighbours are as narrow as strokes: ones seldom touch one another, but the strokes of a W do."""
    narrow = [aspect(one.symbol) < STROKE for one in chosen]
    return any(left and right for left, right in itertools.pairwise(narrow))


def _surest(read: dict[tuple[int, int], Prediction], end: int) -> tuple[float, list[Prediction]]:
    """The largest product of certainties of parts side by side, from place 0 to place `end`, and these parts."""
    best: dict[int, tuple[float, list[Prediction]]] = {0: (1.0, [])}
    for (start, stop), one in sorted(read.items(), key=lambda item: item[0][1]):
        if start in best:
            sure = best[start][0] * one.certainty
            if sure > best.get(stop, (0.0, []))[0]:
                best[stop] = sure, [*best[start][1], one]
    return best.get(end, (0.0, []))


def _caution(symbol: Symbol) -> float:
    """How much surer of the parts the model must be than of a whole of which it is sure: less, the wider that is."""
    return float(np.interp(aspect(symbol), (1.3, 1.6, 1.9), (1.0, 0.3, -0.4)))


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
    """label, confidence, known, scores, outputs and symbols, as JSON has them.

    Of several symbols, confidence is the product, known whether all are, and scores and outputs are None.
    """
    alone = predictions[0] if len(predictions) == 1 else None
    return {
        "label": number(model, predictions),
        "confidence": float(np.prod([one.confidence for one in predictions])),
        "known": all(one.known for one in predictions) if model.confidence else None,
        "scores": alone.scores.tolist() if alone else None,
        "outputs": alone.outputs.tolist() if alone else None,
        "symbols": [
            {"box": list(one.symbol.box), "label": one.label, "confidence": one.confidence, "known": one.known}
            for one in predictions
        ],
    }
