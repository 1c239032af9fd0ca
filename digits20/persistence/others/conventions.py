"""How others' weights are to be read where nobody says it: so that their network recognizes the shipped digits."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ...data.dataset import DIGITS
from ...data.load import load_digits
from ...errors import Digits20Error, percent
from ...learning.model import Model
from ...types import Hidden

SAMPLE = 200  # digits that are looked at
USUAL = 0.9  # accuracy from which on nothing else is tried
KNOWN, BETTER = 0.8, 0.15  # accuracy from which on another way is one of digits; by how much it must be better
MISREAD = 0.5  # accuracy below which it is no network of such digits
MAX_WEIGHTS = 4_000_000  # of larger networks nothing is tried
HIDDEN: tuple[Hidden, ...] = ("sigmoid", "tanh", "relu")

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Convention:
    """hidden: the activation. by_column: images column by column. ten_is_zero: the last of ten units is the digit 0.

    bias_last: the biases in the last column of each matrix, not in column 0.
    """

    hidden: Hidden
    by_column: bool
    ten_is_zero: bool
    bias_last: bool = False

    def __str__(self) -> str:
        order = f'order="{"F" if self.by_column else "C"}"'
        bias = ", biases in the last column" if self.bias_last else ""
        return f'hidden="{self.hidden}", {order}, ten_is_zero={self.ten_is_zero}{bias}'


@dataclass(frozen=True)
class Undecided:
    """What neither the file nor the caller says about the weights."""

    hidden: bool
    order: bool
    ten_is_zero: bool
    bias_column: bool

    def others(self, usual: Convention) -> Iterator[Convention]:
        """Each other way to read them."""
        choices = itertools.product(
            HIDDEN if self.hidden else (usual.hidden,),
            (False, True) if self.order else (usual.by_column,),
            (False, True) if self.ten_is_zero else (usual.ten_is_zero,),
            (False, True) if self.bias_column else (False,),
        )
        return (way for way in itertools.starmap(Convention, choices) if way != usual)


def most_likely(build: Callable[[Convention], Model], usual: Convention, undecided: Undecided, name: str) -> Model:
    """The model built in the usual way, or in that which recognizes the shipped digits where the usual one does not."""
    model = build(usual)
    if model.labels != DIGITS or model.network.size > MAX_WEIGHTS:
        return model
    digits = load_digits().shuffle(np.random.default_rng(0)).take(np.arange(SAMPLE)).resized(model.image_shape)
    now = model.accuracy(digits)
    if now >= USUAL:
        return model
    models = dict(_built(build, undecided.others(usual)))
    scores = {way: one.accuracy(digits) for way, one in models.items()}
    best = max(scores, key=lambda way: scores[way], default=usual)
    if scores.get(best, 0) <= max(KNOWN, now + BETTER):
        most = max(now, scores.get(best, 0))
        if most < MISREAD:
            said = f"{name}: in no reading does it recognize more than {percent(most)} of the shipped digits"
            log.warning("%s; was it trained on pixels of 0 to 255, on dark ink, or on other images?", said)
        return model
    log.warning("%s: read with %s, since only then does it recognize digits", name, best)
    return models[best]


def _built(build: Callable[[Convention], Model], ways: Iterator[Convention]) -> Iterator[tuple[Convention, Model]]:
    """The models of the ways that make one: a relu may leave the range of numbers where a sigmoid does not."""
    for way in ways:
        with contextlib.suppress(Digits20Error):
            yield way, build(way)
