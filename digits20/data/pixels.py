"""Images as they stand in a file, and how they become rows of pixels with ink 1 on paper 0."""

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
DIM = 128.0  # bytes that never reach this may be another scale
STRAY = 0.01  # of the ink: so few pixels outside 0..1 are mistakes, not another scale

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Raw:
    """What a file holds, as it stands there.

    X: (m, n) numbers. labels: m cells, none where the file has none or nobody asked. place: (row, pixel=None) -> where
    that stands in the file. order: "F" for column-major images. shape: of an image, where the file tells.
    pixel_max: what ink is, where the kind of file tells.
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


def upright(raw: Raw, order: Order | None, pixel_max: float | None) -> tuple[Floats, Shape]:
    """(m, n) row-major float64 images with ink 1 on paper 0, and their (rows, columns).

    order and pixel_max outweigh what the file tells. Raises DataFileError for pixels of no known scale or shape.
    """
    if pixel_max is not None and not 0 < pixel_max < math.inf:
        raise Digits20Error(f"pixel_max {pixel_max}, expected a number above 0")
    shape = image_shape(raw)
    X = _scaled(raw, pixel_max or raw.pixel_max).astype(np.float64, copy=False)
    return _row_major(X, order or raw.order, shape), shape


def image_shape(raw: Raw) -> Shape:
    """(rows, columns) of an image: as the file tells, or the square."""
    pixels = raw.X.shape[1]
    shape = raw.shape or square_shape(pixels)
    if shape is None:
        raise DataFileError(f"{raw.name}: {pixels} pixels, expected {squares_near(pixels)}")
    return shape


def _row_major(X: Floats, order: Order, shape: Shape) -> Floats:
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
        raise _strange(raw, strays)
    if low >= 0 and high <= 16 and np.array_equal(raw.X, np.rint(raw.X)):
        return 16, True
    if BYTES[0] <= low and high <= BYTES[1]:
        return 255, high < DIM
    raise _strange(raw, _outside(raw.X, *BYTES))


def _outside(pixels: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.bool_]:
    return (pixels < low) | (pixels > high)


def _strange(raw: Raw, strays: npt.NDArray[np.bool_]) -> DataFileError:
    row, pixel = first_true(strays)
    seen = f"pixel {raw.X[row, pixel]:g}, expected 0 to 1 or 0 to 255 (--pixel-max forces a divisor)"
    return raw.refuse(seen, row, pixel)


def first_true(where: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the first True."""
    row, column = np.unravel_index(np.argmax(where), where.shape)
    return int(row), int(column)
