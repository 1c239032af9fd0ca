"""Weka's ARFF: a header of attributes, then a CSV table. SciPy's reader takes no words and runs on quotation marks."""

from __future__ import annotations

import re

from ....errors import DataFileError
from .csv_cells import LABEL_NAMES, MAX_COLUMNS

START = re.compile(rb"(?:[ \t]*(?:%[^\n]*)?\r?\n){0,200}[ \t]*@relation\b", re.IGNORECASE)
ATTRIBUTE = re.compile(r"\s*@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s+(.*)", re.IGNORECASE)
DATA = re.compile(rb"(?im)^[ \t]*@data[^\n]*\n")


def is_arff(text: bytes) -> bool:
    """Whether it begins as an ARFF file does."""
    return START.match(text) is not None


def as_csv(text: bytes, name: str) -> tuple[bytes, tuple[str, ...], int]:
    """(CSV text without header, the names of its columns, the line it begins at) of an ARFF file.

    A column of listed values at either end is the labels' where no other is called label, class or the like.
    Raises DataFileError.
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
    body = text[start.end() :]
    if body.lstrip().startswith(b"{"):
        raise DataFileError(f"{name}: a sparse ARFF file, save it as a dense one")
    return body.replace(b"'", b"").replace(b'"', b""), tuple(names), text.count(b"\n", 0, start.end()) + 1
