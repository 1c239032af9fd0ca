"""What is where on a sheet: its marks, its codes, and which box is for which label."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import ImageError
from .code import SHAPE

# Lengths in millimetres from the centre of the top left mark; the same on A4 and letter paper.
WIDTH, HEIGHT = 176.0, 250.0  # between the marks' centres
MARK = 7.0  # side of a corner mark; the top left one has a hole of half that side
BITS, BIT = 32, 4.0  # the code between the upper marks: its squares, and the side of one
CODE_LEFT = (WIDTH - BITS * BIT) / 2
SMALL = 1.5  # side of a square of the code that tells the labels
SMALL_LEFT, SMALL_TOP = (WIDTH - SHAPE[1] * SMALL) / 2, 2.6  # of that code
PER_LABEL = 20  # boxes, unless told otherwise
MOST = 200  # boxes of a label
COLUMNS, ROWS = 10, 20  # boxes of a sheet
LEFT, TOP = 20.0, 8.0  # of the first box's cell
CELL = 15.0, 12.0  # width and height of a box's cell
GAP = 1.0  # from the cell's edge to the box's line


@dataclass(frozen=True)
class Layout:
    """Which box is for which label: each label has rows of its own, `per_label` boxes."""

    labels: tuple[str, ...]
    per_label: int = PER_LABEL

    def rows(self) -> list[tuple[str, int]]:
        """The label and the number of boxes of each row, over all sheets."""
        full, rest = divmod(self.per_label, COLUMNS)
        return [(label, boxes) for label in self.labels for boxes in [*[COLUMNS] * full, *[rest] * (rest > 0)]]

    @property
    def sheets(self) -> int:
        return -(-len(self.rows()) // ROWS)

    def boxes(self, sheet: int) -> Iterator[tuple[str, int, int]]:
        """Label, row and column of each box of a sheet."""
        for row, (label, boxes) in enumerate(self.rows()[sheet * ROWS : (sheet + 1) * ROWS]):
            yield from ((label, row, column) for column in range(boxes))

    def code(self, sheet: int) -> list[bool]:
        """The BITS squares of a sheet's code, black where True: its number, then a checksum of labels and boxes."""
        text = repr((self.labels, self.per_label, sheet)).encode()
        return [bool(number >> bit & 1) for number, size in ((sheet, 8), (zlib.crc32(text), 24)) for bit in range(size)]


def names_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels as they stand on a sheet; raises ImageError for none, twice the same or one that cannot be printed."""
    names = tuple(labels)
    if not names or len(set(names)) < len(names):
        raise ImageError("labels: each once, one at least")
    if any(not name.isprintable() or name != name.strip() or not 0 < len(name) <= 12 for name in names):
        raise ImageError("labels: each of 1 to 12 printable characters")
    return names
