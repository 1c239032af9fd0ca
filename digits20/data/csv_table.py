"""CSV text to pixels and label cells.

pandas reads it fast; only where it fails, a slow second pass finds the line and the cell to name.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError
from .csv_cells import (
    LabelEnd,
    after_first_line,
    delimiter_of,
    first_line,
    is_header,
    label_end,
    number,
    plain_text,
    split_cells,
    what,
)
from .dataset import square_shape, squares_near

Floats = npt.NDArray[np.float64]

AS_FLOAT64 = 8  # bytes per number

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Table:
    """One image per row. pixels: (m, n), unscaled. labels: the text of m cells, or empty where there are none.

    first_line, first_pixel_column: where the first image's first pixel is in the file, counted from 1.
    """

    pixels: Floats
    labels: Sequence[str]
    first_line: int
    first_pixel_column: int

    def place(self, row: int, pixel: int | None = None) -> str:
        """The line of an image, and the column of one of its pixels, as messages name them; row and pixel from 0."""
        line = f" line {self.first_line + row}"
        return line if pixel is None else f"{line} column {self.first_pixel_column + pixel}"


@dataclass(frozen=True)
class _Text:
    """A file's text, split into header and body. header: the names of the columns, empty where there are none."""

    name: str
    delimiter: str
    header: list[str]
    body: bytes

    @property
    def first_line(self) -> int:
        return 2 if self.header else 1

    @property
    def width(self) -> int:
        """The number of columns, as the first image has it."""
        return len(split_cells(first_line(self.body), self.delimiter))


def read_table(
    data: bytes,
    name: str,
    is_label: Callable[[str], bool],
    label_column: LabelEnd | None,
    header: bool | None,
    max_size: int,
) -> Table:
    """The table in CSV text. `name` is the file's, for messages; `is_label` says whether a cell can be a label.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    return _labelled(_text(data, name, header, max_size), is_label, label_column)


def read_images(data: bytes, name: str, is_label: Callable[[str], bool], header: bool | None, max_size: int) -> Table:
    """The table of images without labels in CSV text; where there is one column more, its labels are left out.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    text = _text(data, name, header, max_size)
    one_more = square_shape(text.width - 1) and not square_shape(text.width)
    if one_more or label_end(text.header, name):
        log.info("%s: labelled, its labels are not used", name)
        return _labelled(text, is_label, None)
    frame = _frame(text, labels=0)
    return Table(frame.to_numpy(np.float64), (), text.first_line, 1)


def _text(data: bytes, name: str, header: bool | None, max_size: int) -> _Text:
    data = plain_text(data, name)
    line = first_line(data)
    delimiter = delimiter_of(line, name)
    if data.count(delimiter.encode()) * AS_FLOAT64 > max_size:
        raise DataFileError(f"{name}: its numbers take more than {max_size} bytes")
    first = split_cells(line, delimiter)
    if header is None:
        header = is_header(first, name)
    if not header:
        return _Text(name, delimiter, [], data)
    body = after_first_line(data)
    if not body:
        raise DataFileError(f"{name}: a header and no images")
    return _Text(name, delimiter, first, body)


def _labelled(text: _Text, is_label: Callable[[str], bool], label_column: LabelEnd | None) -> Table:
    frame = _frame(text, labels=1)
    left, middle, right = frame[0].tolist(), frame.iloc[:, 1:-1].to_numpy(np.float64), frame.iloc[:, -1].tolist()
    label_column = label_column or label_end(text.header, text.name)
    label_column = label_column or _likelier_end(left, right, is_label, text.name)
    labels, others = (left, right) if label_column == "first" else (right, left)
    other_column = frame.shape[1] if label_column == "first" else 1
    numbers = _numbers(others, lambda row: f"{text.name} line {text.first_line + row} column {other_column}")
    parts = (middle, numbers) if label_column == "first" else (numbers, middle)
    return Table(np.ascontiguousarray(np.hstack(parts)), labels, text.first_line, 2 if label_column == "first" else 1)


def _likelier_end(left: Sequence[str], right: Sequence[str], is_label: Callable[[str], bool], name: str) -> LabelEnd:
    """The end whose valid labels vary more from row to row; an end that is mostly words can only be labels."""
    first, last = (_label_likeness(column, is_label) for column in (left, right))
    chosen: LabelEnd = "first" if first > last else "last"
    loser, winner = sorted((first, last))
    if winner[0] == loser[0] and winner[1] > 0 and 2 * loser[1] >= winner[1]:
        other = "last" if chosen == "first" else "first"
        log.warning("%s: labels taken from the %s column (--label-column %s takes the other)", name, chosen, other)
    return chosen


def _label_likeness(column: Sequence[str], is_label: Callable[[str], bool]) -> tuple[bool, float]:
    counts = Counter(column)
    words = sum(times for cell, times in counts.items() if number(cell) is None)
    valid = [times for cell, times in counts.items() if is_label(cell)]
    repeats = len(valid) <= max(11, len(column) // 2)  # classes do, noise does not; digits are eleven at most
    varied = sum(valid) - max(valid, default=0) if repeats else 0
    return 2 * words > len(column), varied / len(column)


def _numbers(column: Sequence[str], place: Callable[[int], str]) -> Floats:
    """(m, 1) numbers of a column of pixels."""
    values = {cell: number(cell) for cell in set(column)}
    for row, cell in enumerate(column):
        if values[cell] is None:
            raise DataFileError(f"{place(row)}: {what(cell)}, expected a number")
    return np.array([values[cell] for cell in column], dtype=np.float64)[:, None]


def _frame(text: _Text, labels: int) -> Any:
    """The body as a pandas DataFrame of numbers; with labels, the first and the last column are cells."""
    width = text.width
    frame = _parsed(text, width, labels) if square_shape(width - labels) else None
    if frame is None or b'"' in text.body or (labels and any((frame[end] == "").any() for end in (0, width - 1))):
        _raise_first_fault(text, labels)
    if frame is None:
        raise DataFileError(f"{text.name}: not a table of numbers" + " and labels" * labels)
    if text.header and len(text.header) != width:
        raise DataFileError(f"{text.name} line 1: a header of {len(text.header)} names over {width} columns")
    return frame


def _parsed(text: _Text, width: int, labels: int) -> Any:
    import pandas as pd

    dtypes: dict[int, Any] = dict.fromkeys(range(width), np.float64)
    if labels:
        dtypes |= {0: object, width - 1: object}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                io.BytesIO(text.body),
                sep=text.delimiter,
                header=None,
                dtype=dtypes,
                na_filter=False,
                skip_blank_lines=False,
            )
    except (ValueError, OverflowError):
        return None
    if frame.shape[1] != width:  # a quotation mark swallowed the line's end
        return None
    numbers = frame.iloc[:, labels : width - labels].to_numpy(np.float64)
    return frame if np.isfinite(numbers).all() else None


def _raise_first_fault(text: _Text, labels: int) -> None:
    """Raises DataFileError for the first line that is blank, ragged, unclosed, or holds a pixel that is no number."""
    lines = text.body.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    widths = Counter(len(split_cells(line, text.delimiter)) for line in lines if line.strip())
    width = max(widths, key=lambda width: (widths[width], square_shape(width - labels) is not None), default=0)
    for number_, line in enumerate(lines, text.first_line):
        fault = _fault(line, text.delimiter, width, labels)
        if fault:
            raise DataFileError(f"{text.name} line {number_}{fault}")
    pixels = width - labels
    if square_shape(pixels) is None:
        raise DataFileError(f"{text.name} line {text.first_line}: {pixels} pixels, expected {squares_near(pixels)}")


def _fault(line: str, delimiter: str, width: int, labels: int) -> str | None:
    if not line.strip():
        return ": blank"
    if line.count('"') % 2:
        return ": a quotation mark that does not close"
    cells = split_cells(line, delimiter)
    if len(cells) != width:
        return f": {len(cells) - labels} pixels, expected {width - labels}"
    if _surely_numbers(cells[labels : width - labels]):
        return None
    not_numbers = (i for i in range(labels, width - labels) if number(cells[i]) is None)
    column = next(not_numbers, None)
    return None if column is None else f" column {column + 1}: {what(cells[column])}, expected a number"


def _surely_numbers(cells: list[str]) -> bool:
    """A quick look that spares nearly all lines the slow one. float() also takes nan, 1_0 and every script's digits."""
    try:
        return math.isfinite(sum(map(float, cells))) and not any("_" in cell or not cell.isascii() for cell in cells)
    except ValueError:
        return False
