"""Tables with a row per pixel (image, row, column, value, perhaps the label), as tidy data have it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from ....errors import DataFileError
from .csv_cells import LABEL_NAMES, number, shown_cell, split_cells
from .csv_text import CsvText

NAMES = {
    "image": {"image", "img", "image_id", "imageid", "id", "sample", "example", "n"},
    "row": {"row", "r", "i", "line"},
    "column": {"column", "col", "c", "j"},
    "value": {"value", "pixel", "v", "grey", "gray", "intensity", "ink"},
    "label": LABEL_NAMES,
}
log = logging.getLogger("digits20")


def without_long_form(table: CsvText) -> CsvText:
    """A row per image, its pixels row by row and its label last, where the header says that there is a row per pixel.

    Raises DataFileError for images that are not whole or have several labels.
    """
    names = [name.strip().lower() for name in table.header]
    places = {role: [i for i, name in enumerate(names) if name in known] for role, known in NAMES.items()}
    labelled = bool(places["label"])
    wanted = [*list(NAMES)[:4], *(["label"] if labelled else [])]
    if len(names) != len(wanted) or any(len(places[role]) != 1 for role in wanted):
        return table
    columns = [places[role][0] for role in wanted]
    rows = [_cells(table, row, line, columns) for row, line in enumerate(table.lines())]
    at = np.array([[number(cell) for cell in cells[1:3]] for cells in rows], float)
    at = (at - at.min(axis=0)).astype(int)
    height, width = (at.max(axis=0) + 1).tolist()
    images: dict[str, list[int]] = {}
    for row, cells in enumerate(rows):
        images.setdefault(cells[0], []).append(row)
    lines = []
    for image, own in images.items():
        order = sorted(own, key=lambda row: tuple(at[row]))
        twice, pixels = len({tuple(at[row]) for row in own}) < len(own), height * width
        if twice or len(own) != pixels:
            seen = "a pixel twice" if twice else f"{len(own)} pixels, expected {pixels} ({height}×{width})"
            raise DataFileError(f"{table.name} line {table.line(own[0])}: image {shown_cell(image)} has {seen}")
        if labelled and len({rows[row][4] for row in own}) > 1:
            raise DataFileError(f"{table.name} line {table.line(own[0])}: several labels for image {shown_cell(image)}")
        lines.append(",".join([*(rows[row][3] for row in order), *([rows[own[0]][4]] if labelled else [])]))
    log.info("%s: a row per pixel, %d images of %dx%d", table.name, len(lines), height, width)
    header = (*map(str, range(height * width)), "label") if labelled else ()
    first = [own[0] for own in images.values()]
    body = "\n".join(lines).encode()
    return replace(table, data=body, delimiter=",", header=header, rows=first, all_pixels=not labelled)


def _cells(table: CsvText, row: int, line: str, columns: list[int]) -> list[str]:
    """The cells of a line in the order image, row, column, value, label."""
    cells, place = split_cells(line, table.delimiter), f"{table.name} line {table.line(row)}"
    if len(cells) != len(columns):
        raise DataFileError(f"{place}: {len(cells)} columns, expected {len(columns)}")
    for column in columns[1:4]:
        value = number(cells[column])
        if value is None or (column != columns[3] and not (value.is_integer() and abs(value) < 10_000)):
            raise DataFileError(f"{place} column {column + 1}: {shown_cell(cells[column])}, expected a number")
    return [cells[column].strip() for column in columns]
