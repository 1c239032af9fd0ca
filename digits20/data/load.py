"""Files of images, of any kind that is read, to Digits; what kind it is, its first bytes tell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np

from ..errors import DataFileError, Digits20Error
from ..system.shipped import resolved
from ..system.untrusted import MAX_SIZE, memory_error_refused
from ..types import StrPath
from .dataset import DIGITS, Digits
from .labels import indexed
from .orientation import Judge, Undecided, set_right
from .pixels import image_shape, row_major
from .readers.arrays.roles import Part
from .readers.table import How, LabelKind, read
from .readers.text.csv_cells import LabelEnd
from .readers.unscaled import Order, Shape
from .scale import Floats, Scale


@cache
def load_digits() -> Digits:
    """The data set that comes with the package: 5000 images of 20x20 pixels, 500 of each digit, float64.

    It is read once: every call returns the same read-only images.

    Examples
    --------
    >>> load_digits()
    Digits(5000 images 20x20, 10 labels, float64)
    """
    return load_csv("digits20")


def load(
    path: StrPath,
    *,
    labels: LabelKind | None = None,
    order: Order | None = None,
    pixel_min: float | None = None,
    pixel_max: float | None = None,
    invert: bool | None = None,
    label_column: LabelEnd | None = None,
    labels_file: StrPath | None = None,
    header: bool | None = None,
    arrays: tuple[str, str] | None = None,
    part: Part = "train",
    one_class: bool = False,
    judge: Judge | None = None,
    max_size: int = MAX_SIZE,
) -> Digits:
    """The labelled images of a file, gzipped or not, as float64 rows with ink 1 on paper 0.

    Reads text tables (CSV and the like, LIBSVM, ARFF), NumPy's .npy, .npz and pickles of arrays, MATLAB's and Octave's
    .mat, HDF5, Parquet and IDX. Doubtful choices are logged as warnings, plain facts as information.

    Parameters
    ----------
    path
        Of the file; "digits20" is the data set that comes with the package.
    labels
        "digits" are 0 to 9, or 1 to 10 with 10 for zero; "one-based" are 1 to 10 that mean 0 to 9; "any" takes other
        numbers and words, sorted. None: "digits", or "one-based" where the judge says so.
    order
        "C" for row-major images, "F" for column-major ones, which are transposed. None: "F" for .mat, else "C", and
        transposed, mirrored or turned where the judge says so.
    pixel_min, pixel_max
        The values of paper and ink. None: inferred from the range (0..1, 0..16, 0..255, -1..1).
    invert
        Whether ink and paper change places. None: where the borders of the images are bright, or the judge says so.
    label_column
        Of a table. None: inferred from names and values.
    labels_file
        Where the labels are. None: in the file, or in one beside it: labels-idx1 for images-idx3, y_train for x_train.
    header
        Whether a text table has one. None: inferred.
    arrays
        The names of the arrays of images and labels. None: told by names and shapes.
    part
        Which images of a file that holds x_train, y_train, x_test and y_test.
    one_class
        Whether all images may show the same, as where the file is a part of a larger set.
    judge
        A model that knows such images: where it recognizes them only when they are read otherwise, they are, and a
        warning says so. None: the reference model, for digits.
    max_size
        The most bytes that the file may hold, unpacked.

    Raises
    ------
    DataFileError
        For anything that is not a whole table of square images in at least two classes: one line that names file, line
        and what was seen.

    Examples
    --------
    >>> import numpy as np
    >>> np.savez("mine.npz", X=np.array([[0, 9, 9, 255], [255, 9, 9, 0]]), y=[0, 1])
    >>> load("mine.npz")
    Digits(2 images 2x2, 10 labels, float64)
    """
    how = How(labels or "digits", label_column, labels_file, header, part, arrays, max_size)
    digits = read_digits(path, how, order, Scale(pixel_min, pixel_max, invert), one_class)
    return _set_right(digits, path, Undecided(order is None, invert is None, labels is None), judge)


def load_csv(
    path: StrPath,
    *,
    labels: LabelKind | None = None,
    order: Order | None = None,
    pixel_min: float | None = None,
    pixel_max: float | None = None,
    invert: bool | None = None,
    label_column: LabelEnd | None = None,
    header: bool | None = None,
    max_size: int = MAX_SIZE,
) -> Digits:
    """`load` for files that must be text tables, gzipped or not; parameters and errors are described there.

    Examples
    --------
    >>> from pathlib import Path
    >>> written = Path("mine.csv").write_text("0,0.5,1,0,7\\n1,0,0,0,1\\n")
    >>> load_csv("mine.csv").y
    array([7, 1])
    """
    how = How(labels or "digits", label_column, header=header, max_size=max_size, only_text=True)
    digits = read_digits(path, how, order, Scale(pixel_min, pixel_max, invert))
    return _set_right(digits, path, Undecided(order is None, invert is None, labels is None))


def load_images(
    path: StrPath,
    *,
    order: Order | None = None,
    pixel_min: float | None = None,
    pixel_max: float | None = None,
    invert: bool | None = None,
    header: bool | None = None,
    arrays: tuple[str, str] | None = None,
    part: Part = "test",
    judge: Judge | None = None,
    max_size: int = MAX_SIZE,
) -> tuple[Floats, Shape]:
    """(X, image_shape) of a table that needs no labels.

    Reads what `load` reads, and files of nothing but images, such as Kaggle's test.csv. Labels are left out where there
    are some. Parameters and errors are those of `load`.

    Returns
    -------
    X
        (m, n) float64, row-major, ink 1 on paper 0.
    image_shape
        (rows, columns).

    Examples
    --------
    >>> X, image_shape = load_images("digits20")
    >>> X.shape, image_shape
    ((5000, 400), (20, 20))
    """
    found = _resolved(path)
    with memory_error_refused(found):
        how = How(header=header, part=part, arrays=arrays, max_size=max_size, by_rows=order is not None)
        raw = read(found, how, labelled=False)
        X, shape = row_major(raw, order, Scale(pixel_min, pixel_max, invert))
    if found != path:
        return X, shape
    digits = Digits(X, np.zeros(len(X), np.intp), judge.labels if judge else DIGITS, shape)
    right = set_right(digits, str(path), Undecided(order is None, invert is None, labels=False), judge, labelled=False)
    return np.asarray(right.X, np.float64), right.image_shape


def _set_right(digits: Digits, path: StrPath, undecided: Undecided, judge: Judge | None = None) -> Digits:
    """The images as the judge says that they must be read; those of the package stand right."""
    return set_right(digits, os.fspath(path), undecided, judge) if resolved(path) == path else digits


def _resolved(path: StrPath) -> StrPath:
    if hasattr(path, "__array__") or isinstance(path, list | tuple):
        raise Digits20Error(f"expected the path of a file, not {type(path).__name__}: Digits.from_arrays takes arrays")
    return resolved(path)


def options_of(options: Mapping[str, Any]) -> tuple[How, Order | None, Scale]:
    """Keyword arguments of `load` as `read_digits` takes them."""
    given = {name: value for name, value in options.items() if value is not None}
    scale = Scale(**{field.name: given.pop(field.name, None) for field in fields(Scale)})
    order = given.pop("order", None)
    return How(**given), order, scale


def read_digits(path: StrPath, how: How, order: Order | None, scale: Scale, one_class: bool = False) -> Digits:
    """The labelled images as they stand in the file, not judged."""
    path = _resolved(path)
    with memory_error_refused(path):
        raw = read(path, replace(how, by_rows=order is not None), labelled=True)
        image_shape(raw)  # a table of the wrong width is refused for that, not for its labels
        y, names = indexed(raw, how.labels)
        if len(set(y)) < 2 and not one_class:
            raise DataFileError(f"{raw.name}: every label is {names[y[0]]!r}, expected at least two classes")
        X, shape = row_major(raw, order, scale)
        return Digits(X, np.array(y, dtype=np.intp), names, shape)
