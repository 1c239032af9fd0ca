"""What the shapes of arrays tell: one image per row or per column, channels, labels in a row or one-hot."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError
from ...convert import square_shape
from . import roles

Array = npt.NDArray[Any]

ALIKE = 0.75  # of the difference along the other axis
LOOK = 1024  # rows and columns
SMALLEST = 4  # rows of an image
COLOURS = (3, 4)  # channels

log = logging.getLogger("digits20")


def label_row(y: Array, name: str, variable: str) -> Array:
    """(m,) labels of (m,), (m, 1), (1, m) or one-hot (m, K) or (K, m)."""
    if y.dtype.kind not in "buifSUO":
        raise DataFileError(f"{name}: {printable(variable)} holds {y.dtype}, expected labels")
    if y.size == max(y.shape, default=0):
        return y.ravel()
    for turned in (y, y.T):
        hot = roles.one_hot(turned)
        if hot is not None:
            return hot
    raise DataFileError(f"{name}: {printable(variable)} is {_size(y)}, expected one label per row")


def images_of(X: Array, y: Array | None, name: str, variable: str, by_rows: bool = False) -> tuple[Array, bool]:
    """(m, n) or (m, rows, columns) numbers, and whether they came with one image per column. A channel is left out.

    by_rows: whether each row of a square array is an image, however it looks.
    """
    if X.dtype.kind not in "buif":
        raise DataFileError(f"{name}: {printable(variable)} holds text, expected numbers")
    if X.ndim == 4 and 1 in (X.shape[1], X.shape[2], X.shape[3]):
        X = X.squeeze(axis=next(axis for axis in (3, 1, 2) if X.shape[axis] == 1))
    if X.ndim == 4 and (X.shape[3] in COLOURS or X.shape[1] in COLOURS):
        grey = "[..., :3].mean(axis=3)" if X.shape[3] in COLOURS else "[:, :3].mean(axis=1)"
        variable = printable(variable)
        raise DataFileError(f"{name}: {variable} is {_size(X)}, images in colour, make them grey: {variable}{grey}")
    if X.ndim not in (2, 3):
        raise DataFileError(f"{name}: {printable(variable)} is {_size(X)}, expected one image per row")
    last = X.shape[-1] == len(y) != X.shape[0] if y is not None else X.ndim == 2 and _only_columns_are_square(X)
    if not by_rows and 1 < X.shape[0] == X.shape[-1] and last_axis_tells_images(X):
        said = "an image taken from each column" if X.ndim == 2 else "the last number tells the image"
        said = f"{printable(variable)} is {_size(X)}, {said}, as the pixels look"
        log.warning("%s: %s (--order C or F: the first tells it)", name, said)
        last = True
    return (np.moveaxis(X, -1, 0), True) if last else (X, False)


def last_axis_tells_images(X: Array) -> bool:
    """Whether a square array (n, n) or (side, rows, side) holds an image in each of its columns, as its pixels look.

    Pixels one row of an image apart are more alike than those half a row apart; images in any order are not.
    """
    X = X[:LOOK, ..., :LOOK]
    side = math.isqrt(len(X)) if X.ndim == 2 else 1
    if X.ndim == 2 and side < SMALLEST:
        return False
    first, last = (_unlike(X, side, axis) / (_unlike(X, side // 2, axis) if X.ndim == 2 else 1) for axis in (0, -1))
    return first < ALIKE * last


def _unlike(X: Array, lag: int, axis: int) -> float:
    """The mean difference of values so far apart along an axis."""
    X = np.moveaxis(X, axis, 0).astype(np.float64)
    return float(np.abs(X[lag:] - X[:-lag]).mean()) or math.inf


def _only_columns_are_square(X: Array) -> bool:
    rows, columns = X.shape
    return square_shape(columns) is None and square_shape(columns - 1) is None and square_shape(rows) is not None


def _size(array: Array) -> str:
    return "×".join(map(str, array.shape)) or "a single number"


def found_names(names: Collection[str]) -> str:
    """The names as a message shows them."""
    return printable(", ".join(sorted(names)[:8]) or "nothing")


def printable(text: str) -> str:
    """The text, cut and fit for one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:80])
