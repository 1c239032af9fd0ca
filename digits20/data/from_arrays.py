"""Images and labels as other libraries hand them over, to Digits, by the rules of `load`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from .dataset import Digits
from .labels import indexed
from .orientation import Judge, Undecided, set_right
from .pixels import row_major
from .readers.arrays import roles
from .readers.labels import cells
from .readers.table import LabelKind, place_in_array
from .scale import Order, Scale, UnscaledImages

NAME = "the arrays"


def from_arrays(
    images: Any,
    y: Any,
    *,
    labels: LabelKind | None = None,
    order: Order | None = None,
    pixel_min: float | None = None,
    pixel_max: float | None = None,
    invert: bool | None = None,
    judge: Judge | None = None,
) -> Digits:
    """The images with their labels; see `Digits.from_arrays`."""
    X, marks = _images(images), _labels(y)
    if len(X) != len(marks):
        raise DataFileError(f"{NAME}: {len(X)} images but {len(marks)} labels")
    if not X.size:
        raise DataFileError(f"{NAME}: empty")
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    rows = X.reshape(len(X), -1).astype(np.float64)
    raw = UnscaledImages(NAME, rows, marks, place_in_array, order or "C", shape)
    if not np.isfinite(rows).all():
        bad = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise raw.refuse("a pixel that is not a finite number", bad)
    known = {str(digit) for digit in range(11)}
    places, names = indexed(raw, labels or ("digits" if set(marks) <= known else "any"))
    pixels, shape = row_major(raw, order, Scale(pixel_min, pixel_max, invert))
    digits = Digits(pixels, np.array(places, np.intp), names, shape)
    return set_right(digits, NAME, Undecided(order is None, invert is None, labels is None), judge)


def _images(images: Any) -> npt.NDArray[Any]:
    """(m, n) or (m, rows, columns) numbers."""
    try:
        X = _array(images)
        if X.dtype == object:  # pictures of Pillow's, or a column of lists
            X = np.stack([_array(image) for image in images])
    except (ValueError, TypeError):
        raise DataFileError(f"{NAME}: images of different shapes, expected one shape") from None
    if X.dtype.kind not in "buif":
        raise DataFileError(f"{NAME}: the images hold {X.dtype}, expected numbers")
    if X.ndim == 4 and 1 in (X.shape[1], X.shape[3]):
        X = X.squeeze(axis=3 if X.shape[3] == 1 else 1)
    if X.ndim not in (2, 3):
        raise DataFileError(f"{NAME}: images of shape {X.shape}, expected one grey image per row")
    return X


def _array(values: Any) -> npt.NDArray[Any]:
    """NumPy's array of them; of a tensor that is traced for gradients or lies elsewhere, its plain copy."""
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        return np.stack([_array(value) for value in values])
    return np.asarray(values.detach().cpu().resolve_neg() if hasattr(values, "detach") else values)


def _labels(y: Any) -> list[str]:
    try:
        array = _array(y)
    except ValueError:
        raise Digits20Error("the labels: lists of different lengths") from None
    hot = roles.one_hot(array)
    if hot is not None:
        return cells(hot)
    if array.size != max(array.shape, default=0):
        raise DataFileError(f"{NAME}: labels of shape {array.shape}, expected one for each image")
    return cells(array.ravel())
