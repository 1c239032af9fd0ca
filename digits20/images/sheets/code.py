"""The code on a form that tells its labels: squares in rows, black or white, with a checksum."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..finding.segment import Mask

SHAPE = (3, 104)  # rows and columns of squares
ROOM = SHAPE[0] * SHAPE[1] // 8 - 6  # bytes for the labels, beside the checksum, their length and the boxes per label
RUN, NEXT = "\x01", "\x02"  # stands in a run "A…Z" of single letters; stands before each label where one is longer

LONGEST = 1000  # letters of a run


def encoded(labels: Sequence[str], per_label: int) -> Mask | None:
    """SHAPE, True for black: the labels and the number of boxes of each; None where there is no room for them."""
    long = any(len(label) > 1 for label in labels)
    text = "".join(NEXT + label for label in labels) if long else "".join(_runs(labels))
    if len(text.encode()) > ROOM:
        return None
    content = bytes([len(text.encode()), per_label]) + text.encode().ljust(ROOM, b"\0")
    bits = np.unpackbits(np.frombuffer(zlib.crc32(content).to_bytes(4, "big") + content, np.uint8))
    return (bits ^ _checkered()).astype(bool).reshape(SHAPE)


def decoded(black: Mask) -> tuple[tuple[str, ...], int] | None:
    """The labels and boxes per label of a code that was read; None where a square was misread."""
    data = np.packbits(black.ravel().astype(np.uint8) ^ _checkered()).tobytes()
    checksum, content = data[:4], data[4:]
    if zlib.crc32(content).to_bytes(4, "big") != checksum or content[0] > ROOM:
        return None
    try:
        text = content[2 : 2 + content[0]].decode()
        return tuple(text.split(NEXT)[1:] if NEXT in text else _letters(text)), content[1]
    except ValueError:
        return None


def _checkered() -> npt.NDArray[np.uint8]:
    """What the bits are combined with, so that white and black are about as frequent."""
    return np.asarray(np.indices(SHAPE).sum(axis=0).ravel() % 2, np.uint8)


def _runs(letters: Sequence[str]) -> Iterator[str]:
    """Single letters, four or more that follow one another as first, RUN, last."""
    for _, group in itertools.groupby(enumerate(letters), lambda pair: ord(pair[1]) - pair[0]):
        run = [letter for _, letter in group]
        yield "".join(run) if len(run) < 4 else run[0] + RUN + run[-1]


def _letters(text: str) -> Iterator[str]:
    """Undoes `_runs`; raises ValueError for what it never writes."""
    for place, letter in enumerate(text):
        if letter != RUN:
            yield letter
            continue
        first, last = ord(text[place - 1]), ord(text[place + 1 :][:1] or RUN)
        if not (place > 0 and first < last < first + LONGEST):
            raise ValueError
        yield from map(chr, range(first + 1, last))
