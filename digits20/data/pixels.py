"""Scales and orders the pixels of a file: row-major images with ink 1 on paper 0."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from .dataset import square_shape, squares_near

Order = Literal["C", "F"]
Shape = tuple[int, int]
Floats = npt.NDArray[np.float64]

AS_IS = (-0.5, 1.5)  # bicubic interpolation overshoots 0..1 a little
BYTES = (-64.0, 320.0)  # and 0..255 too
DIM = 128.0  # where the largest byte is below, the scale may be another
STRAY = 0.01  # of the ink: so small a share of pixels outside 0..1 are errors, not another scale

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Raw:
    """The images and labels of a file, not yet scaled or ordered.

    X: (m, n) numbers. labels: m cells of text, or empty where there are none or they were not wanted. place: (row,
    pixel=None) -> its line and column, or image and pixel number, for messages. order: "F" for column-major images.
    shape: (rows, columns) of an image, None where the file does not tell. pixel_max: the value of ink, None where the
    kind of file does not tell.
    """

    name: str
    X: npt.NDArray[Any]
    labels: Sequence[str]
    place: Callable[..., str]
    order: Order
    shape: Shape | None = None
    pixel_max: float | None = None

    def refuse(self, seen: str, row: int, pixel: int | None = None) -> DataFileError:
        return DataFileError(f"{self.name}{self.place(row, pixel)}: {seen}")


def row_major(raw: Raw, order: Order | None, pixel_max: float | None) -> tuple[Floats, Shape]:
    """(m, n) row-major float64 images with ink 1 on paper 0, and their (rows, columns).

    order, pixel_max: override what the file tells; None does not.
    Raises DataFileError for pixels of no known scale or shape.
    """
    if pixel_max is not None and not 0 < pixel_max < math.inf:
        raise Digits20Error(f"pixel_max {pixel_max}, expected a number above 0")
    shape = image_shape(raw)
    X = _scaled(raw, pixel_max or raw.pixel_max).astype(np.float64, copy=False)
    return _transposed(X, order or raw.order, shape), shape


def image_shape(raw: Raw) -> Shape:
    """(rows, columns) of an image: as the file tells, or the square."""
    pixels = raw.X.shape[1]
    shape = raw.shape or square_shape(pixels)
    if shape is None:
        raise DataFileError(f"{raw.name}: {pixels} pixels, expected {squares_near(pixels)}")
    return shape


def _transposed(X: Floats, order: Order, shape: Shape) -> Floats:
    return X if order == "C" else X.reshape(-1, *shape[::-1]).swapaxes(1, 2).reshape(X.shape)


def _scaled(raw: Raw, pixel_max: float | None) -> npt.NDArray[Any]:
    """The pixels with ink 1 on paper 0."""
    if pixel_max is not None:
        return raw.X / pixel_max
    low, high = raw.X.min(), raw.X.max()
    if AS_IS[0] <= low and high <= AS_IS[1]:
        return raw.X
    divisor, doubtful = _divisor(raw, low, high)
    said = f"{raw.name}: pixels run from {low:g} to {high:g}, divided by {divisor}"
    log.log(logging.WARNING if doubtful else logging.INFO, "%s (--pixel-max forces another divisor)", said)
    return raw.X / divisor


def _divisor(raw: Raw, low: float, high: float) -> tuple[int, bool]:
    """What brings the pixels to 0..1, and whether that is a guess."""
    strays = _outside(raw.X, *AS_IS)
    if high <= AS_IS[1] or np.count_nonzero(strays) < STRAY * np.count_nonzero(raw.X):
        raise _out_of_range(raw, strays)
    if low >= 0 and high <= 16 and np.array_equal(raw.X, np.rint(raw.X)):
        return 16, True
    if BYTES[0] <= low and high <= BYTES[1]:
        return 255, high < DIM
    raise _out_of_range(raw, _outside(raw.X, *BYTES))


def _outside(pixels: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.bool_]:
    return (pixels < low) | (pixels > high)


def _out_of_range(raw: Raw, strays: npt.NDArray[np.bool_]) -> DataFileError:
    row, pixel = first_true(strays)
    seen = f"pixel {raw.X[row, pixel]:g}, expected 0 to 1 or 0 to 255 (--pixel-max forces a divisor)"
    return raw.refuse(seen, row, pixel)


def first_true(where: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the first True."""
    row, column = np.unravel_index(np.argmax(where), where.shape)
    return int(row), int(column)
