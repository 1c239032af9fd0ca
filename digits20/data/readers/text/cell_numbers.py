"""The cells of CSV text to numbers.

NumPy reads plain numbers, pandas what is not so plain; only where both fail, a slow pass finds the cell to name.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError
from ...convert import square_shape, squares_near
from . import plain_numbers
from .csv_cells import number, shown_cell, split_cells
from .csv_text import CsvText

Dtype = type[np.uint8] | type[np.float64]
Pixels = npt.NDArray[Any]  # uint8 where all are whole numbers that fit, else float64

PIECE = 16 * 2**20  # bytes of text that pandas reads at a time: what it makes of them comes on top of the table
LARGE = 16 * 2**20  # bytes of text from which reading takes long enough for a progress bar

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Cells:
    """A table's cells. numbers: (m, width). left, right: the text of the first and the last cell of each row, whose
    numbers are not set, where one of them may be a label; empty where all are numbers."""

    numbers: Pixels
    left: list[str]
    right: list[str]


def read_cells(text: CsvText, labels: int) -> Cells:
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


def _parsed(text: CsvText, width: int, labels: int) -> Cells | None:
    """The cells; None where there are other things than numbers, or rows of other widths."""
    whole, quoted = not any(mark in text.data for mark in (b".", b"-", b"e", b"E")), b'"' in text.data
    cells = None if quoted else _by_numpy(text, width, labels, np.uint8 if whole else np.float64)
    if cells is None and whole:
        cells = _by_pandas(text, width, labels, np.uint8)
    return cells or _by_pandas(text, width, labels, np.float64)


def _rows(text: CsvText, width: int) -> int:
    """How many rows there are at most."""
    line_feeds, returns, cells = (count(text.data, mark) for mark in (b"\n", b"\r", text.delimiter.encode()))
    return min(line_feeds + returns, cells // max(width - 1, 1)) + 1


def _by_numpy(text: CsvText, width: int, labels: int, dtype: Dtype) -> Cells | None:
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
    return Cells(numbers[:m], left, right)


def _by_pandas(text: CsvText, width: int, labels: int, dtype: Dtype) -> Cells | None:
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
    return Cells(numbers[:m], left, right) if np.isfinite(numbers[:m, middle]).all() else None


def count(data: bytes, mark: bytes) -> int:
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
