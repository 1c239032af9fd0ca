"""CSV text to pixels and label cells: which column holds the labels."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError
from ...convert import square_shape
from .cell_numbers import Pixels, count, read_cells
from .csv_cells import LABEL_NAMES, MAX_COLUMNS, LabelEnd, first_line, label_end, number, shown_cell
from .csv_text import CsvText

Floats = npt.NDArray[np.float64]

AS_FLOAT64 = 8  # bytes per number
BLOCK = 4096  # rows moved at a time
FEW = 25  # columns: fewer may be a small square and a label, or one column too few
NO_LABELS = "(--labels-file FILE names a file of labels; predict --data needs none)"

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Table:
    """One image per row. pixels: (m, n), unscaled. labels: the text of m cells, or empty where there are none.

    source: the text that they come from; first_pixel: the place of the first pixel among its cells, from 0.
    """

    pixels: Pixels
    labels: Sequence[str]
    source: CsvText
    first_pixel: int

    def place(self, row: int, pixel: int | None = None) -> str:
        """The line of an image, and the column of one of its pixels, as messages name them; row and pixel from 0."""
        line = f" line {self.source.line(row)}"
        return line if pixel is None else f"{line} column {self.source.column_of(self.first_pixel + pixel)}"


def read_table(text: CsvText, is_label: Callable[[str], bool], label_column: LabelEnd | None, max_size: int) -> Table:
    """The images and labels in plain CSV text. `is_label` says whether a cell can be a label.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    _check_size(text, max_size)
    if text.all_pixels or _no_room_for_labels(text):
        raise DataFileError(f"{text.name}: {text.width} pixels per row and no labels {NO_LABELS}")
    return _labelled(text, is_label, label_column or label_end(list(text.header), text.name))


def _no_room_for_labels(text: CsvText) -> bool:
    """Whether the rows have just the cells of a square image."""
    if text.width <= FEW or square_shape(text.width) is None or any(n.lower() in LABEL_NAMES for n in text.header):
        return False
    return all(len(row) == text.width for row in text.sample())


def read_images(text: CsvText, is_label: Callable[[str], bool], max_size: int) -> Table:
    """The images in plain CSV text; where there is one column more, its labels are left out.

    max_size: bytes that its numbers may take. Raises DataFileError that names the line and what was seen.
    """
    _check_size(text, max_size)
    one_more = square_shape(text.width - 1) and not square_shape(text.width)
    named = label_end(list(text.header), text.name)
    if one_more or named:
        log.info("%s: labelled, its labels are not used", text.name)
        return _labelled(text, is_label, named)
    return Table(read_cells(text, labels=0).numbers, (), text, 0)


def _check_size(text: CsvText, max_size: int) -> None:
    if count(text.data, text.delimiter.encode()) * AS_FLOAT64 > max_size:
        raise DataFileError(f"{text.name}: its numbers take more than {max_size} bytes")
    if first_line(text.data).count(text.delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{text.name} line {text.line(0)}: more than {MAX_COLUMNS} columns")


def _labelled(text: CsvText, is_label: Callable[[str], bool], label_column: LabelEnd | None) -> Table:
    cells = read_cells(text, labels=1)
    label_column = label_column or likelier_end(cells.left, cells.right, is_label, text.name)
    first = label_column == "first"
    labels, other, place = (cells.left, cells.right, -1) if first else (cells.right, cells.left, 0)
    other_column = text.column_of(text.width - 1 if first else 0)
    others = _numbers(other, lambda row: f"{text.name} line {text.line(row)} column {other_column}")
    numbers = cells.numbers if np.array_equal(others, others.astype(cells.numbers.dtype)) else cells.numbers * 1.0
    numbers[:, place] = others
    return Table(_without_column(numbers, 0 if first else -1), labels, text, int(first))


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
    """(m,) numbers of a column of pixels."""
    values = {cell: number(cell) for cell in set(column)}
    for row, cell in enumerate(column):
        if values[cell] is None:
            raise DataFileError(f"{place(row)}: {shown_cell(cell)}, expected a number")
    return np.array([values[cell] for cell in column], dtype=np.float64)


def _without_column(numbers: Pixels, place: int) -> Pixels:
    """The rows of numbers (m, width) without their first (0) or last (-1) cell, moved together where they are.

    A second array of a large table may not fit into memory.
    """
    m, width = numbers.shape
    flat, size = numbers.reshape(-1), width - 1
    for start in range(0, m, BLOCK):
        rows = numbers[start : start + BLOCK]
        rows = (rows[:, 1:] if place == 0 else rows[:, :-1]).copy()
        flat[start * size : start * size + rows.size] = rows.ravel()
    return flat[: m * size].reshape(m, size)
