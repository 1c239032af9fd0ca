"""Training images joined by digits in other styles, and by images of no digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.convert import NO_LABEL
from ..data.dataset import Digits
from ..errors import Digits20Error
from ..images.styles.digits import drawn, printed, written
from ..images.styles.others import no_digits

DRAWN, PENS = 600, 0.15  # how many are drawn; of the images, the share that is written again
OTHERS = 600  # of no digit


def with_styles(digits: Digits, rng: np.random.Generator) -> Digits:
    """The images, and behind them a share of them in other pens, 200 printed digits, 600 drawn ones, 600 of no digit.

    Those of no digit, letters, shapes, scribbles and two digits at once, have no label: see `Digits.labelled`.

    The new ones weigh as much as an image does that has no weight. Raises Digits20Error for labels that are not digits,
    and for images that a preprocessing step has changed.
    """
    label_of = {label: index for index, label in enumerate(digits.labels)}
    if not all(type(label) is int and 0 <= label <= 9 for label in digits.labels):
        raise Digits20Error("styles are made of the digits 0 to 9, and there are other labels")
    if digits.preprocess:
        raise Digits20Error(f"styles join images as they are read, not those prepared by {list(digits.preprocess)}")
    shape = digits.image_shape
    X, again = written(digits.X.astype(np.float64), shape, round(PENS * len(digits)), rng)
    parts = [(X, digits.y[again])]
    for images, numbers in (printed(shape, rng), drawn(shape, DRAWN, rng)):
        known = np.isin(numbers, digits.labels)
        parts.append((images[known], np.array([label_of[number] for number in numbers[known].tolist()], np.intp)))
    others = no_digits(shape, digits.X.astype(np.float64), OTHERS, rng)
    parts.append((others, np.full(len(others), NO_LABEL)))
    count = sum(len(y) for _, y in parts)
    weights = None if digits.sample_weight is None else np.concatenate([digits.sample_weight, np.ones(count)])
    return replace(
        digits,
        X=np.concatenate([digits.X, *(X.astype(digits.X.dtype) for X, _ in parts)]),
        y=np.concatenate([digits.y, *(y for _, y in parts)]),
        sample_weight=weights,
    )
