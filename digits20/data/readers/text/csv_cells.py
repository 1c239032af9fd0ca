"""CSV text to lines and cells: the delimiter, whether the first line is a header, and the numbers in cells."""

from __future__ import annotations

import csv
import logging
import math
import re
from collections.abc import Callable
from typing import Literal

from ....errors import DataFileError
from ....system.untrusted import CHUNK

LabelEnd = Literal["first", "last"]

MAX_COLUMNS = 100_000  # images of 316x316 pixels; pandas takes a second for so many
MAX_CELL = 64  # bytes, on average over a line that is longer than what is read at once
BLANKS = " \t\n\v\f\r"  # around a cell; str.strip() would drop the control characters 0x1c to 0x1f too
LABEL_NAMES = {"label", "labels", "y", "class", "digit", "target"}
# possessive, so that a long cell that is no number is given up at once
NUMBER = re.compile(r"[+-]?(\d++(\.\d*+)?|\.\d++)(e[+-]?\d++)?", re.ASCII | re.IGNORECASE)
LINE_END = re.compile(rb"\r\n|\n|\r")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OCTAVE = b"# Created by Octave"
# the first bytes of other files that people try, and what they are
OTHERS = (
    *(
        (b"\x93NUMPY", "a single .npy array"),
        (b"PAR1", "a Parquet file"),
        (b"\x80", "a pickle"),
        (b"ARROW1", "an Arrow file"),
    ),
    *(
        (b"\xd0\xcf\x11\xe0", "an old Excel file"),
        (b"\x1f\x8b", "a gzip file in a gzip file"),
        (b"BZh", "a bzip2 file"),
    ),
    *((b"\xfd7zXZ", "an xz file"), (b"\x28\xb5\x2f\xfd", "a Zstandard file"), (b"SQLite", "a database")),
    *((b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"%PDF", "a PDF file")),
)
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")

log = logging.getLogger("digits20")


def number(cell: str) -> float | None:
    """The cell's number; None for text, for nothing and for what is not finite."""
    cell = cell.strip(BLANKS)
    if not NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def shown_cell(cell: str) -> str:
    """A cell as a message shows it: numbers bare, text in quotes, both short."""
    if not cell.strip():
        return "nothing"
    bare = number(cell) is not None
    cell = cell.strip() if bare else cell
    short = cell if len(cell) <= 20 else cell[:20] + "…"
    return short if bare else repr(short)


def check_text(first: bytes, name: str) -> None:
    """Raise DataFileError where the first bytes of a file are no text; more of it need not be read then."""
    if control := CONTROLS.search(first, 0, 4096) or CONTROLS.match(first, max(0, first.find(b"\0"))):
        byte = f"(byte {control.start() + 1} is 0x{control[0].hex()})"
        halves = {first[:8:2], first[1:8:2]}
        utf_16 = bytes(4) in halves and len(halves) == 2
        kind = "UTF-16 text, save it as UTF-8" if utf_16 else _kind(first)
        raise DataFileError(f"{name}: {kind} {byte}")


def start_of_text(first: bytes) -> bytes:
    """The beginning of a text as UTF-8, also of one that begins with the mark of UTF-16."""
    return first[:8192].decode("utf-16", "ignore").encode() if first[:2] in UTF_16 else first


def line_check(name: str) -> Callable[[bytes], None]:
    """What looks at a text chunk by chunk, and raises DataFileError where a line is longer than that of any table."""
    columns = size = 0

    def look(chunk: bytes) -> None:
        nonlocal columns, size
        if b"\n" in chunk or b"\r" in chunk:
            columns = size = 0
            return
        size += len(chunk)
        columns += max(len(chunk.split()), *(chunk.count(mark) for mark in (b",", b";", b"\t")))
        if columns > MAX_COLUMNS or size > CHUNK + MAX_CELL * columns:
            raise DataFileError(f"{name}: a line of {size} bytes, more than {MAX_COLUMNS} columns or a cell too long")

    return look


def _kind(first: bytes) -> str:
    known = next((what for start, what in OTHERS if first.startswith(start)), "a binary file")
    return f"{known}, expected CSV, .mat, .npz or IDX"


def plain_text(data: bytes, name: str) -> bytes:
    """The text without byte order mark and without blank lines at its end. Raises DataFileError where it is none.

    It is UTF-8, or UTF-16 with its mark, such as Excel's "Unicode text".
    """
    if data[:2] in UTF_16:
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise DataFileError(f"{name}: begins as UTF-16 text, but is none; save it as UTF-8") from None
    check_text(data, name)
    data = data.removeprefix(BYTE_ORDER_MARK)
    try:
        data.isascii() or data.decode()
    except UnicodeDecodeError as error:
        raise DataFileError(f"{name} line {_lines_before(data, error.start) + 1}: not UTF-8 text") from None
    data = data.rstrip(b"\r\n ")
    if not data.strip():
        raise DataFileError(f"{name}: empty")
    return data


def first_line(data: bytes) -> str:
    end = LINE_END.search(data)
    return data[: end.start() if end else None].decode()


def after_first_line(data: bytes) -> bytes:
    end = LINE_END.search(data)
    return data[end.end() :] if end else b""


def _lines_before(data: bytes, position: int) -> int:
    return sum(1 for _ in LINE_END.finditer(data, 0, position))


def delimiter_of(line: str, name: str) -> str:
    """What separates the cells of a file's first line."""
    if not line.strip():
        raise DataFileError(f"{name} line 1: blank")
    delimiter = max(";\t,", key=line.count)
    if delimiter not in line:
        raise DataFileError(f"{name} line 1: no comma, semicolon or tab in {shown_cell(line)}")
    if line.count(delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{name} line 1: more than {MAX_COLUMNS} columns")
    return delimiter


def split_cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return line.split(delimiter)


def is_header(cells: list[str], name: str) -> bool:
    """Whether a file's first line names the columns: it is words, or numbers that count up."""
    words = sum(number(cell) is None for cell in cells)
    inner = [cell.strip() for cell in cells[1:-1]]
    if 2 * words > len(cells):
        return True
    if label_end(cells, name) is not None:  # or the first image shows a y: no column is called 0.25
        return not any("." in cell for cell in inner)
    counts_up = len(inner) > 2 and inner in ([str(i + start) for i in range(len(inner))] for start in (0, 1, 2))
    if counts_up:
        log.warning("%s: line 1 counts up, taken for a header (--no-header takes it for an image)", name)
    return counts_up


def label_end(header: list[str], name: str) -> LabelEnd | None:
    """The end whose name says that it holds the labels."""
    columns = [i for i, cell in enumerate(header) if cell.strip().lower() in LABEL_NAMES]
    if columns == [0]:
        return "first"
    if columns == [len(header) - 1]:
        return "last"
    if len(columns) == 1:
        raise DataFileError(
            f"{name} line 1: {shown_cell(header[columns[0]])} names column {columns[0] + 1}, "
            f"the labels must be in the first or the last"
        )
    return None
