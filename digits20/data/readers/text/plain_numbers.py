"""The plainest CSV text, decimal numbers between single separators, to an array: NumPy is quicker at it than pandas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]

PIECE = 2**20  # bytes of text at a time: its arrays stay in the processor's cache
MOST_DIGITS = 15  # that a float64 holds exactly; divided by a power of ten they round as the text's number does
POWERS = np.array([float(f"1e{power}") for power in range(MOST_DIGITS + 1)])
ZERO, POINT, MINUS, LINE_FEED = b"0.-\n"


def pieces(text: bytes) -> Iterator[bytes]:
    """The text, a piece of whole lines at a time; each ends with a line feed, none has a carriage return before it."""
    at = 0
    while at < len(text):
        end = text.find(b"\n", at + PIECE) + 1 or len(text)
        piece = text[at:end].replace(b"\r\n", b"\n")
        yield piece if piece.endswith(b"\n") else piece + b"\n"
        at = end


def cells(
    piece: bytes, delimiter: str, width: int, labels: int
) -> tuple[npt.NDArray[Any], list[str], list[str]] | None:
    """(m, width) numbers, uint8 where they are whole, short and fit, else float64; and the first and last cells' text.

    labels: 1 where the first and the last cell may be a label: their numbers are then not set; else 0, and no text.
    None where anything is not as it is in the plainest text.
    """
    b = np.frombuffer(bytearray(piece), np.uint8)
    ends = np.flatnonzero((b == ord(delimiter)) | (b == LINE_FEED))
    last = ends[width - 1 :: width]
    if ends.size % width or piece.count(b"\n") != last.size or not (b[last] == LINE_FEED).all():
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    left, right = list[str](), list[str]()
    if labels:
        left, right = (_taken(piece, b, starts[place::width], ends[place::width]) for place in (0, width - 1))
    numbers: npt.NDArray[Any] | None = _whole(b, starts, ends) if piece.find(b".") < 0 else None
    if numbers is None:
        numbers = _decimal(b, starts, ends)
    return None if numbers is None else (numbers.reshape(-1, width), left, right)


def _taken(piece: bytes, b: Bytes, starts: Places, ends: Places) -> list[str]:
    """The text of those cells, which become zeros."""
    texts = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        texts.append(piece[start:end].decode())
        b[start:end] = ZERO
    return texts


def _whole(b: Bytes, starts: Places, ends: Places) -> Bytes | None:
    """(cells,) whole numbers from 0 to 255; None where there are others."""
    length = ends - starts
    if length.min() < 1 or length.max() > 3:
        return None
    digits = b - np.uint8(ZERO)
    if np.count_nonzero(digits <= 9) + ends.size < b.size:
        return None
    numbers = digits[ends - 1]
    longer = np.flatnonzero(length > 1)
    numbers[longer] += 10 * digits[ends[longer] - 2]
    longest = longer[length[longer] > 2]
    hundreds, rest = digits[ends[longest] - 3], numbers[longest]
    if ((hundreds > 2) | ((hundreds == 2) & (rest > 55))).any():
        return None
    numbers[longest] += 100 * hundreds
    return numbers


def _decimal(b: Bytes, starts: Places, ends: Places) -> npt.NDArray[np.float64] | None:
    """(cells,) decimal numbers; None where there is anything else."""
    points, signs = np.flatnonzero(b == POINT), np.flatnonzero(b == MINUS)
    fractional, negative = np.searchsorted(ends, points), np.searchsorted(ends, signs)
    if (np.diff(fractional) == 0).any() or not np.array_equal(starts[negative], signs):
        return None
    kept = b[(b != POINT) & (b != MINUS)]
    marks = np.zeros(ends.size, np.intp)  # that are left out of each cell
    marks[fractional] += 1
    marks[negative] += 1
    kept_ends = ends - np.cumsum(marks)
    numbers = _digits(kept, kept_ends)
    if numbers is None:
        return None
    numbers[fractional] /= POWERS[ends[fractional] - points - 1]
    numbers[negative] *= -1
    return numbers


def _digits(b: Bytes, ends: Places) -> npt.NDArray[np.float64] | None:
    """(cells,) whole numbers of up to MOST_DIGITS digits; None where there is anything else."""
    length = np.diff(ends, prepend=-1) - 1
    digits = b - np.uint8(ZERO)
    if length.min() < 1 or length.max() > MOST_DIGITS or np.count_nonzero(digits <= 9) + ends.size < b.size:
        return None
    numbers = digits[ends - 1].astype(np.float64)
    rest = np.flatnonzero(length > 1)
    for back in range(2, int(length.max()) + 1):
        numbers[rest] += POWERS[back - 1] * digits[ends[rest] - back]
        rest = rest[length[rest] > back]
    return numbers
