"""CSV text to pixels and label cells.

pandas reads it fast; only where something is wrong does a slow second look find the line and what stands there.
"""

from __future__ import annotations

import csv
import io
import logging
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .dataset import square_shape
from .errors import DataFileError

End = Literal["first", "last"]
Floats = npt.NDArray[np.float64]

LABEL_NAMES = {"label", "labels", "y", "class", "digit", "target"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
LINE_END = re.compile(rb"\r\n|\n|\r")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Table:
    """One image a row. pixels: (m, n), unscaled. labels: m cells, as they stand in the file."""

    pixels: Floats
    labels: Sequence[str]
    first_line: int
    first_pixel_column: int

    def place(self, row: int, pixel: int | None = None) -> str:
        """Where the image, or one pixel of it, stands in the file: both counted from 1 there."""
        line = f" line {self.first_line + row}"
        return line if pixel is None else f"{line} column {self.first_pixel_column + pixel}"


def read_table(
    data: bytes, name: str, is_label: Callable[[str], bool], label_column: End | None, header: bool | None
) -> Table:
    """The table in CSV text. `name` is the file's, for messages; `is_label` tells cells that can be labels.

    Raises DataFileError that names the line and what was seen.
    """
    data = _text(data, name)
    head = _head(data)
    delimiter = _delimiter(head, name)
    first = _cells(head, delimiter)
    if header is None:
        header = _is_header(first, name)
    body = data[_body_start(data) :] if header else data
    if not body:
        raise DataFileError(f"{name}: a header and no images")
    first_line = 2 if header else 1
    left, middle, right = _columns(body, delimiter, name, first_line)
    if len(first) != middle.shape[1] + 2:
        raise DataFileError(f"{name} line 1: a header of {len(first)} names over {middle.shape[1] + 2} columns")
    label_column = label_column or (_named(first, name) if header else None)
    label_column = label_column or _likelier(left, right, is_label, name)
    labels, others = (left, right) if label_column == "first" else (right, left)
    other_column = len(first) if label_column == "first" else 1
    numbers = _numbers(others, lambda row: f"{name} line {first_line + row} column {other_column}")
    parts = (middle, numbers) if label_column == "first" else (numbers, middle)
    return Table(np.ascontiguousarray(np.hstack(parts)), labels, first_line, 2 if label_column == "first" else 1)


def number(cell: str) -> float | None:
    """The cell's number; None for text, for nothing and for what is not finite."""
    if not NUMBER.fullmatch(cell.strip()):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def what(cell: str) -> str:
    """A cell as a message shows it: numbers bare, text in quotes, both short."""
    if not cell.strip():
        return "nothing"
    short = cell if len(cell) <= 20 else cell[:20] + "…"
    return short if number(cell) is not None else repr(short)


def squares_near(pixels: int) -> str:
    """The square images whose size is next to that many pixels: "361 (19×19) or 400 (20×20)"."""
    side = math.isqrt(pixels)
    return " or ".join(f"{n * n} ({n}×{n})" for n in (side, side + 1) if n)


def _text(data: bytes, name: str) -> bytes:
    """The text without byte order mark and without blank lines at its end."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataFileError(f"{name}: UTF-16 text, save it as UTF-8")
    data = data.removeprefix(BYTE_ORDER_MARK)
    if control := CONTROLS.search(data, 0, 4096) or CONTROLS.match(data, data.find(b"\0")):
        kind = (
            "UTF-16 text, save it as UTF-8" if data[1:8:2] == bytes(4) else "a binary file, expected CSV, .mat or .npz"
        )
        raise DataFileError(f"{name}: {kind} (byte {control.start() + 1} is 0x{control[0].hex()})")
    try:
        data.isascii() or data.decode()
    except UnicodeDecodeError as error:
        raise DataFileError(f"{name} line {_lines_before(data, error.start) + 1}: not UTF-8 text") from None
    data = data.rstrip(b"\r\n ")
    if not data.strip():
        raise DataFileError(f"{name}: empty")
    return data


def _head(data: bytes) -> str:
    end = LINE_END.search(data)
    return data[: end.start() if end else None].decode()


def _body_start(data: bytes) -> int:
    end = LINE_END.search(data)
    return end.end() if end else len(data)


def _lines_before(data: bytes, position: int) -> int:
    return sum(1 for _ in LINE_END.finditer(data, 0, position))


def _delimiter(head: str, name: str) -> str:
    if not head.strip():
        raise DataFileError(f"{name} line 1: blank")
    delimiter = max(";\t,", key=head.count)
    if delimiter not in head:
        raise DataFileError(f"{name} line 1: no comma, semicolon or tab in {what(head)}")
    return delimiter


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return line.split(delimiter)


def _is_header(cells: list[str], name: str) -> bool:
    words = sum(number(cell) is None for cell in cells)
    if 2 * words > len(cells) or _named(cells, name) is not None:
        return True
    inner = [cell.strip() for cell in cells[1:-1]]
    counts_up = len(inner) > 2 and inner in ([str(i + start) for i in range(len(inner))] for start in (0, 1, 2))
    if counts_up:
        log.warning("%s: line 1 counts up, taken for a header (--no-header takes it for an image)", name)
    return counts_up


def _named(header: list[str], name: str) -> End | None:
    """The end whose name says that it holds the labels."""
    columns = [i for i, cell in enumerate(header) if cell.strip().lower() in LABEL_NAMES]
    if columns == [0]:
        return "first"
    if columns == [len(header) - 1]:
        return "last"
    if len(columns) == 1:
        raise DataFileError(
            f"{name} line 1: {what(header[columns[0]])} names column {columns[0] + 1}, "
            f"the labels must be in the first or the last"
        )
    return None


def _likelier(left: Sequence[str], right: Sequence[str], is_label: Callable[[str], bool], name: str) -> End:
    """The end whose valid labels vary more from row to row; an end that is mostly words can only be labels."""
    first, last = (_label_likeness(column, is_label) for column in (left, right))
    chosen: End = "first" if first > last else "last"
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


def _columns(body: bytes, delimiter: str, name: str, first_line: int) -> tuple[list[str], Floats, list[str]]:
    """The first column's cells, (m, columns - 2) numbers between, the last column's cells."""
    width = len(_cells(_head(body), delimiter))
    columns = _parsed(body, delimiter, width) if square_shape(width - 1) else None
    if columns is None or "" in columns[0] or "" in columns[2] or b'"' in body:
        _look_closely(body.decode(), delimiter, name, first_line)
    if columns is None:
        raise DataFileError(f"{name}: not a table of numbers and labels")
    return columns


def _parsed(body: bytes, delimiter: str, width: int) -> tuple[list[str], Floats, list[str]] | None:
    import pandas as pd

    dtypes: dict[int, Any] = dict.fromkeys(range(width), np.float64) | {0: object, width - 1: object}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                io.BytesIO(body), sep=delimiter, header=None, dtype=dtypes, na_filter=False, skip_blank_lines=False
            )
    except (ValueError, OverflowError):
        return None
    if frame.shape[1] != width:  # a quotation mark swallowed the line's end
        return None
    numbers = frame.iloc[:, 1:-1].to_numpy(np.float64)
    return (frame[0].tolist(), numbers, frame[width - 1].tolist()) if np.isfinite(numbers).all() else None


def _look_closely(body: str, delimiter: str, name: str, first_line: int) -> None:
    """Raises DataFileError for the first line that is blank, ragged, unclosed, or holds a pixel that is no number."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    widths = Counter(len(_cells(line, delimiter)) for line in lines if line.strip())
    width = max(widths, key=lambda width: (widths[width], square_shape(width - 1) is not None))
    for line, text in enumerate(lines, first_line):
        fault = _fault(text, delimiter, width)
        if fault:
            raise DataFileError(f"{name} line {line}{fault}")
    if square_shape(width - 1) is None:
        raise DataFileError(f"{name} line {first_line}: {width - 1} pixels, expected {squares_near(width - 1)}")


def _fault(line: str, delimiter: str, width: int) -> str | None:
    if not line.strip():
        return ": blank"
    if line.count('"') % 2:
        return ": a quotation mark that does not close"
    cells = _cells(line, delimiter)
    if len(cells) != width:
        return f": {len(cells) - 1} pixels, expected {width - 1}"
    if _surely_numbers(cells[1:-1]):
        return None
    strange = (column for column, cell in enumerate(cells[:-1]) if column and number(cell) is None)
    column = next(strange, None)
    return f" column {column + 1}: {what(cells[column])}, expected a number" if column else None


def _surely_numbers(cells: list[str]) -> bool:
    """A quick look that spares nearly all lines the slow one. float() also takes nan, 1_0 and every script's digits."""
    try:
        return math.isfinite(sum(map(float, cells))) and not any("_" in cell or not cell.isascii() for cell in cells)
    except ValueError:
        return False
