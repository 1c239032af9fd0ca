"""Whether a model knows images better turned, mirrored, inverted or with other labels: what nobody said of a file.

`data` knows no networks. The package itself, `digits20/__init__`, says which model judges digits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, shown
from ..system.arguments import shown_value
from ..types import Array, Label
from .dataset import DIGITS, Digits

SAMPLE = 500  # images that are looked at
KNOWN = 0.8  # accuracy from which on the images are of the model's kind
BETTER = 0.3  # accuracy, or share of sure answers, by which another way must be better
SURE = 0.9  # probability
FEW = {True: 10, False: 20}  # images with labels, or without: of fewer nothing is said
TURNS = {  # transposed, then mirrored left to right, then top to bottom
    (True, False, False): "rows and columns of the images exchanged (--order C or F forces one)",
    (False, True, False): "images mirrored left to right",
    (False, False, True): "images mirrored top to bottom",
    (False, True, True): "images turned by 180 degrees",
    (True, True, False): "images turned by 90 degrees clockwise",
    (True, False, True): "images turned by 90 degrees counter-clockwise",
    (True, True, True): "images mirrored along their rising diagonal",
}
BY_COLUMNS = "emnist-"  # files whose names begin so hold images stored by columns

log = logging.getLogger("digits20")


class Judge(Protocol):
    """A model that knows images of the kind: `learning.model.Model`."""

    @property
    def labels(self) -> tuple[Label, ...]: ...

    @property
    def image_shape(self) -> tuple[int, int]: ...

    def predict_proba(self, images: Any) -> Array: ...

    def known(self, images: Any) -> npt.NDArray[np.bool_]: ...


_of_digits: list[Callable[[], Judge]] = []


def judge_digits_by(load: Callable[[], Judge]) -> None:
    """Let that model say how images of digits stand; load: called where it is wanted."""
    _of_digits[:] = [load]


@dataclass(frozen=True)
class Correction:
    """How images are read otherwise than they are: transposed, inverted, their labels one lower.

    mirrored, flipped: left to right, top to bottom, after they have been transposed. zero_last: labels one higher, the
    last being 0, as places in one-hot columns for 1 to 9 and 0 are.
    """

    transposed: bool = False
    inverted: bool = False
    one_based: bool = False
    mirrored: bool = False
    flipped: bool = False
    zero_last: bool = False

    def __str__(self) -> str:
        turn = TURNS.get((self.transposed, self.mirrored, self.flipped), "")
        turned = self.mirrored or self.flipped
        words = {
            "mirrored" if self.mirrored else "flipped": f"{turn} (--order C or F leaves them as they are)",
            "transposed": "" if turned else turn,
            "inverted": "ink and paper exchanged (--invert or --no-invert forces one)",
            "one_based": "labels 1 to 10 read as 0 to 9 (--labels digits reads 10 as 0)",
            "zero_last": "labels 0 to 9 read as 1 to 9 and 0 (--labels digits leaves them as they are)",
        }
        return " and ".join(text for name, text in words.items() if text and getattr(self, name))

    def images(self, X: Array, shape: tuple[int, int]) -> Array:
        """(m, n) images read this way, of shape (rows, columns) before."""
        images = X.reshape(-1, *shape)
        images = images.swapaxes(1, 2) if self.transposed else images
        images = images[:, :, ::-1] if self.mirrored else images
        X = (images[:, ::-1] if self.flipped else images).reshape(X.shape)
        return 1 - X if self.inverted else X

    def digits(self, digits: Digits) -> Digits:
        """The images and labels read this way."""
        X = self.images(digits.X, digits.image_shape)
        shape = digits.image_shape[::-1] if self.transposed else digits.image_shape
        y = (digits.y - self.one_based + self.zero_last) % len(digits.labels)
        return replace(digits, X=X, y=y, image_shape=shape)


@dataclass(frozen=True)
class Undecided:
    """What the options do not say about the images, so that it may be detected."""

    order: bool = True
    invert: bool = True
    labels: bool = True

    def ways(self, labelled: bool) -> Iterator[Correction]:
        """Each other way to read them."""
        for one_based, zero_last in self._labels(labelled):
            for transposed in (False, True) if self.order else (False,):
                for inverted in (False, True) if self.invert else (False,):
                    if one_based or zero_last or transposed or inverted:
                        yield Correction(transposed, inverted, one_based, zero_last=zero_last)

    def turns(self, labelled: bool) -> Iterator[Correction]:
        """Each way to read them mirrored or turned."""
        for one_based, zero_last in self._labels(labelled):
            for transposed, mirrored, flipped in TURNS if self.order else ():
                if mirrored or flipped:
                    yield Correction(transposed, False, one_based, mirrored, flipped, zero_last)

    def _labels(self, labelled: bool) -> tuple[tuple[bool, bool], ...]:
        """(one_based, zero_last) of each way to read their labels."""
        return ((False, False), (True, False), (False, True)) if self.labels and labelled else ((False, False),)


def best_correction(model: Judge, digits: Digits, undecided: Undecided, labelled: bool = True) -> Correction | None:
    """The way in which `model` knows the images far better than as they are, None where there is none.

    labelled: whether their labels count; otherwise how sure the model is.
    """
    if labelled and not set(np.asarray(digits.labels)[np.unique(digits.y)].tolist()) <= set(model.labels):
        return None
    if len(digits) < FEW[labelled]:
        return None
    rows = np.unique(np.linspace(0, len(digits) - 1, min(len(digits), SAMPLE)).astype(np.intp))
    sample = digits.take(rows)
    now = _share(model, _answers(model, sample, labelled), sample if labelled else None)
    if now + BETTER >= 1:
        return None
    is_digits, of_digits = digits.labels == DIGITS, set(model.labels) == set(DIGITS)
    best = _best(model, sample, undecided.ways(labelled and is_digits), now, labelled)
    whole = not labelled and of_digits  # letters may look like a few turned digits: all ten must be there
    if best is None and is_digits and of_digits:
        best, whole = _best(model, sample, undecided.turns(labelled), now, labelled), True
    return best if best and (not whole or _all_ten(model, best.digits(sample), labelled)) else None


def _best(model: Judge, sample: Digits, ways: Iterable[Correction], now: float, labelled: bool) -> Correction | None:
    """The way with the highest score, if that is far above `now`."""
    square = sample.image_shape[0] == sample.image_shape[1]
    answers: dict[Correction, Array] = {}  # to the images read in some way, whatever their labels
    scores = {}
    for way in ways:
        if square or not way.transposed:
            images = replace(way, one_based=False, zero_last=False)
            if images not in answers:
                answers[images] = _answers(model, images.digits(sample), labelled)
            scores[way] = _share(model, answers[images], way.digits(sample) if labelled else None)
    best = max(scores, key=lambda way: scores[way], default=None)
    return best if best is not None and scores[best] > max(KNOWN, now + BETTER) else None


def _all_ten(model: Judge, sample: Digits, labelled: bool) -> bool:
    """Whether all ten digits are there: a few shapes of another kind may look like mirrored digits by chance."""
    seen = sample.y if labelled else model.predict_proba(sample.resized(model.image_shape).X).argmax(axis=1)
    return len(np.unique(seen)) == len(DIGITS)


def _answers(model: Judge, digits: Digits, labelled: bool) -> Array:
    """(m, K) how probable each label is; none is, without labels, where the model knows no such image."""
    images = digits.resized(model.image_shape).X
    answers = np.asarray(model.predict_proba(images))
    return answers if labelled else answers * model.known(images)[:, None]


def _share(model: Judge, answers: Array, digits: Digits | None) -> float:
    """The accuracy or, without labels, the share of images that the model knows and of which it is sure."""
    if digits is None:
        return float((answers.max(axis=1) > SURE).mean())
    places = {label: place for place, label in enumerate(model.labels)}
    known = np.array([places.get(label, -1) for label in digits.labels])
    return float((answers.argmax(axis=1) == known[digits.y]).mean())


def set_right(
    digits: Digits, name: str, undecided: Undecided, judge: Judge | None = None, labelled: bool = True
) -> Digits:
    """The images as they must be read, which is said where it is otherwise than they are; see `correction`."""
    way = correction(digits, name, undecided, judge, labelled)
    return way.digits(digits) if way else digits


def correction(
    digits: Digits, name: str, undecided: Undecided, judge: Judge | None = None, labelled: bool = True
) -> Correction | None:
    """How the images must be read otherwise than they are, said in one warning; None where they stand right.

    name: the path that they come from. judge: the model that knows them; None is the shipped one, for digits.
    """
    if judge is None and digits.labels == DIGITS and _of_digits:
        judge = _of_digits[0]()
    way = None
    if judge is not None:
        if not hasattr(judge, "predict_proba"):
            raise Digits20Error(f"judge is {shown_value(judge)}, expected a model")
        way = best_correction(judge, digits, undecided, labelled)
    elif undecided.order and _named_by_columns(name):
        way = Correction(transposed=True)
    elif undecided.order and not name.endswith(".mat"):
        log.info("%s: images taken row by row; where they stand column by column: --order F", shown(name))
    if way is not None:
        log.warning("%s: %s, since only then does the model recognize them", shown(name), way)
    return way


def _named_by_columns(path: str) -> bool:
    """Whether the file's name is one of EMNIST's, whose IDX and CSV files hold images stored by columns."""
    return Path(path).name.startswith(BY_COLUMNS) and ("idx" in path or ".csv" in path)
