"""Weka's ARFF: a header of attributes, then a CSV table. SciPy's reader takes no words and runs on quotation marks."""

from __future__ import annotations

import re

from ....errors import DataFileError
from .csv_cells import LABEL_NAMES, MAX_COLUMNS, shown_cell

START = re.compile(rb"(?:[ \t]*(?:%[^\n]*)?\r?\n){0,200}[ \t]*@relation\b", re.IGNORECASE)
ATTRIBUTE = re.compile(r"\s*@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s+(.*)", re.IGNORECASE)
SPARSE = re.compile(rb"\{([^{}]*)\}")
AS_FLOAT64 = 8
DATA = re.compile(rb"(?im)^[ \t]*@data[^\n]*\n")


def is_arff(text: bytes) -> bool:
    """Whether it begins as an ARFF file does."""
    return START.match(text) is not None


def as_csv(text: bytes, name: str, max_size: int) -> tuple[bytes, tuple[str, ...], int]:
    """(CSV text without header, the names of its columns, the line it begins at) of an ARFF file.

    A column of listed values at either end is the labels' where no other is called label, class or the like.
    max_size: bytes that its numbers may take. Raises DataFileError.
    """
    start = DATA.search(text)
    if start is None:
        raise DataFileError(f"{name}: an ARFF file without @data")
    header = text[: start.start()].decode()
    attributes = [match for line in header.splitlines() if (match := ATTRIBUTE.match(line))]
    if not 0 < len(attributes) <= MAX_COLUMNS:
        raise DataFileError(f"{name}: an ARFF file of {len(attributes)} attributes")
    names = [match[1].strip("'\"").lower() for match in attributes]
    if not LABEL_NAMES & set(names):
        listed = [place for place, match in enumerate(attributes) if match[2].lstrip().startswith("{")]
        if listed and listed[-1] in (0, len(names) - 1):
            names[listed[-1]] = "label"
    body, above = text[start.end() :], text.count(b"\n", 0, start.end())
    if body.lstrip().startswith(b"{"):
        body = _dense(
            body, [_zero(match[2]) for match in attributes], name, text.count(b"\n", 0, start.end()), max_size
        )
    return body.replace(b"'", b"").replace(b'"', b""), tuple(names), above + 1


def _zero(kind: str) -> bytes:
    """What a sparse row leaves out: 0, or the first of the listed values."""
    listed = re.match(r"\s*\{\s*('[^']*'|\"[^\"]*\"|[^,}]*)", kind)
    return listed[1].strip().encode() if listed else b"0"


def _dense(body: bytes, zeros: list[bytes], name: str, above: int, max_size: int) -> bytes:
    """CSV lines of sparse ones, {place value, …}. zeros: what stands where they say nothing. above: lines before."""
    if (body.count(b"{") + 1) * len(zeros) * AS_FLOAT64 > max_size:
        raise DataFileError(f"{name}: its numbers take more than {max_size} bytes")
    lines = []
    for number, line in enumerate(body.split(b"\n"), above + 1):
        row, inside = zeros.copy(), SPARSE.fullmatch(line.strip())
        if line.strip() and not inside:
            raise DataFileError(f"{name} line {number}: expected {{place value, …}} as in the other lines")
        for cell in inside[1].split(b",") if inside and inside[1].strip() else ():
            place, _, value = cell.strip().partition(b" ")
            if not (place.isdigit() and len(place) < 8 and int(place) < len(zeros) and value.strip()):
                seen = shown_cell(cell.decode())
                raise DataFileError(f"{name} line {number}: {seen}, expected a place below {len(zeros)} and a value")
            row[int(place)] = value.strip()
        lines.append(b",".join(row) if inside else b"")
    return b"\n".join(lines)
