"""CSV text to pixels and label cells.

NumPy reads plain numbers, pandas what is not so plain; only where both fail, a slow pass finds the cell to name.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError
from ...dataset import square_shape, squares_near
from . import plain_numbers
from .csv_cells import LABEL_NAMES, MAX_COLUMNS, LabelEnd, first_line, label_end, number, shown_cell, split_cells
from .csv_text import CsvText

Floats = npt.NDArray[np.float64]
Dtype = type[np.uint8] | type[np.float64]
Pixels = npt.NDArray[Any]  # uint8 where all are whole numbers that fit, else float64

AS_FLOAT64 = 8  # bytes per number
PIECE = 16 * 2**20  # bytes of text that pandas reads at a time: what it makes of them comes on top of the table
LARGE = 16 * 2**20  # bytes of text from which reading takes long enough for a progress bar
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
    return Table(_cells(text, labels=0).numbers, (), text, 0)


def _check_size(text: CsvText, max_size: int) -> None:
    if _count(text.data, text.delimiter.encode()) * AS_FLOAT64 > max_size:
        raise DataFileError(f"{text.name}: its numbers take more than {max_size} bytes")
    if first_line(text.data).count(text.delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{text.name} line {text.line(0)}: more than {MAX_COLUMNS} columns")


def _labelled(text: CsvText, is_label: Callable[[str], bool], label_column: LabelEnd | None) -> Table:
    cells = _cells(text, labels=1)
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


@dataclass(frozen=True)
class _Cells:
    """A table's cells. numbers: (m, width). left, right: the text of the first and the last cell of each row, whose
    numbers are not set, where one of them may be a label; empty where all are numbers."""

    numbers: Pixels
    left: list[str]
    right: list[str]


def _cells(text: CsvText, labels: int) -> _Cells:
    """The cells of plain text with so many labels per row, 0 or 1; raises DataFileError where they are no table."""
    width = text.width
    cells = _parsed(text, width, labels) if square_shape(width - labels) else None
    if cells is None or b'"' in text.data or "" in cells.left or "" in cells.right:
        _raise_first_fault(text, labels)
    if cells is None:
        raise DataFileError(f"{text.name}: not a table of numbers" + " and labels" * labels)
    if text.header and len(text.header) != width:
        raise DataFileError(
            f"{text.name} line {text.line(-1)}: a header of {len(text.header)} names over {width} columns"
        )
    return cells


def _parsed(text: CsvText, width: int, labels: int) -> _Cells | None:
    """The cells; None where there are other things than numbers, or rows of other widths."""
    whole, quoted = not any(mark in text.data for mark in (b".", b"-", b"e", b"E")), b'"' in text.data
    cells = None if quoted else _by_numpy(text, width, labels, np.uint8 if whole else np.float64)
    if cells is None and whole:
        cells = _by_pandas(text, width, labels, np.uint8)
    return cells or _by_pandas(text, width, labels, np.float64)


def _rows(text: CsvText, width: int) -> int:
    """How many rows there are at most."""
    line_feeds, returns, cells = (_count(text.data, mark) for mark in (b"\n", b"\r", text.delimiter.encode()))
    return min(line_feeds + returns, cells // max(width - 1, 1)) + 1


def _by_numpy(text: CsvText, width: int, labels: int, dtype: Dtype) -> _Cells | None:
    """The cells, in that dtype or float64; None where the text is not of the plainest kind."""
    numbers = np.empty((_rows(text, width), width), dtype)
    left, right, m = list[str](), list[str](), 0
    with _bar(text) as read:
        for piece in plain_numbers.pieces(text.data):
            cells = plain_numbers.cells(piece, text.delimiter, width, labels)
            if cells is None:
                return None
            rows = cells[0]
            if not np.can_cast(rows.dtype, numbers.dtype):
                numbers = numbers.astype(rows.dtype)
            numbers[m : m + len(rows)] = rows
            left += cells[1]
            right += cells[2]
            m += len(rows)
            read(len(rows) / len(numbers))
    return _Cells(numbers[:m], left, right)


def _by_pandas(text: CsvText, width: int, labels: int, dtype: Dtype) -> _Cells | None:
    """The cells in that dtype, a piece of the text at a time; None where they cannot be read so."""
    import pandas as pd

    dtypes: dict[int, Any] = dict.fromkeys(range(width), dtype)
    if labels:
        dtypes |= {0: object, width - 1: object}
    rows = _rows(text, width)
    numbers, left, right = np.empty((rows, width), dtype), list[str](), list[str]()
    m, middle = 0, slice(labels, width - labels)
    try:
        with warnings.catch_warnings(), _bar(text) as read:
            warnings.simplefilter("ignore")
            pieces = pd.read_csv(
                io.BytesIO(text.data),
                sep=text.delimiter,
                header=None,
                dtype=dtypes,
                na_filter=False,
                skip_blank_lines=False,
                low_memory=False,
                chunksize=max(1, rows * PIECE // max(len(text.data), PIECE)),
            )
            for piece in pieces:
                if piece.shape[1] != width or m + len(piece) > rows:  # a quotation mark swallowed the line's end
                    return None
                numbers[m : m + len(piece), middle] = piece.iloc[:, middle].to_numpy(dtype)
                left += piece[0].tolist() if labels else []
                right += piece[width - 1].tolist() if labels else []
                m += len(piece)
                read(len(piece) / rows)
    except (ValueError, OverflowError):
        return None
    return _Cells(numbers[:m], left, right) if np.isfinite(numbers[:m, middle]).all() else None


def _count(data: bytes, mark: bytes) -> int:
    """How often a byte occurs, of which there are many: NumPy counts them faster than bytes.count."""
    view, places = np.frombuffer(data, np.uint8), range(0, len(data), PIECE)
    return sum(int(np.count_nonzero(view[start : start + PIECE] == mark[0])) for start in places)


@contextmanager
def _bar(text: CsvText) -> Iterator[Callable[[float], object]]:
    """A progress bar on the terminal for a large file, told of the shares that have been read; none with --quiet."""
    if len(text.data) < LARGE or not log.isEnabledFor(logging.INFO):
        yield lambda share: None
        return
    from tqdm import tqdm

    with tqdm(total=len(text.data), desc="reading", unit="B", unit_scale=True, leave=False, disable=None) as bar:
        yield lambda share: bar.update(round(share * len(text.data)))


def _raise_first_fault(text: CsvText, labels: int) -> None:
    """Raises DataFileError for the first line that is blank, ragged, unclosed, or holds a pixel that is no number."""
    lines = text.data.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    widths = Counter(len(split_cells(line, text.delimiter)) for line in lines if line.strip())
    width = max(widths, key=lambda width: (widths[width], square_shape(width - labels) is not None), default=0)
    for row, line in enumerate(lines):
        fault = _fault(line, text, width, labels)
        if fault:
            raise DataFileError(f"{text.name} line {text.line(row)}{fault}")
    pixels = width - labels
    if square_shape(pixels) is None:
        raise DataFileError(f"{text.name} line {text.line(0)}: {pixels} pixels, expected {squares_near(pixels)}")


def _fault(line: str, text: CsvText, width: int, labels: int) -> str | None:
    if not line.strip():
        return ": blank"
    if line.count('"') % 2:
        return ": a quotation mark that does not close"
    cells = split_cells(line, text.delimiter)
    if len(cells) != width:
        return f": {len(cells) - labels} pixels, expected {width - labels}"
    if _surely_numbers(cells[labels : width - labels]):
        return None
    not_numbers = (i for i in range(labels, width - labels) if number(cells[i]) is None)
    column = next(not_numbers, None)
    return (
        None if column is None else f" column {text.column_of(column)}: {shown_cell(cells[column])}, expected a number"
    )


def _surely_numbers(cells: list[str]) -> bool:
    """A quick look that spares nearly all lines the slow one. float() also takes nan, 1_0 and every script's digits."""
    try:
        return math.isfinite(sum(map(float, cells))) and not any("_" in cell or not cell.isascii() for cell in cells)
    except ValueError:
        return False
