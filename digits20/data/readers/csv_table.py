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

from ...errors import DataFileError
from ..dataset import square_shape, squares_near
from .csv_cells import (
    LABEL_NAMES,
    MAX_COLUMNS,
    LabelEnd,
    first_line,
    label_end,
    number,
    split_cells,
    what,
)
from .dialects import Plain

Floats = npt.NDArray[np.float64]

AS_FLOAT64 = 8  # bytes per number
FEW = 25  # columns: fewer may be a small square and a label, or one column too few
NO_LABELS = "(--labels-file FILE names a file of labels; predict --data needs none)"

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Table:
    """One image per row. pixels: (m, n), unscaled. labels: the text of m cells, or empty where there are none.

    source: the text that they come from; first_pixel_column: where the first pixel is in it, counted from 1.
    """

    pixels: Floats
    labels: Sequence[str]
    source: Plain
    first_pixel_column: int

    def place(self, row: int, pixel: int | None = None) -> str:
        """The line of an image, and the column of one of its pixels, as messages name them; row and pixel from 0."""
        line = f" line {self.source.line(row)}"
        return line if pixel is None else f"{line} column {self.first_pixel_column + pixel}"


def read_table(text: Plain, is_label: Callable[[str], bool], label_column: LabelEnd | None, max_size: int) -> Table:
    """The images and labels in plain CSV text. `is_label` says whether a cell can be a label.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    _check_size(text, max_size)
    if text.all_pixels or _no_room_for_labels(text):
        raise DataFileError(f"{text.name}: {text.width} pixels per row and no labels {NO_LABELS}")
    return _labelled(text, is_label, label_column)


def _no_room_for_labels(text: Plain) -> bool:
    """Whether the rows have just the cells of a square image."""
    if text.width <= FEW or square_shape(text.width) is None or any(n.lower() in LABEL_NAMES for n in text.header):
        return False
    return all(len(row) == text.width for row in text.sample())


def read_images(text: Plain, is_label: Callable[[str], bool], max_size: int) -> Table:
    """The images in plain CSV text; where there is one column more, its labels are left out.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    _check_size(text, max_size)
    one_more = square_shape(text.width - 1) and not square_shape(text.width)
    if one_more or label_end(list(text.header), text.name):
        log.info("%s: labelled, its labels are not used", text.name)
        return _labelled(text, is_label, None)
    frame = _frame(text, labels=0)
    return Table(frame.to_numpy(np.float64), (), text, text.column)


def _check_size(text: Plain, max_size: int) -> None:
    if text.data.count(text.delimiter.encode()) * AS_FLOAT64 > max_size:
        raise DataFileError(f"{text.name}: its numbers take more than {max_size} bytes")
    if first_line(text.data).count(text.delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{text.name} line {text.line(0)}: more than {MAX_COLUMNS} columns")


def _labelled(text: Plain, is_label: Callable[[str], bool], label_column: LabelEnd | None) -> Table:
    frame = _frame(text, labels=1)
    left, middle, right = frame[0].tolist(), frame.iloc[:, 1:-1].to_numpy(np.float64), frame.iloc[:, -1].tolist()
    label_column = label_column or label_end(list(text.header), text.name)
    label_column = label_column or likelier_end(left, right, is_label, text.name)
    labels, others = (left, right) if label_column == "first" else (right, left)
    other_column = text.column + (frame.shape[1] - 1 if label_column == "first" else 0)
    numbers = _numbers(others, lambda row: f"{text.name} line {text.line(row)} column {other_column}")
    parts = (middle, numbers) if label_column == "first" else (numbers, middle)
    return Table(np.ascontiguousarray(np.hstack(parts)), labels, text, text.column + (label_column == "first"))


def likelier_end(left: Sequence[str], right: Sequence[str], is_label: Callable[[str], bool], name: str) -> LabelEnd:
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


def _frame(text: Plain, labels: int) -> Any:
    """The body as a pandas DataFrame of numbers; with labels, the first and the last column are cells."""
    width = text.width
    frame = _parsed(text, width, labels) if square_shape(width - labels) else None
    if frame is None or b'"' in text.data or (labels and any((frame[end] == "").any() for end in (0, width - 1))):
        _raise_first_fault(text, labels)
    if frame is None:
        raise DataFileError(f"{text.name}: not a table of numbers" + " and labels" * labels)
    if text.header and len(text.header) != width:
        raise DataFileError(
            f"{text.name} line {text.line(-1)}: a header of {len(text.header)} names over {width} columns"
        )
    return frame


def _parsed(text: Plain, width: int, labels: int) -> Any:
    import pandas as pd

    dtypes: dict[int, Any] = dict.fromkeys(range(width), np.float64)
    if labels:
        dtypes |= {0: object, width - 1: object}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                io.BytesIO(text.data),
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


def _raise_first_fault(text: Plain, labels: int) -> None:
    """Raises DataFileError for the first line that is blank, ragged, unclosed, or holds a pixel that is no number."""
    lines = text.data.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    widths = Counter(len(split_cells(line, text.delimiter)) for line in lines if line.strip())
    width = max(widths, key=lambda width: (widths[width], square_shape(width - labels) is not None), default=0)
    for row, line in enumerate(lines):
        fault = _fault(line, text.delimiter, width, labels, text.column)
        if fault:
            raise DataFileError(f"{text.name} line {text.line(row)}{fault}")
    pixels = width - labels
    if square_shape(pixels) is None:
        raise DataFileError(f"{text.name} line {text.line(0)}: {pixels} pixels, expected {squares_near(pixels)}")


def _fault(line: str, delimiter: str, width: int, labels: int, first_column: int) -> str | None:
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
    return None if column is None else f" column {first_column + column}: {what(cells[column])}, expected a number"


def _surely_numbers(cells: list[str]) -> bool:
    """A quick look that spares nearly all lines the slow one. float() also takes nan, 1_0 and every script's digits."""
    try:
        return math.isfinite(sum(map(float, cells))) and not any("_" in cell or not cell.isascii() for cell in cells)
    except ValueError:
        return False
