"""Data files to images: CSV, MATLAB's .mat, NumPy's .npz, Parquet and MNIST's IDX, recognized by their first bytes."""

from __future__ import annotations

import logging
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, shown
from ..system.shipped import resolved
from ..system.untrusted import MAX_SIZE, memory_error_refused, read_file
from ..types import Label, StrPath
from . import arrays, csv_table, idx, parquet
from .arrays import Part
from .csv_cells import LabelEnd, check_text, number, what
from .dataset import DIGITS, MAX_LABEL, Digits, fits_a_line
from .kinds import Kind, kind_of
from .pixels import Floats, Order, Raw, first_true, image_shape, row_major

LabelKind = Literal["digits", "any"]

log = logging.getLogger("digits20")


def load_digits() -> Digits:
    """The data set that comes with the package: 5000 images of 20x20 pixels, 500 of each digit, float64.

    >>> load_digits()
    Digits(5000 images 20x20, 10 labels, float64)
    """
    return load_csv("digits20")


def load(
    path: StrPath,
    *,
    labels: LabelKind = "digits",
    order: Order | None = None,
    pixel_max: float | None = None,
    label_column: LabelEnd | None = None,
    labels_file: StrPath | None = None,
    header: bool | None = None,
    part: Part = "train",
    one_class: bool = False,
    max_size: int = MAX_SIZE,
) -> Digits:
    """The images of a CSV, .mat, .npz, Parquet or IDX file, gzipped or not, as float64 rows with ink 1 on paper 0.

    path: of the file; "digits20" is the data set that comes with the package.
    labels: "digits" are 0 to 9, or 1 to 10 with 10 for zero; "any" takes other numbers and words, sorted.
    order: "C" for row-major images, "F" for column-major ones, which are transposed. None: "F" for .mat, else "C".
    pixel_max: what pixels are divided by. None: inferred from their range (0..1, 0..16, 0..255).
    label_column: of a CSV or Parquet file; header: whether a CSV file has one. None: inferred from names and values.
    labels_file: of an IDX file of images. None: the one beside it, labels-idx1 for images-idx3.
    part: which images of an .npz file that holds x_train, y_train, x_test and y_test.
    one_class: whether all images may show the same, as where the file is a part of a larger set.
    max_size: the most bytes that the file may hold, unpacked.

    Doubtful choices are logged as warnings, plain facts as information. Raises DataFileError, one line that names
    file, line and what was seen, for anything that is not a whole table of square images in at least two classes.
    """
    path = resolved(path)
    with memory_error_refused(path):
        name, data = shown(path), _contents(path, max_size)
        kind = kind_of(data)
        if labels_file is not None and kind != "idx":
            raise DataFileError(f"{name}: not an IDX file of images, a labels file is for those only")
        if kind == "idx":
            images = idx.read_images(data, name, path)
            raw = _raw_idx(images, name, idx.read_labels(path, labels_file, len(images), max_size))
        elif kind in ("matlab", "npz"):
            raw = _raw_arrays(kind, name, *arrays.read_labelled(data, name, part, max_size))
        elif kind == "parquet":
            raw = _raw_arrays(kind, name, *parquet.read_labelled(data, name, label_column, max_size))
        else:
            raw = _raw_csv(data, name, labels, label_column, header, max_size)
        return _digits(raw, labels, order, pixel_max, one_class)


def load_csv(
    path: StrPath,
    *,
    labels: LabelKind = "digits",
    order: Order | None = None,
    pixel_max: float | None = None,
    label_column: LabelEnd | None = None,
    header: bool | None = None,
    max_size: int = MAX_SIZE,
) -> Digits:
    """`load` for files that must be CSV, gzipped or not; options and errors are described there."""
    path = resolved(path)
    with memory_error_refused(path):
        name = shown(path)
        data = read_file(path, max_size, lambda first: check_text(first, name))
        return _digits(_raw_csv(data, name, labels, label_column, header, max_size), labels, order, pixel_max)


def load_images(
    path: StrPath,
    *,
    order: Order | None = None,
    pixel_max: float | None = None,
    header: bool | None = None,
    part: Part = "test",
    max_size: int = MAX_SIZE,
) -> tuple[Floats, tuple[int, int]]:
    """(X, image_shape) of a table that needs no labels: X (m, n) float64, row-major, ink 1 on paper 0.

    Reads what `load` reads, and CSV files of nothing but pixels, such as Kaggle's test.csv; .mat and .npz files of X
    or of one array; IDX images. Labels are left out where there are some. Options and errors are those of `load`.
    """
    path = resolved(path)
    with memory_error_refused(path):
        name, data = shown(path), _contents(path, max_size)
        kind = kind_of(data)
        if kind == "idx":
            raw = _raw_idx(idx.read_images(data, name, path), name)
        elif kind in ("matlab", "npz"):
            raw = _raw_arrays(kind, name, arrays.read_images(data, name, part, max_size))
        elif kind == "parquet":
            raw = _raw_arrays(kind, name, parquet.read_images(data, name, max_size))
        else:
            table = csv_table.read_images(data, name, _is_digit, header, max_size)
            raw = Raw(name, table.pixels, (), table.place, "C")
        return row_major(raw, order, pixel_max)


def _contents(path: StrPath, max_size: int) -> bytes:
    """The bytes of the file; one that is none of the kinds is refused before all of it is read."""

    def look(first: bytes) -> None:
        if kind_of(first) == "text":
            check_text(first, shown(path))

    return read_file(path, max_size, look)


def _raw_csv(
    data: bytes, name: str, labels: LabelKind, label_column: LabelEnd | None, header: bool | None, max_size: int
) -> Raw:
    is_label = _is_digit if labels == "digits" else _is_label
    table = csv_table.read_table(data, name, is_label, label_column, header, max_size)
    return Raw(name, table.pixels, table.labels, table.place, "C")


def _raw_idx(images: npt.NDArray[np.uint8], name: str, y: npt.NDArray[Any] | None = None) -> Raw:
    m, rows, columns = images.shape
    return Raw(name, images.reshape(m, -1), _cells(y), _place_in_array, "C", (rows, columns), pixel_max=255)


def _raw_arrays(kind: Kind, name: str, X: npt.NDArray[Any], y: npt.NDArray[Any] | None = None) -> Raw:
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    order: Order = "F" if kind == "matlab" and shape is None else "C"
    pixels = X.reshape(len(X), -1).astype(np.float64)
    raw = Raw(name, pixels, _cells(y), _place_in_array, order, shape)
    if not np.isfinite(pixels).all():
        row, pixel = first_true(~np.isfinite(pixels))
        raise raw.refuse(f"{pixels[row, pixel]}, expected a number", row, pixel)
    return raw


def _cells(y: npt.NDArray[Any] | None) -> list[str]:
    return [] if y is None else [_cell(value) for value in y.tolist()]


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(int(value) if isinstance(value, bool) else value)


def _place_in_array(row: int, pixel: int | None = None) -> str:
    return f" image {row + 1}" + ("" if pixel is None else f" pixel {pixel + 1}")


def _digits(
    raw: Raw, labels: LabelKind, order: Order | None, pixel_max: float | None, one_class: bool = False
) -> Digits:
    image_shape(raw)  # a table of the wrong width is refused for that, not for its labels
    y, names = _digit_labels(raw) if labels == "digits" else _any_labels(raw)
    if len(set(y)) < 2 and not one_class:
        raise DataFileError(f"{raw.name}: every label is {names[y[0]]!r}, expected at least two classes")
    X, shape = row_major(raw, order, pixel_max)
    return Digits(X, np.array(y, dtype=np.intp), names, shape)


def _is_digit(cell: str) -> bool:
    return number(cell) in range(11)


def _is_label(cell: str) -> bool:
    return cell.strip().lower() not in ("", "nan")


def _digit_labels(raw: Raw) -> tuple[list[int], tuple[Label, ...]]:
    """(m,) labels 0 to 9, which are their own indices, and their names."""
    digits = {cell: number(cell) for cell in set(raw.labels)}
    for row, cell in enumerate(raw.labels):
        if digits[cell] not in range(11):
            raise raw.refuse(f"{_label_seen(cell)}, expected 0 to 9, or 1 to 10 with 10 for zero", row)
    values = [int(digits[cell] or 0) for cell in raw.labels]
    if 0 in values and 10 in values:
        first, second = sorted((values.index(0), values.index(10)))
        raise raw.refuse(f"label {values[second]}, but{raw.place(first)} has {values[first]}: which is zero?", second)
    return [value % 10 for value in values], DIGITS


def _any_labels(raw: Raw) -> tuple[list[int], tuple[Label, ...]]:
    """(m,) indices into the labels, and the labels: sorted as numbers if all are numbers, else as text."""
    for row, cell in enumerate(raw.labels):
        if not _is_label(cell):
            raise raw.refuse(_label_seen(cell), row)
        if not fits_a_line(cell.strip()):
            raise raw.refuse(f"label {what(cell)}, expected at most {MAX_LABEL} letters that can be printed", row)
    cells = set(raw.labels)
    numeric = all(number(cell) is not None for cell in cells)
    labels = {cell: _plain_number(cell) if numeric else cell.strip() for cell in cells}
    names = tuple(sorted(set(labels.values()), key=lambda label: label))
    index = {name: i for i, name in enumerate(names)}
    if len(names) > max(10, len(raw.labels) // 2):
        log.warning("%s: %d labels for %d images (--label-column)", raw.name, len(names), len(raw.labels))
    return [index[labels[cell]] for cell in raw.labels], names


def _label_seen(cell: str) -> str:
    return f"label {what(cell)}" if _is_label(cell) else "no label"


def _plain_number(cell: str) -> int | float:
    try:
        return int(cell)
    except ValueError:
        value = float(cell)
        return int(value) if value.is_integer() else value
