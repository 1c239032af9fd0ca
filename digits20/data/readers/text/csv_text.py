"""A table as plain CSV text: what every dialect is brought to before its numbers are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .csv_cells import first_line, split_cells

SAMPLE = 50  # lines looked at to tell what a column is


@dataclass(frozen=True)
class CsvText:
    """A table as plain CSV text.

    data: cells separated by `delimiter`, without header. header: the names of the columns, empty where there are none.
    first, step: the line of the first image in the file, from 1, and how many lines further the next is.
    column: the file's column of the first cell, from 1; columns: that of each cell, where they are no longer in turn.
    rows: which of the file's rows are left, from 0; None for all. all_pixels: nothing but pixels is left. ids: the
    cells of a column of row numbers or names that was left out.
    """

    name: str
    data: bytes
    delimiter: str
    header: tuple[str, ...] = ()
    first: int = 1
    step: int = 1
    column: int = 1
    columns: Sequence[int] = ()
    rows: Sequence[int] | None = None
    all_pixels: bool = False
    ids: Sequence[str] = ()

    @property
    def width(self) -> int:
        return len(split_cells(first_line(self.data), self.delimiter))

    def line(self, row: int) -> int:
        """The line of the file that an image stands in, from 1."""
        return self.first + self.step * (row if self.rows is None or row < 0 else self.rows[row])

    def column_of(self, place: int) -> int:
        """The column of the file that a cell of each row stands in, from 1."""
        return self.columns[place] if self.columns else self.column + place

    def sample(self) -> list[list[str]]:
        """The cells of the first lines."""
        return [split_cells(line, self.delimiter) for line in self.lines(SAMPLE)]

    def lines(self, most: int | None = None) -> list[str]:
        end = len(self.data) if most is None else _end_of_line(self.data, most)
        text = self.data[:end].decode().replace("\r\n", "\n").replace("\r", "\n")
        return text.removesuffix("\n").split("\n")[:most]


def _end_of_line(data: bytes, lines: int) -> int:
    """How many bytes so many lines take, at most."""
    at = 0
    for _ in range(lines):
        ends = [end for mark in (b"\n", b"\r") if (end := data.find(mark, at)) >= 0]
        if not ends:
            return len(data)
        at = min(ends) + 1
    return at
