"""Scales and orders the pixels of a file: row-major images with ink 1 on paper 0."""

from __future__ import annotations

import logging
import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from ..system.arguments import shown_value
from .dataset import square_shape, squares_near

Order = Literal["C", "F"]
Shape = tuple[int, int]
Floats = npt.NDArray[np.float64]

AS_IS = (-0.5, 1.5)  # bicubic interpolation overshoots 0..1 a little
BYTES = (-64.0, 320.0)  # and 0..255 too
DIM = 128.0  # where the largest byte is below, the scale may be another
WORDS = 65535
INKS = (*(2**bits - 1 for bits in (3, *range(5, 8), *range(9, 17))), 100, 1000)  # that divide whole numbers
FEW_GREYS = 8  # values: whole numbers below are all there are of them
PAPERS = (0.5, 1.0, 128.0)  # below 0 for paper, above it for ink
CENTRED = 0.01  # of the range: so near 0 is the mean of images whose mean was subtracted, or of their pixels
SOME = 0.1  # of the pixels
OVERSHOT = 1.5  # times ink: bicubic interpolation goes as far beyond -1..1
PALE = 0.5  # where no pixel is above, rows were brought to one length, or all were divided once too often
FAINT = 16.0  # what has no pixel above it is no image of bytes
BRIGHT, MOST = 0.75, 0.9  # paper, and the share of the images whose borders are such
SMALLEST_BORDER = 5  # rows or columns: below, most of an image is its border
LARGEST = 1e6  # times ink: no pixel of any picture, and beyond it arithmetic overflows
STRAY = 0.01  # of the ink: so small a share of pixels outside 0..1 are errors, not another scale

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class UnscaledImages:
    """The images and labels of a file, not yet scaled or ordered.

    X: (m, n) numbers. labels: m cells of text, or empty where there are none or they were not wanted. place: (row,
    pixel=None) -> its line and column, or image and pixel number, for messages. order: "F" for column-major images.
    shape: (rows, columns) of an image, None where the file does not tell. pixel_max: the value of ink, None where the
    kind of file does not tell. overwritable: whether X may be scaled where it is, which spares memory for another.
    """

    name: str
    X: npt.NDArray[Any]
    labels: Sequence[str]
    place: Callable[..., str]
    order: Order
    shape: Shape | None = None
    pixel_max: float | None = None
    overwritable: bool = False

    def over(self, divisor: float) -> npt.NDArray[Any]:
        """X divided."""
        return np.asarray(
            np.divide(self.X, divisor, out=self.X if self.overwritable and self.X.dtype == np.float64 else None)
        )

    def refuse(self, seen: str, row: int, pixel: int | None = None) -> DataFileError:
        return DataFileError(f"{self.name}{self.place(row, pixel)}: {seen}")


@dataclass(frozen=True)
class Scale:
    """What the user says of the pixels, None where it is inferred.

    pixel_min, pixel_max: the values of paper and ink. invert: whether ink and paper change places afterwards.
    """

    pixel_min: float | None = None
    pixel_max: float | None = None
    invert: bool | None = None


def row_major(raw: UnscaledImages, order: Order | None, scale: Scale) -> tuple[Floats, Shape]:
    """(m, n) row-major float64 images with ink 1 on paper 0, and their (rows, columns).

    order, scale: override what the file tells and what is inferred; None does not.
    Raises DataFileError for pixels of no known scale or shape.
    """
    X, shape, _ = scaled(raw, order, scale)
    return X, shape


def scaled(raw: UnscaledImages, order: Order | None, scale: Scale) -> tuple[Floats, Shape, Scale]:
    """What row_major returns, and the scale with all that was inferred."""
    _check(scale)
    check_order(order)
    shape = image_shape(raw)
    paper, ink = _paper_and_ink(raw, scale)
    X = _transposed(_between(raw, paper, ink).astype(np.float64, copy=False), order or raw.order, shape)
    invert = scale.invert
    if invert is None and (invert := _is_bright(X, shape)):
        log.warning("%s: bright paper and dark ink, inverted (--no-invert leaves it as it is)", raw.name)
    return 1 - X if invert else X, shape, Scale(paper, ink, invert)


def check_order(order: Any) -> None:
    """Raise Digits20Error unless it is None, "C" or "F"."""
    if order not in (None, "C", "F"):
        raise Digits20Error(f"order is {shown_value(order)}, expected 'C' or 'F'")


def _check(scale: Scale) -> None:
    low, high = scale.pixel_min, scale.pixel_max
    for name, value in (("pixel_min", low), ("pixel_max", high)):
        if value is not None and not isinstance(value, numbers.Real):
            raise Digits20Error(f"{name} is {shown_value(value)}, expected a number")
    if low is not None and not math.isfinite(low):
        raise Digits20Error(f"pixel_min {low}, expected a finite number")
    if high is not None and not (low or 0) < high < math.inf:
        raise Digits20Error(f"pixel_max {high}, expected a number above {low or 0:g}")


def _is_bright(X: Floats, shape: Shape) -> bool:
    """Whether nearly all images are dark ink on bright paper: bright along their borders, and mostly bright inside."""
    if min(shape) < SMALLEST_BORDER:
        return False
    images = X.reshape(-1, *shape)
    edges = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    bright = np.median(np.concatenate(edges, axis=1), axis=1) > BRIGHT
    return bool(bright.mean() > MOST and X.mean() > 0.5 and X.min() < 0.5)


def image_shape(raw: UnscaledImages) -> Shape:
    """(rows, columns) of an image: as the file tells, or the square."""
    pixels = raw.X.shape[1]
    shape = raw.shape or square_shape(pixels)
    if shape is None:
        raise DataFileError(f"{raw.name}: {pixels} pixels, expected {squares_near(pixels)}")
    return shape


def _transposed(X: Floats, order: Order, shape: Shape) -> Floats:
    return X if order == "C" else X.reshape(-1, *shape[::-1]).swapaxes(1, 2).reshape(X.shape)


def _paper_and_ink(raw: UnscaledImages, scale: Scale) -> tuple[float | None, float]:
    """The values of paper, None where that is 0, and ink."""
    low, high = float(raw.X.min()), float(raw.X.max())
    pixel_min, pixel_max = scale.pixel_min, scale.pixel_max or raw.pixel_max
    inks = PAPERS if pixel_max is None else (pixel_max,)
    ink = next((ink for ink in inks if pixel_min is None and _is_symmetric(raw.X, low, ink)), None)
    if ink is not None:
        pixel_min, pixel_max = -ink, 127 if ink == PAPERS[-1] else ink
        said = f"{raw.name}: pixels run from {low:g} to {high:g}, {pixel_min:g} taken for paper, {pixel_max:g} for ink"
        log.info("%s (--pixel-min and --pixel-max force others)", said)
    if pixel_min is not None:
        ink = high if pixel_max is None else pixel_max
        _check_extent(raw, pixel_min, ink)
        return pixel_min, ink
    if pixel_max is not None:
        _check_extent(raw, 0, pixel_max)
        return None, pixel_max
    if low >= 0 and 0 < high < PALE:
        log.warning("%s: no pixel above %.4g, taken for ink (--pixel-max 1 leaves them as they are)", raw.name, high)
        return None, high
    if AS_IS[0] <= low and high <= AS_IS[1]:
        return None, 1.0
    paper = _standardized_paper(raw.X, low, high)
    if paper is not None:
        said = f"{raw.name}: pixels run from {low:g} to {high:g}, standardized: {paper:g} is paper, {high:g} ink"
        log.warning("%s (--pixel-min and --pixel-max force others)", said)
        return paper, high
    if low < high and (low > 0 or high < FAINT) and np.all((low == raw.X) | (high == raw.X)):
        log.warning("%s: pixels are %g or %g, taken for paper and ink (--pixel-min, --pixel-max)", raw.name, low, high)
        return low, high
    divisor, doubtful = _divisor(raw, low, high)
    said = f"{raw.name}: pixels run from {low:g} to {high:g}, divided by {divisor}"
    log.log(logging.WARNING if doubtful else logging.INFO, "%s (--pixel-max forces another divisor)", said)
    return None, divisor


def _check_extent(raw: UnscaledImages, paper: float, ink: float) -> None:
    """Raise DataFileError for a pixel that is LARGEST times as far from paper as ink is, or more."""
    for extreme in (float(raw.X.max()), float(raw.X.min())):
        if abs(extreme - paper) >= LARGEST * (ink - paper) > 0:
            place = first_true(np.equal(raw.X, extreme))
            raise raw.refuse(f"pixel {extreme:g}, far from paper {paper:g} and ink {ink:g}", *place)


def _between(raw: UnscaledImages, low: float | None, high: float) -> npt.NDArray[Any]:
    """The pixels with ink 1 on paper 0."""
    if low is None:
        return raw.X if high == 1 else raw.over(high)
    if not high > low:
        raise DataFileError(f"{raw.name}: no pixel above --pixel-min {low:g}")
    return (raw.X - low) / (high - low)


def _is_symmetric(X: npt.NDArray[Any], low: float, ink: float) -> bool:
    """Whether the pixels run from -ink to ink, or a little beyond, and many of them are near -ink, the paper."""
    within = -OVERSHOT * ink <= low < -0.9 * ink and X.max() <= OVERSHOT * ink
    return bool(within and np.count_nonzero(-0.5 * ink > X) > SOME * X.size)


def _standardized_paper(X: npt.NDArray[Any], low: float, high: float) -> float | None:
    """The value of paper, which most pixels have, where mean and spread were brought to 0 and 1; None where not."""
    if not (-8 < low < -0.05 and 1.2 < high < 16) or abs(X.mean()) > 0.5:
        return None
    paper = float(np.median(X))
    near = np.count_nonzero(np.abs(X - paper) < 0.02 * (high - low))
    return paper if paper < 0 and near > SOME * X.size else None


def _divisor(raw: UnscaledImages, low: float, high: float) -> tuple[int, bool]:
    """What brings the pixels to 0..1, and whether that is a guess."""
    strays = _outside(raw.X, *AS_IS)
    if high <= AS_IS[1] or np.count_nonzero(strays) < STRAY * np.count_nonzero(raw.X):
        raise _out_of_range(raw, strays)
    if low < 0 and abs(raw.X.mean()) < CENTRED * (high - low):
        said = f"pixels run from {low:g} to {high:g} around 0, their mean was subtracted"
        raise DataFileError(
            f"{raw.name}: {said}; expected 0 to 1 or 0 to 255 (--pixel-min and --pixel-max force a scale)"
        )
    if low >= 0 and (high <= 16 or high in INKS) and np.array_equal(raw.X, np.rint(raw.X)):
        whole = int(high) if high in INKS or high < FEW_GREYS else 16
        if high <= BYTES[1] or np.median(raw.X[raw.X > 0]) > BYTES[1]:
            return whole, whole < WORDS
    if BYTES[0] <= low and FAINT < high <= BYTES[1]:
        return 255, high < DIM
    if low >= 0 and WORDS / 2 < high <= WORDS and np.median(raw.X[raw.X > 0]) > BYTES[1]:
        return WORDS, False
    beyond = _outside(raw.X, *BYTES)
    if not beyond.any():
        said = f"pixels run from {low:g} to {high:g}, expected 0 to 1 or 0 to 255"
        raise DataFileError(f"{raw.name}: {said} (--pixel-min and --pixel-max say which are paper and ink)")
    raise _out_of_range(raw, beyond)


def _outside(pixels: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.bool_]:
    return (pixels < low) | (pixels > high)


def _out_of_range(raw: UnscaledImages, strays: npt.NDArray[np.bool_]) -> DataFileError:
    row, pixel = first_true(strays)
    expected = "expected 0 to 1 or 0 to 255 (--pixel-max forces a divisor)"
    return raw.refuse(f"pixel {raw.X[row, pixel]:g}, {expected}", row, pixel)


def first_true(where: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the first True."""
    row, column = np.unravel_index(np.argmax(where), where.shape)
    return int(row), int(column)
