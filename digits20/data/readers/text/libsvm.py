"""Reads LIBSVM's sparse text, and Vowpal Wabbit's: a label, then index:value for each pixel that is not zero.

scikit-learn's reader makes the numbers, of lines that were checked first.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError
from .csv_cells import shown_cell

NUMBER = rb"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?"
QUERY = rb"(?:[ \t]++qid:\d{1,9})?"  # of a ranking, left out
START = re.compile(rb"(?:#[^\n]{0,500}\n){0,9}" + NUMBER + QUERY + rb"[ \t]+\d{1,6}:" + NUMBER + rb"(?=[ \t\r\n])")
LINE = re.compile(NUMBER + QUERY + rb"(?:[ \t]++\d{1,6}:" + NUMBER + rb")*+[ \t]*+(?:#.*)?\r?")
LAST = re.compile(rb"(\d{1,6}):[^: \t]+[ \t\r]*(?:#.*)?$")
# Vowpal Wabbit's: label, importance, tag, one namespace and its features
WABBIT = re.compile(
    rb"(?m)^(" + NUMBER + rb")(?:[ \t]++" + NUMBER + rb")?+(?:[ \t]++'[^\s|]{0,80})?+"
    rb"[ \t]*+\|[^\s:|]{0,40}(?=[ \t]++\d{1,6}:)"
)
ZERO_BASED = b"zero-based"  # as scikit-learn's comment says
AS_FLOAT64 = 8


def is_libsvm(text: bytes) -> bool:
    """Whether its first line is in this format."""
    return START.match(text) is not None or WABBIT.match(text) is not None


def read(text: bytes, name: str, max_size: int) -> tuple[npt.NDArray[Any], list[str], list[int]]:
    """(X, labels, lines): X (m, n) unscaled, n the square number next above the last index; the line of each image.

    The first pixel has index 1, or 0 where any does or a comment says "zero-based". Raises DataFileError.
    """
    lines = WABBIT.sub(rb"\1", text).split(b"\n")
    kept = [(place, line) for place, line in enumerate(lines, 1) if line.strip() and not line.startswith(b"#")]
    last = 0
    for place, line in kept:
        if not LINE.fullmatch(line):
            raise DataFileError(f"{name} line {place}: {_strange(line)}, expected a label and index:value")
        end = LAST.search(line)
        last = max(last, int(end[1])) if end else last
    zero_based = any(b" 0:" in line for _, line in kept) or any(
        ZERO_BASED in line for line in lines[:9] if line.startswith(b"#")
    )
    side = math.isqrt(max(last + zero_based - 1, 0)) + 1
    if len(kept) * side * side * AS_FLOAT64 > max_size:
        raise DataFileError(f"{name}: its numbers take more than {max_size} bytes")
    return (
        _numbers(kept, name, side * side, zero_based),
        [_label(line) for _, line in kept],
        [place for place, _ in kept],
    )


def _numbers(kept: list[tuple[int, bytes]], name: str, width: int, zero_based: bool) -> npt.NDArray[Any]:
    from sklearn.datasets import load_svmlight_file

    text = io.BytesIO(b"\n".join(line for _, line in kept))
    try:
        X, _ = load_svmlight_file(text, n_features=width, zero_based=zero_based)
    except (ValueError, OverflowError):
        raise DataFileError(f"{name}: its indices do not ascend in every line, or exceed {width}") from None
    dense: npt.NDArray[Any] = np.asarray(X.toarray())
    return dense


def _label(line: bytes) -> str:
    start = re.match(NUMBER, line)
    text = start[0].decode() if start else ""
    value = float(text)
    return str(int(value)) if value.is_integer() else text


def _strange(line: bytes) -> str:
    """The first cell that is not in this format."""
    label, *cells = line.split() or [b""]
    if not re.fullmatch(NUMBER, label):
        return shown_cell(label.decode())
    pair = re.compile(rb"\d{1,6}:" + NUMBER)
    return next((shown_cell(cell.decode()) for cell in cells if not pair.fullmatch(cell)), "what is no table")
