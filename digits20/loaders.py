"""Data files to Digits: CSV, MATLAB's .mat and NumPy's .npz, told apart by what they hold."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .array_files import Part, is_matlab, is_npz, read_mat, read_npz
from .csv_table import End, number, read_table, squares_near, what
from .datafile import MAX_SIZE, StrPath, contents, shown
from .dataset import DIGITS, Digits, Label, square_shape
from .errors import DataFileError, Digits20Error

LabelKind = Literal["digits", "any"]
Order = Literal["C", "F"]
Floats = npt.NDArray[np.float64]

AS_IS = (-0.5, 1.5)  # bicubic interpolation overshoots 0..1 a little
BYTES = (-64.0, 320.0)  # and 0..255 too
DIM = 128.0  # bytes that never reach this may be another scale
STRAY = 0.01  # of the ink: so few pixels outside 0..1 are mistakes, not another scale

log = logging.getLogger("digits20")


def load(
    path: StrPath,
    *,
    labels: LabelKind = "digits",
    order: Order | None = None,
    pixel_max: float | None = None,
    label_column: End | None = None,
    header: bool | None = None,
    part: Part = "train",
    max_size: int = MAX_SIZE,
) -> Digits:
    """The images of a CSV, .mat or .npz file, gzipped or not, as float64 rows with ink 1 on paper 0.

    labels: "digits" are 0 to 9, or 1 to 10 with 10 for zero; "any" takes other numbers and words, sorted.
    order: "C" for row-major images, "F" for column-major ones, which are turned; F for .mat unless told otherwise.
    pixel_max: what pixels are divided by; found from their range (0..1, 0..16, 0..255) unless told otherwise.
    label_column, header: of a CSV file; found from its names and values unless told otherwise.
    part: which images of an .npz file that holds x_train, y_train, x_test and y_test.
    max_size: the most bytes that the file may hold, unpacked.

    Doubtful choices are logged as warnings, plain facts as information. Raises DataFileError, one line that names
    file, line and what was seen, for anything that is not a whole table of square images in at least two classes.
    """
    name, data = shown(path), contents(path, max_size)
    if is_matlab(data) or is_npz(data):
        raw = _raw_arrays(data, name, part, max_size)
    else:
        raw = _raw_csv(data, name, labels, label_column, header)
    return _digits(raw, labels, order or raw.order, pixel_max)


def load_csv(
    path: StrPath,
    *,
    labels: LabelKind = "digits",
    order: Order | None = None,
    pixel_max: float | None = None,
    label_column: End | None = None,
    header: bool | None = None,
    max_size: int = MAX_SIZE,
) -> Digits:
    """`load` for files that must be CSV, gzipped or not; options and errors are described there."""
    raw = _raw_csv(contents(path, max_size), shown(path), labels, label_column, header)
    return _digits(raw, labels, order or raw.order, pixel_max)


@dataclass(frozen=True)
class _Raw:
    """What a file holds, as it stands there. X: (m, n); labels: m cells; shape: of an image, where the file tells."""

    name: str
    X: Floats
    labels: Sequence[str]
    place: Callable[..., str]  # (row, pixel=None) -> where that stands in the file
    order: Order
    shape: tuple[int, int] | None = None

    def refuse(self, seen: str, row: int, pixel: int | None = None) -> DataFileError:
        return DataFileError(f"{self.name}{self.place(row, pixel)}: {seen}")


def _raw_csv(data: bytes, name: str, labels: LabelKind, label_column: End | None, header: bool | None) -> _Raw:
    table = read_table(data, name, _is_digit if labels == "digits" else _is_label, label_column, header)
    return _Raw(name, table.pixels, table.labels, table.place, "C")


def _raw_arrays(data: bytes, name: str, part: Part, max_size: int) -> _Raw:
    X, y = (read_mat if is_matlab(data) else read_npz)(data, name, part, max_size)
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    order: Order = "F" if is_matlab(data) and shape is None else "C"
    pixels = X.reshape(len(X), -1).astype(np.float64)
    raw = _Raw(name, pixels, [_cell(value) for value in y.tolist()], _place_in_array, order, shape)
    if not np.isfinite(pixels).all():
        row, pixel = _first(~np.isfinite(pixels))
        raise raw.refuse(f"{pixels[row, pixel]}, expected a number", row, pixel)
    return raw


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(int(value) if isinstance(value, bool) else value)


def _place_in_array(row: int, pixel: int | None = None) -> str:
    return f" image {row + 1}" + ("" if pixel is None else f" pixel {pixel + 1}")


def _digits(raw: _Raw, labels: LabelKind, order: Order, pixel_max: float | None) -> Digits:
    if pixel_max is not None and not 0 < pixel_max < math.inf:
        raise Digits20Error(f"pixel_max {pixel_max}, expected a number above 0")
    pixels = raw.X.shape[1]
    shape = raw.shape or square_shape(pixels)
    if shape is None:
        raise DataFileError(f"{raw.name}: {pixels} pixels, expected {squares_near(pixels)}")
    y, names = _digit_labels(raw) if labels == "digits" else _any_labels(raw)
    if len(set(y)) < 2:
        raise DataFileError(f"{raw.name}: every label is {names[y[0]]!r}, expected at least two classes")
    return Digits(_row_major(_scaled(raw, pixel_max), order, shape), np.array(y, dtype=np.intp), names, shape)


def _row_major(X: Floats, order: Order, shape: tuple[int, int]) -> Floats:
    return X if order == "C" else X.reshape(-1, *shape[::-1]).swapaxes(1, 2).reshape(X.shape)


def _is_digit(cell: str) -> bool:
    return number(cell) in range(11)


def _is_label(cell: str) -> bool:
    return cell.strip().lower() not in ("", "nan")


def _digit_labels(raw: _Raw) -> tuple[list[int], tuple[Label, ...]]:
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


def _any_labels(raw: _Raw) -> tuple[list[int], tuple[Label, ...]]:
    """(m,) indices into the labels, and the labels: sorted as numbers if all are numbers, else as text."""
    for row, cell in enumerate(raw.labels):
        if not _is_label(cell):
            raise raw.refuse(_label_seen(cell), row)
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


def _scaled(raw: _Raw, pixel_max: float | None) -> Floats:
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


def _divisor(raw: _Raw, low: float, high: float) -> tuple[int, bool]:
    """What brings the pixels to 0..1, and whether that is a guess."""
    strays = _outside(raw.X, *AS_IS)
    if high <= AS_IS[1] or np.count_nonzero(strays) < STRAY * np.count_nonzero(raw.X):
        raise _strange(raw, strays)
    if low >= 0 and high <= 16 and np.array_equal(raw.X, np.rint(raw.X)):
        return 16, True
    if BYTES[0] <= low and high <= BYTES[1]:
        return 255, high < DIM
    raise _strange(raw, _outside(raw.X, *BYTES))


def _outside(pixels: Floats, low: float, high: float) -> npt.NDArray[np.bool_]:
    return (pixels < low) | (pixels > high)


def _strange(raw: _Raw, strays: npt.NDArray[np.bool_]) -> DataFileError:
    row, pixel = _first(strays)
    seen = f"pixel {raw.X[row, pixel]:g}, expected 0 to 1 or 0 to 255 (--pixel-max forces a divisor)"
    return raw.refuse(seen, row, pixel)


def _first(where: npt.NDArray[np.bool_]) -> tuple[int, int]:
    row, pixel = np.unravel_index(np.argmax(where), where.shape)
    return int(row), int(pixel)
