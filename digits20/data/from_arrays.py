"""Images and labels as other libraries hand them over, to Digits, by the rules of `load`."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from ..images.decode import on_paper
from ..system.arguments import shown_value
from .convert import without_channel
from .dataset import Digits
from .labels import indexed
from .orientation import Judge, Undecided, set_right
from .pixels import row_major
from .readers.arrays import roles
from .readers.labels import cells
from .readers.table import LabelKind, place_in_array
from .readers.text.columns import class_names, order_of_names
from .readers.unscaled import Order, UnscaledImages
from .scale import Scale

NAME = "the arrays"
COLOURS = 3  # channels
PLAIN = ("1", "L", "I", "I;16", "F")  # modes of Pillow's without colours
WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in a grey value, as Pillow has them

log = logging.getLogger("digits20")


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
    images = _listed(images)
    X, marks = _images(images), _labels(_in_order_of(images, y))
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
    digits_too = set(marks) <= known and _array(y).dtype != bool
    places, names = indexed(raw, labels or ("digits" if digits_too else "any"))
    pixels, shape = row_major(raw, order, Scale(pixel_min, pixel_max, invert))
    digits = Digits(pixels, np.array(places, np.intp), names, shape)
    return set_right(digits, NAME, Undecided(order is None, invert is None, labels is None), judge)


def _in_order_of(images: Any, y: Any) -> Any:
    """The labels in the order of the images, where both are tables of pandas, whose rows have names."""
    rows: Any = getattr(images, "index", None)
    marked: Any = getattr(y, "index", None)
    if not hasattr(rows, "equals") or not hasattr(marked, "equals") or rows.equals(marked):
        return y
    if not (rows.is_unique and marked.is_unique) or set(rows) != set(marked):
        raise DataFileError(f"{NAME}: images and labels have other indices; reset_index(drop=True) takes them in turn")
    if (marked == np.arange(len(marked))).all():  # as of labels that were given no index
        raise DataFileError(
            f"{NAME}: the images have the labels' index in another order: images.reset_index(drop=True) takes them in "
            "turn, labels.loc[images.index] by their index"
        )
    log.warning("%s: labels put in the order of the images' index", NAME)
    return y.loc[rows]


def _listed(images: Any) -> Any:
    """Images one after the other as a list; others as they are."""
    one_by_one = hasattr(images, "__next__")  # whose own errors are not those of shapes
    return list(images) if one_by_one else images


def _images(images: Any) -> npt.NDArray[Any]:
    """(m, n) or (m, rows, columns) numbers."""
    if np.ma.is_masked(images):
        raise DataFileError(f"{NAME}: some pixels are masked, expected all of them")
    try:
        X = _array(images)
        if X.dtype == object:  # numbers, or a column of lists
            plain = X.ndim > 1 and isinstance(X.flat[0], int | float | np.number)
            X = X.astype(np.float64) if plain else np.stack([_array(image) for image in X.ravel()])
    except (ValueError, TypeError):
        pairs = "pairs, expected images and labels apart: images, y = zip(*pairs)"
        seen = pairs if _is_pair(next(iter(images), None)) else "images of different shapes, expected one shape"
        raise DataFileError(f"{NAME}: {seen}") from None
    if X.dtype.kind not in "buif":
        raise DataFileError(f"{NAME}: the images hold {X.dtype}, expected numbers")
    if places := order_of_names(_columns_of(images, X)):
        log.warning("%s: pixels put in the order of the numbers in their columns' names", NAME)
        X = X[:, places]
    X = without_channel(X)
    if X.ndim not in (2, 3):
        colours = next((axis for axis in (3, 1) if X.ndim == 4 and X.shape[axis] == COLOURS), None)
        grey = f"; colours become grey by images.mean(axis={colours})" if colours else ""
        raise DataFileError(f"{NAME}: images of shape {X.shape}, expected one grey image per row{grey}")
    return X


def _is_pair(image: Any) -> bool:
    """Whether an image comes with its label, as in the data sets of torchvision."""
    return isinstance(image, tuple) and len(image) == 2


def _columns_of(table: Any, X: npt.NDArray[Any]) -> list[str]:
    """The names of the columns of a table, empty where they are none of X (m, n)."""
    names = [str(name) for name in getattr(table, "columns", ())]
    return names if X.ndim == 2 and len(names) == X.shape[1] else []


def _array(values: Any) -> npt.NDArray[Any]:
    """NumPy's array of arrays, lists, tensors (traced for gradients, or lying elsewhere, too), or Pillow's pictures."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().resolve_neg()
    elif hasattr(values, "getbands"):
        return _grey(values)
    elif hasattr(values, "toarray"):  # sparse
        values = values.toarray()
    elif not hasattr(values, "__array__") and not isinstance(values, str) and hasattr(values, "__iter__"):
        values = list(values)
        if any(hasattr(value, "detach") or hasattr(value, "getbands") for value in values):
            return np.stack([_array(value) for value in values])
    return np.asarray(values)


def _grey(picture: Any) -> npt.NDArray[Any]:
    """(rows, columns) the grey values of a picture of Pillow's: transparent areas become paper, as in picture files."""
    if picture.mode in PLAIN:
        return np.asarray(picture)
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return np.asarray(picture.convert("L"))
    return np.asarray(np.rint(255 * on_paper(np.asarray(picture.convert("RGBA"))) @ WEIGHTS), np.uint8)


def _labels(y: Any) -> list[str]:
    try:
        array = _array(y)
    except ValueError:
        raise Digits20Error("the labels: lists of different lengths") from None
    hot = roles.one_hot(array)
    if hot is not None:
        names = class_names(_columns_of(y, array), array.shape[1])
        return [names[place] for place in hot]
    if array.size != max(array.shape, default=0):
        raise DataFileError(f"{NAME}: labels of shape {array.shape}, expected one for each image")
    array = array.ravel()
    values = array.tolist()
    for row, value in enumerate(values if array.dtype.kind not in "buiUS" else ()):
        value = value.item() if isinstance(value, np.generic) else value
        if not isinstance(value, str | bytes | bool | int | float) or value in (math.inf, -math.inf):
            raise DataFileError(f"{NAME}{place_in_array(row)}: label {shown_value(value)}, expected a number or a word")
    return cells(array)
