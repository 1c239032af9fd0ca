"""Labels that lie in another file than their images: which file that is, and the labels in it, whatever its kind."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import DataFileError, shown
from ...system.untrusted import read_file
from ...types import StrPath
from .arrays import idx, named, parquet, roles, shapes
from .kinds import kind_of
from .text.columns import INDEX_NAMES, OTHER_NAMES
from .text.csv_cells import BLANKS, LABEL_NAMES, number, plain_text, split_cells

# words for images in a file's name, and those for the labels beside them
PARTNERS = (
    ("images-idx3", ("labels-idx1",)),
    ("images.idx3", ("labels.idx1",)),
    ("images", ("labels", "targets")),
    ("image", ("label", "target")),
    ("imgs", ("labels", "lbls")),
    ("img", ("label", "lbl")),
    ("pixels", ("labels",)),
    ("features", ("labels", "targets")),
    ("inputs", ("targets", "labels")),
    ("data", ("labels", "target", "targets", "label")),
    ("X", ("y", "Y")),
    ("x", ("y",)),
)

log = logging.getLogger("digits20")


def labels_beside(images: StrPath) -> Path | None:
    """The file of the labels of those images, by its name: y_train.npy for X_train.npy. None where there is none.

    The folder may hold it packed where the images are not, or the other way round.
    """
    path = Path(os.fspath(images))
    for partner in _partners(path.name):
        for name in (partner, f"{partner}.gz", partner.removesuffix(".gz")):
            if name != path.name and path.with_name(name).is_file():
                return path.with_name(name)
    return None


def _partners(name: str) -> Iterator[str]:
    for word, others in PARTNERS:
        # a word of its own: the x of x_train, not that of matrix
        pattern = re.compile(
            rf"(?<![A-Za-z]){word}(?![a-z])|(?<=(?<!\w)train){word}(?![a-z])|(?<=(?<!\w)test){word}(?![a-z])"
        )
        if pattern.search(name):
            yield from (pattern.sub(other, name, count=1) for other in others)


def read_labels(path: StrPath, max_size: int, part: roles.Part = "train", ids: Sequence[str] = ()) -> list[str]:
    """The labels in that file, a text for each: IDX, .npy, .npz, .mat and others of one array, or text, one per line.

    Of a table with several columns the one called label, y or the like counts, else the only one that could be. One-hot
    rows become their places. ids: those of the images, by which a table's labels are put in their order, where it has
    them too. Raises DataFileError, also for ids that rise in neither or are others.
    """
    name, data = shown(path), read_file(path, max_size)
    if idx.is_idx(data):
        found = cells(idx.labels_in(data, name))
    elif kind_of(data) in named.READ:
        found = cells(_array(data, name, part, max_size))
    elif kind_of(data) == "parquet":
        found = cells(parquet.read_labels(data, name, max_size))
    else:
        return _from_text(data, name, ids)
    _check_turn(ids, name, "the images'")
    return found


def _array(data: bytes, name: str, part: roles.Part, max_size: int) -> npt.NDArray[Any]:
    """(m,) labels of a file of one array, or of one whose name tells that it holds labels."""

    def choose(names: Any) -> list[str]:
        if len(names) == 1:
            return list(names)
        wanted = [which for which in names if roles.holds_labels(which, part)]
        if len(wanted) != 1:
            raise DataFileError(f"{name}: which of its arrays holds labels? found {shapes.found_names(names)}")
        return wanted

    ((which, array),) = named.read_arrays(data, name, choose, max_size)
    return shapes.label_row(array, name, which)


def _from_text(data: bytes, name: str, ids: Sequence[str]) -> list[str]:
    text = plain_text(data, name).decode().replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip(BLANKS)]
    rows = _rows(lines)
    if len(rows) == 1 and len(rows[0]) > 1:  # all in one line, perhaps as a list
        rows = [[cell] for cell in rows[0]]
    width = len(rows[-1])
    if ragged := next((place for place, row in enumerate(rows, 1) if len(row) != width), None):
        raise DataFileError(f"{name} line {ragged}: {len(rows[ragged - 1])} columns, expected {width}")
    if width > 2 and (hot := _one_hot(rows) or _one_hot(rows[1:])):
        return hot
    header, columns = _columns(rows)
    column = _label_column(header, columns, name)
    found = [cell.strip(BLANKS).strip("'\"") for cell in columns.pop(column)]
    header.pop(column)
    return _in_order_of(ids, found, header, columns, name)


def _columns(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The header, of empty names where there is none, and the columns below it."""
    header = [cell.strip().strip("'\"").lower() for cell in rows[0]]
    columns = [list(column) for column in zip(*rows, strict=True)]
    named = any(cell in LABEL_NAMES for cell in header) or (len(rows) > 2 and any(map(_is_titled, columns)))
    return (header, [one[1:] for one in columns]) if named else ([""] * len(header), columns)


def _is_titled(column: list[str]) -> bool:
    """Whether a word stands above numbers."""
    return number(column[0]) is None and all(number(cell) is not None for cell in column[1:])


def _label_column(header: list[str], columns: list[list[str]], name: str) -> int:
    """The column called label or the like, or else the only one that is no row numbers, names of files or the like."""
    named = [place for place, title in enumerate(header) if title in LABEL_NAMES]
    others = [place for place, title in enumerate(header) if not title or title not in OTHER_NAMES]
    uncounted = [place for place in others if not _counts(columns[place])] or others[-1:]
    repeated = [place for place in uncounted if len(set(columns[place])) < len(columns[place])] or uncounted
    found = named or (others if len(others) == 1 else repeated)
    if len(named) > 1 or len(found) != 1:
        raise DataFileError(
            f"{name}: {len(header)} columns, which holds the labels? (a header that names it label tells)"
        )
    return found[0]


def _in_order_of(
    ids: Sequence[str], found: list[str], header: list[str], columns: list[list[str]], name: str
) -> list[str]:
    """The labels in the order of the images' ids where the table has those, else as they stand."""
    wanted = [_key(one) for one in ids]
    for column in columns:
        place = {_key(cell): row for row, cell in enumerate(column)}
        if len(place) == len(column) and 1 < len(set(wanted)) == len(wanted) and set(wanted) <= place.keys():
            log.info("%s: labels put in the order of the images by their ids", name)
            return [found[place[key]] for key in wanted]
    _check_turn(ids, name, "the images'")
    for title, column in zip(header, columns, strict=True):
        _check_turn(column, name, "its", title)
        _check_steps(ids, column, name)
    return found


def _key(cell: str) -> str | float:
    value = number(cell)
    return cell.strip(BLANKS).strip("'\"") if value is None else value


def _check_turn(column: Sequence[str], name: str, whose: str, title: str = "") -> None:
    """Raise DataFileError for ids that do not rise: labels are taken line by line, and would be another image's."""
    ids = [value for cell in column if (value := number(cell)) is not None]
    fall = next((place for place in range(1, len(ids)) if ids[place] < ids[place - 1]), None)
    if fall is None or len(ids) < len(column) or len(set(ids)) < len(ids):
        return
    if whose != "its" or (title and title in INDEX_NAMES) or max(ids) - min(ids) == len(ids) - 1:
        seen = f"{whose} ids do not rise, {ids[fall]:g} comes after {ids[fall - 1]:g}"
        raise DataFileError(f"{name}: {seen}; labels are taken line by line: sort them as the images are")


def _check_steps(ids: Sequence[str], column: list[str], name: str) -> None:
    """Raise DataFileError where the images' ids rise by other steps than those of the labels: one is missing."""
    first, second = ([number(cell) for cell in one] for one in (ids, column))
    if len(first) != len(second) or None in first or None in second or len(set(second)) < len(second):
        return
    steps = [np.diff(np.array(one, dtype=np.float64)) for one in (first, second)]
    if len(other := np.flatnonzero(steps[0] != steps[1])):
        row = int(other[0]) + 1
        raise DataFileError(f"{name}: row {row + 1} has the id {column[row]}, but the image there {ids[row]}")


def _rows(lines: list[str]) -> list[list[str]]:
    """The cells of each line, separated by a mark, or by blanks where they are numbers."""
    mark = next((mark for mark in ",;\t|" if mark in lines[0]), None)
    if mark is not None:
        return [split_cells(line.strip(BLANKS).strip("[]"), mark) for line in lines]
    cells = [re.split(f"[{BLANKS}]+", line.strip(BLANKS + "[]")) for line in lines]
    numbers = all(number(cell) is not None for row in cells[:9] for cell in row)
    return cells if numbers else [[line.strip(BLANKS)] for line in lines]


def _counts(column: list[str]) -> bool:
    """Whether the cells below a header, if any, count the rows."""
    values = [number(cell) for cell in column[-min(len(column), 50) :]]
    first = values[0]
    return first is not None and len(values) > 2 and values == [first + place for place in range(len(values))]


def _one_hot(rows: list[list[str]]) -> list[str] | None:
    values = [[number(cell) for cell in row] for row in rows]
    if not values or any(value is None for row in values for value in row):
        return None
    hot = roles.one_hot(np.array(values, dtype=np.float64))
    return None if hot is None else cells(hot)


def cells(y: npt.NDArray[Any]) -> list[str]:
    """Labels as texts, whole numbers without a point."""
    return [_cell(value) for value in y.tolist()]


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, bool):
        return str(int(value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
