"""What users hand in as images, labels and sample weights, to the arrays that `Digits` holds."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, plural
from ..types import Array, Label

Shape = tuple[int, int]

NO_LABEL = int(np.iinfo(np.intp).min)  # in place of an index: no label of the set; no index by mistake, as -1 is
MAX_LABEL = 100  # letters
MOST_SAID = 10  # labels in a message
BYTES = (64, 255)  # the largest value of images that are not scaled
log = logging.getLogger("digits20")
_hinted: list[bool] = []


def image_rows(images: npt.ArrayLike) -> tuple[Array, Shape | None]:
    """X (m, n) float32 or float64, one image per row, and (rows, columns) of an image, None for flat rows.

    images: an array, list or DataFrame of numbers, (m, n), (m, rows, columns) or with a channel of one. Whole numbers
    above 1 are divided by 255, which is logged; other dtypes than float32 become float64.
    Raises Digits20Error for anything else and for pixels that are not finite.
    """
    X = grey_array(images)
    if X.ndim not in (2, 3):
        raise Digits20Error(f"images of shape {X.shape}, expected (m, pixels) or (m, rows, columns), one image per row")
    if X.dtype.kind in "ui" and X.size and X.max() > 1:
        log.warning("whole-number pixels of 0 to 255 are divided by 255")
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    rows = as_floats(X, np.float64).reshape(len(X), X.shape[1] if shape is None else shape[0] * shape[1])
    check_finite(rows)
    hint_at_scale(rows)
    return rows, shape


def hint_at_scale(X: Array) -> None:
    """Says once that pixels of 0 to 255, given as floats, should be 0 to 1."""
    if not _hinted and X.size and X.min() >= 0 and BYTES[0] < X.max() <= BYTES[1]:
        _hinted.append(True)
        log.warning(
            "pixels run from %g to %g, and floats are taken as they are: divided by 255 they are learned faster and "
            "better, and models of images from 0 to 1 read them right",
            *(X.min(), X.max()),
        )


def grey_array(images: npt.ArrayLike) -> npt.NDArray[Any]:
    """Arrays, lists or DataFrames of images as an array of numbers, a channel of one left out.

    Raises Digits20Error for anything else.
    """
    X = _array(images, "the images")
    if X.dtype == object:
        X = _numbers(X)
    if X.dtype.kind not in "buif":
        raise Digits20Error(f"the images hold {X.dtype}, expected numbers")
    return without_channel(X)


def without_channel(X: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Images (m, rows, columns, 1) or (m, 1, rows, columns) as (m, rows, columns); others as they are."""
    if X.ndim == 4 and 1 in (X.shape[1], X.shape[3]):
        return X.squeeze(axis=3 if X.shape[3] == 1 else 1)
    return X


def as_floats(X: npt.NDArray[Any], whole: type[np.floating[Any]]) -> Array:
    """float32 and float64 as they are, other floats and whole numbers in the dtype `whole`.

    Whole numbers are pixels of 0 to 255, and divided by 255 where any is above 1. Raises Digits20Error outside of that.
    """
    if X.dtype in (np.float32, np.float64):
        return X
    low, high = (X.min(), X.max()) if X.size and X.dtype.kind in "ui" else (0, 1)
    if low < 0 or high > 255:
        raise Digits20Error(f"whole-number pixels from {low} to {high}, expected 0 to 255, or floats")
    return (X / 255).astype(whole) if high > 1 else X.astype(whole)


def check_finite(rows: Array) -> None:
    """Raises Digits20Error for the first of the images (m, n) that has a pixel which is no finite number."""
    finite = np.isfinite(rows)
    if not finite.all():
        raise Digits20Error(f"image {int(np.argmin(finite.all(axis=1)))} holds a pixel that is not a finite number")


def _array(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        raise Digits20Error(f"{name}: lists of different lengths") from None


def _numbers(X: npt.NDArray[Any]) -> npt.NDArray[Any]:
    try:
        return X.astype(np.float64)
    except (TypeError, ValueError):
        seen = next((value for value in X.ravel().tolist() if not isinstance(value, int | float)), None)
        raise Digits20Error(f"the images hold {_shown(seen)}, expected numbers") from None


def label_indices(y: npt.ArrayLike, images: int, classes: int) -> npt.NDArray[np.intp]:
    """(m,) indices into the labels.

    y: an array, list or Series of m integers from 0 to classes - 1, or NO_LABEL, (m,) or (m, 1); images: m.
    Raises Digits20Error that says what was seen and what to do, for anything else.
    """
    indices = _array(y, "y")
    if indices.ndim == 2 and indices.shape[1] == 1:
        indices = indices[:, 0]
    if indices.ndim != 1:
        hint = "; one-hot rows become indices by Y.argmax(axis=1)" if indices.ndim == 2 else ""
        raise Digits20Error(f"y of shape {indices.shape}, expected one label index per image: ({images},){hint}")
    if len(indices) != images:
        raise Digits20Error(f"{plural(images, 'image')} but {plural(len(indices), 'label')}")
    if len(indices):
        _check_indices(indices, classes)
    return indices.astype(np.intp, copy=False)


def _check_indices(indices: npt.NDArray[Any], classes: int) -> None:
    expected = f"expected indices into the {classes} labels, 0 to {classes - 1}"
    if indices.dtype.kind not in "iu":
        hint = "y.astype(int)" if indices.dtype.kind in "bf" else "labels, y = numpy.unique(y, return_inverse=True)"
        raise Digits20Error(f"y holds {_shown(indices.tolist()[0])}, {expected}: {hint}")
    outside = ((indices < 0) & (indices != NO_LABEL)) | (indices >= classes)
    if outside.any():
        row = int(np.argmax(outside))
        hint = ": y % 10 where 10 stands for zero" if classes == indices[row] == 10 else ""
        raise Digits20Error(f"y[{row}] is {indices[row]}, {expected}{hint}")


def sample_weights(sample_weight: npt.ArrayLike, images: int) -> npt.NDArray[np.float64]:
    """(m,) float64. Raises Digits20Error for all but m finite numbers of 0 or more whose sum is finite, too."""
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (images,):
        raise Digits20Error(f"{plural(images, 'image')} but sample_weight of shape {weights.shape}")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not (weights >= 0).all() or not np.isfinite(total):
        raise Digits20Error("sample_weight must hold finite numbers of 0 or more")
    return weights


def _shown(value: object) -> str:
    """A value as a message shows it: one line, a few characters, with its type."""
    return f"{ascii(value)[:30]} ({type(value).__name__})"


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view of the array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


# sizes of images, and labels, as messages tell them


def square_shape(pixels: int) -> tuple[int, int] | None:
    """(side, side) of the square image with that many pixels, or None where there is none."""
    side = math.isqrt(max(pixels, 0))
    return (side, side) if side * side == pixels and side > 0 else None


def squares_near(pixels: int) -> str:
    """The square images whose size is next to that many pixels: "361 (19×19) or 400 (20×20)"."""
    side = math.isqrt(pixels)
    return " or ".join(f"{n * n} ({n}×{n})" for n in (side, side + 1) if n)


def fits_a_line(text: str) -> bool:
    """Whether a text can be a label: at most MAX_LABEL characters, all of them printable."""
    return len(text) <= MAX_LABEL and text.isprintable()


def brief(label: Label) -> str:
    """A label as a message shows it: in quotes if it is text, short, fit for one line."""
    return ascii(label[:20]) + "…" * (len(label) > 20) if isinstance(label, str) else repr(label)


def some_of(labels: Sequence[Label]) -> str:
    """All labels as a message lists them, or the first and how many there are."""
    more = f" and {len(labels) - MOST_SAID} others" if len(labels) > MOST_SAID else ""
    return ", ".join(map(brief, labels[:MOST_SAID])) + more
