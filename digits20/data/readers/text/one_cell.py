"""Tables in which one cell of a row holds all pixels of an image, separated by blanks or commas or as a list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

from ....errors import DataFileError
from ...convert import square_shape, squares_near
from .columns import INDEX_NAMES, SPLIT_NAMES, is_of_part, quoted
from .csv_cells import LABEL_NAMES, number, shown_cell
from .csv_text import CsvText

BRACKETS = str.maketrans("[](),\n", "      ")


def without_cells(table: CsvText, part: str) -> CsvText:
    """A column per pixel, the label last, in place of one cell that holds all pixels of an image."""
    if table.width > 20:
        return table
    rows = _rows(table)
    first = next(rows, [])
    cell = next(
        (i for i, text in enumerate(first) if len(_pixels(text)) > 3 and number(_pixels(text)[0]) is not None), None
    )
    if cell is None or any("\n" in text or "\r" in text for text in first):
        return table
    label, split = _other_columns(table, len(first), cell)
    lines, width, kept = [], len(_pixels(first[cell])), list[int]()
    for row, cells in enumerate(_rows(table)):
        place = f"{table.name} line {table.line(row)}"
        if len(cells) != len(first):
            raise DataFileError(f"{place}: {len(cells)} columns, expected {len(first)}")
        pixels = _pixels(cells[cell])
        if len(pixels) != width:
            raise DataFileError(f"{place}: {len(pixels)} pixels, expected {width}")
        strange = next((text for text in pixels if number(text) is None), None)
        if strange is not None:
            raise DataFileError(f"{place} column {cell + 1}: {shown_cell(strange)}, expected a number")
        if split is not None and not is_of_part(cells[split], part):
            continue
        kept.append(row)
        lines.append(",".join(pixels) + ("" if label is None else f",{quoted(cells[label])}"))
    if not kept:
        raise DataFileError(f"{table.name}: no images for {part}ing in column {(split or 0) + 1}")
    if square_shape(width) is None:
        raise DataFileError(f"{table.name} line {table.line(0)}: {width} pixels, expected {squares_near(width)}")
    header = () if label is None else (*map(str, range(width)), "label")
    return replace(
        table, data="\n".join(lines).encode(), delimiter=",", header=header, rows=kept, all_pixels=label is None
    )


def _rows(table: CsvText) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(table.data.decode(), newline=""), delimiter=table.delimiter)
    except csv.Error:
        raise DataFileError(f"{table.name}: a quotation mark that does not close, or a cell too long") from None


def _pixels(cell: str) -> list[str]:
    return cell.translate(BRACKETS).split()


def _other_columns(table: CsvText, width: int, cell: int) -> tuple[int | None, int | None]:
    """The places of the labels and of the column that says which images are for training, beside the pixels' cell."""
    names = [name.lower() for name in table.header] if len(table.header) == width else [""] * width
    others = [i for i in range(width) if i != cell]
    split = next((i for i in others if names[i] in SPLIT_NAMES), None)
    others = [i for i in others if i != split]
    named = [i for i in others if names[i] in LABEL_NAMES]
    if len(others) > 1 and not named:
        others = [i for i in others if names[i] not in INDEX_NAMES]
    if len(named or others) > 1:
        raise DataFileError(f"{table.name} line 1: {len(others)} columns beside the pixels, which holds the labels?")
    return next(iter(named or others), None), split
