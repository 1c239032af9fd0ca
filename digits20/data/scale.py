"""Which pixel values of a file are paper and ink: what the user says, or what their range tells."""

from __future__ import annotations

import logging
import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from ..system.arguments import one_of, shown_value
from .readers.unscaled import UnscaledImages, first_true

Floats = npt.NDArray[np.float64]
Ends = tuple[float, float]  # the values of paper and ink

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
LARGEST = 1e6  # times ink: no pixel of any picture, and beyond it arithmetic overflows
GREY = 0.1  # of the largest pixel: what has hardly any below it has grey paper
LOOK, FEWEST = 1000, (0.5, 99.5)  # images that are looked at, and the per cent of their pixels that may be strays
SHIFTED, MANY = 0.05, 0.3  # of the largest pixel below 0, and the share of the pixels there: something was subtracted
OVERSHOOT = 0.35  # of ink: how far beyond it interpolated images go
SEVERAL = 0.01  # of the images
NEXT = 16  # a scale beside that of bytes
STRAY = 0.01  # of the ink: so small a share of pixels outside 0..1 are errors, not another scale

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Scale:
    """What the user says of the pixels, None where it is inferred.

    pixel_min, pixel_max: the values of paper and ink. invert: whether ink and paper change places afterwards.
    """

    pixel_min: float | None = None
    pixel_max: float | None = None
    invert: bool | None = None


def to_unit(raw: UnscaledImages, scale: Scale) -> tuple[npt.NDArray[Any], float | None, float, bool]:
    """(m, n) the images with ink 1 on paper 0; the values of paper, None where that is 0, and of ink; whether there
    were images of two scales. Raises DataFileError for pixels of no known scale.
    """
    _check(scale)
    paper, ink = _paper_and_ink(raw, scale)
    unit = _between(raw, paper, ink)
    if ink < DIM or scale != Scale(invert=scale.invert):
        return unit, paper, ink, False
    brightest = unit.max(axis=1)
    faint = (brightest > 0) & (brightest <= NEXT / ink)
    if not 1 < faint.sum() > SEVERAL * len(unit):
        return unit, paper, ink, False
    most = float(brightest[faint].max()) * ink
    said = (
        f"{raw.name}: {int(faint.sum())} of {len(unit)} images have no pixel above {most:g}, the others up to {ink:g}"
    )
    if most > AS_IS[1]:
        log.warning("%s: are they of another scale? (--pixel-max forces one for all)", said)
        return unit, paper, ink, False
    log.warning("%s: taken as 0 to 1 (--pixel-max forces one scale for all)", said)
    return np.where(faint[:, None], unit * ink, unit), paper, ink, True


def _check(scale: Scale) -> None:
    one_of(scale.invert, "invert", (True, False, None))
    low, high = scale.pixel_min, scale.pixel_max
    for name, value in (("pixel_min", low), ("pixel_max", high)):
        if value is not None and not isinstance(value, numbers.Real):
            raise Digits20Error(f"{name} is {shown_value(value)}, expected a number")
    if low is not None and not math.isfinite(low):
        raise Digits20Error(f"pixel_min {low}, expected a finite number")
    if high is not None and not (low or 0) < high < math.inf:
        raise Digits20Error(f"pixel_max {high}, expected a number above {low or 0:g}")


def _paper_and_ink(raw: UnscaledImages, scale: Scale) -> tuple[float | None, float]:
    """The values of paper, None where that is 0, and ink."""
    low, high = float(raw.X.min()), float(raw.X.max())
    pixel_min, pixel_max = scale.pixel_min, scale.pixel_max or _of_its_kind(raw, low, high)
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
    if low >= 0 and 0 < high < PALE and low <= GREY * high:
        log.warning("%s: no pixel above %.4g, taken for ink (--pixel-max 1 leaves them as they are)", raw.name, high)
        return None, high
    as_is = AS_IS[0] <= low and high <= AS_IS[1]
    for what, ends in (("standardized", _standardized), ("two values", _two_values), ("grey", _grey)):
        if not (as_is and ends is not _grey) and (found := ends(raw.X, low, high)):
            said = f"{raw.name}: pixels run from {low:g} to {high:g}, {what}: {found[0]:g} is paper, {found[1]:g} ink"
            log.warning("%s (--pixel-min and --pixel-max force others)", said)
            return found
    if as_is:
        return None, 1.0
    divisor, doubtful = _divisor(raw, low, high)
    said = f"{raw.name}: pixels run from {low:g} to {high:g}, divided by {divisor:g}"
    log.log(logging.WARNING if doubtful else logging.INFO, "%s (--pixel-max forces another divisor)", said)
    return None, divisor


def _of_its_kind(raw: UnscaledImages, low: float, high: float) -> float | None:
    """The value of ink that the kind of file tells, unless these pixels use little of that range."""
    ink = raw.pixel_max
    return ink if ink and low <= GREY * ink and high >= ink / 2 else None


def _two_values(X: npt.NDArray[Any], low: float, high: float) -> Ends | None:
    """The only two values that there are, None where there are more, or 0 and a byte."""
    only = low < high and (low > 0 or high < FAINT) and np.all((low == X) | (high == X))
    return (low, high) if only else None


def _grey(X: npt.NDArray[Any], low: float, high: float) -> Ends | None:
    """Paper and ink where hardly a pixel is near 0, or most are a little below it; None elsewhere."""
    if high > BYTES[1] or not low < high:
        return None
    if low > GREY * high:
        return low, high
    if -0.5 * high < low < -SHIFTED * high and np.count_nonzero(low + CENTRED * (high - low) > X) > MANY * X.size:
        return low, high
    rows = np.unique(np.linspace(0, len(X) - 1, min(len(X), LOOK)).astype(np.intp))
    paper, ink = np.percentile(X[rows], FEWEST).tolist()
    return (paper, ink) if 0 < GREY * high < paper < ink else None


def _between(raw: UnscaledImages, low: float | None, high: float) -> npt.NDArray[Any]:
    """The pixels with ink 1 on paper 0."""
    if low is None:
        return raw.X if high == 1 else raw.over(high)
    if not high > low:
        raise DataFileError(f"{raw.name}: no pixel above --pixel-min {low:g}")
    return (raw.X - low) / (high - low)


def _check_extent(raw: UnscaledImages, paper: float, ink: float) -> None:
    """Raise DataFileError for a pixel that is LARGEST times as far from paper as ink is, or more."""
    for extreme in (float(raw.X.max()), float(raw.X.min())):
        if abs(extreme - paper) >= LARGEST * (ink - paper) > 0:
            place = first_true(np.equal(raw.X, extreme))
            raise raw.refuse(f"pixel {extreme:g}, far from paper {paper:g} and ink {ink:g}", *place)


def _is_symmetric(X: npt.NDArray[Any], low: float, ink: float) -> bool:
    """Whether the pixels run from -ink to ink, or a little beyond, and many of them are near -ink, the paper."""
    within = -OVERSHOT * ink <= low < -0.9 * ink and X.max() <= OVERSHOT * ink
    return bool(within and np.count_nonzero(-0.5 * ink > X) > SOME * X.size)


def _standardized(X: npt.NDArray[Any], low: float, high: float) -> Ends | None:
    """Paper, which most pixels show, and ink where mean and spread were brought to 0 and 1; None where not."""
    if not (-8 < low < -0.05 and 1.2 < high < 16) or abs(X.mean()) > 0.5:
        return None
    paper = float(np.median(X))
    near = np.count_nonzero(np.abs(X - paper) < 0.02 * (high - low))
    return (paper, high) if paper < 0 and near > SOME * X.size else None


def _divisor(raw: UnscaledImages, low: float, high: float) -> tuple[float, bool]:
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
    if BYTES[0] <= low and DIM <= high <= BYTES[1]:
        return 255, False
    if -OVERSHOOT * high <= low and FAINT < high < DIM:  # a known scale, a little overshot, or dim images
        return next((ink for ink in (16, 100) if ink <= high <= (1 + OVERSHOOT) * ink), high), True
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
