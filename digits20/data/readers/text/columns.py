"""A table's columns that are neither pixels nor one label: row numbers, file names, one-hot labels."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from ....errors import DataFileError
from ...convert import square_shape
from .csv_cells import LABEL_NAMES, number, split_cells
from .csv_text import CsvText

INDEX_NAMES = {"", "id", "index", "idx", "imageid", "image_id", "unnamed: 0", "row", "no", "nr", "__index_level_0__"}
SPLIT_NAMES = {"usage", "split", "subset", "set", "part", "fold"}
OTHER_NAMES = INDEX_NAMES | SPLIT_NAMES | {"file", "filename", "file_name", "path", "name", "image", "img", "writer"}
DIGITS = re.compile(r"\d{1,9}", re.ASCII)
SMALLEST = 8  # columns; fewer may be out of turn on purpose
MAX_CLASSES = 100  # one-hot columns
MAX_OTHERS = 8  # columns that are neither pixels nor labels

log = logging.getLogger("digits20")


# columns that are neither pixels nor labels


def without_index(table: CsvText) -> CsvText:
    """Without a first column that only counts the rows, as pandas and Kaggle write it."""
    width = table.width
    named = bool(table.header) and len(table.header) == width and table.header[0].lower() in INDEX_NAMES
    if width < 3 or (square_shape(width - 2) is None and not (named and square_shape(width - 1))):
        return table
    column = [row[0] for row in table.sample()]
    if not (_counts(column) or (named and len(set(column)) == len(column))):
        return table
    if _counts(column):
        log.info("%s: its first column counts the rows and is left out", table.name)
    else:
        log.warning("%s: its first column names the rows and is left out; they keep their order", table.name)
    mark = table.delimiter.encode()
    first = re.compile(rb"(?m)^([^\r\n" + mark + rb"]*)" + mark)
    text = table.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ids = [cell.decode() for cell in first.findall(text)]
    header = table.header[1:] if len(table.header) == width else table.header  # R gives the row names no name
    return replace(table, data=first.sub(b"", text), header=header, column=table.column + 1, ids=ids)


def _counts(column: Sequence[str]) -> bool:
    values = [number(cell) for cell in column]
    first = values[0]
    return first is not None and len(values) > 1 and values == [first + i for i in range(len(values))]


# one-hot labels


def without_one_hot(table: CsvText) -> CsvText:
    """With one label column, the last, in place of one-hot columns at either end."""
    width = table.width
    if square_shape(width) or square_shape(width - 1) or any(name.lower() in LABEL_NAMES for name in table.header):
        return table
    sample = table.sample()
    for classes in range(2, min(MAX_CLASSES, width - 1)):
        if square_shape(width - classes) is None:
            continue
        for end in ("last", "first"):
            places = {_hot(_end(row, classes, end)) for row in sample}
            if None not in places and (len(places) > 1 or len(sample) == 1):
                return _with_labels(table, classes, end)
    return table


def _end(row: Sequence[str], count: int, end: str) -> Sequence[str]:
    return row[-count:] if end == "last" else row[:count]


def _hot(cells: Sequence[str]) -> int | None:
    """The place of the 1 among zeros, or among -1s; None for anything else."""
    values = [number(cell) for cell in cells]
    return values.index(1) if set(values) in ({0, 1}, {-1, 1}) and values.count(1) == 1 else None


def _with_labels(table: CsvText, classes: int, end: str) -> CsvText:
    mark, width = table.delimiter, table.width
    names = class_names(_end(table.header, classes, end), classes)
    lines = []
    for row, line in enumerate(table.lines()):
        cells = line.rsplit(mark, classes) if end == "last" else line.split(mark, classes)
        pixels, hot = (cells[0], cells[1:]) if end == "last" else (cells[-1], cells[:-1])
        place = _hot(hot) if len(hot) == classes else None
        if place is None:
            raise DataFileError(
                f"{table.name} line {table.line(row)}: not one 1 among {classes - 1} zeros in its labels"
            )
        lines.append(f"{pixels}{mark}{quoted(names[place], mark)}")
    log.info("%s: the %s %d columns are one-hot labels", table.name, end, classes)
    header = table.header[: width - classes] if end == "last" else table.header[classes:]
    column = table.column if end == "last" else table.column + classes
    named = (*header, "label") if header else ()
    return replace(table, data="\n".join(lines).encode(), header=named, column=column)


def class_names(header: Sequence[str], classes: int) -> list[str]:
    """What the one-hot columns stand for: what follows the words that their names share, or 0, 1, …"""
    if len(set(header)) != classes:
        return [str(place) for place in range(classes)]
    shared = len(_common_start(list(header)))
    names = [name[shared:].strip() for name in header]
    return names if len(set(names)) == classes and all(names) else [str(place) for place in range(classes)]


def _common_start(names: list[str]) -> str:
    """The whole words with which all names begin: "class_" of class_a and class_b, "label" of label0 and label1."""
    first, last = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    start = re.sub(r"\d+$", "", first[:same])
    numbered = all(name[len(start) :].isdigit() for name in names)
    return start if numbered else re.sub(r"[^\W_]+$", "", start)


# columns of any other kind


def without_others(table: CsvText, part: str) -> CsvText:
    """With the label last and without row numbers, names of files and the like, where the rest is a square image.

    part: "train" or "test": which rows stay, where one of the columns says it.
    """
    names = [name.lower() for name in table.header] if len(table.header) == table.width else [""] * table.width
    labels = [place for place, name in enumerate(names) if name in LABEL_NAMES]
    inside = len(labels) == 1 and 0 < labels[0] < table.width - 1
    if len(labels) > 1 or table.all_pixels or (square_shape(table.width - 1) and not inside):
        return table
    columns = list(zip(*table.sample(), strict=False))
    others = [i for i in range(len(columns)) if i not in labels and _is_other(names[i], columns[i], bool(labels))]
    if len(others) > MAX_OTHERS or square_shape(table.width - len(others) - 1) is None or not (others or inside):
        return table
    kept = [place for place in range(table.width) if place not in (*others, *labels)]
    split = next((place for place in others if names[place] in SPLIT_NAMES and _tells_parts(columns[place])), None)
    if left_out := [str(table.column_of(place)) for place in others if place != split]:
        log.info("%s: left out: column %s", table.name, ", ".join(left_out))
    return _rearranged(table, kept + labels, split, part)


# columns whose names tell their order


def in_order_of_names(table: CsvText) -> CsvText:
    """With the pixels in the order of the numbers in their names: pixel0, pixel1, pixel10, … are sorted as text."""
    places = order_of_names(table.header) if len(table.header) == table.width else None
    if places is None:
        return table
    log.warning("%s: pixels put in the order of the numbers in their columns' names", table.name)
    return _rearranged(table, places, None, "")


def order_of_names(names: Sequence[str]) -> list[int] | None:
    """The places of the columns in the order of the numbers in the pixels' names; None where they stand so already.

    Columns whose names are no pixels' stay where they are. Names of two numbers, such as 3x5, are row and column; they
    may also stand column by column.
    """
    numbers = [tuple(map(int, DIGITS.findall(name))) for name in names]
    stems = [DIGITS.sub("0", name) for name in names]
    stem = max(set(stems), key=stems.count, default="")
    pixels = [place for place, text in enumerate(stems) if text == stem and len(numbers[place]) in (1, 2)]
    found = [numbers[place] for place in pixels]
    whole = len(set(found)) == len(found) > SMALLEST and square_shape(len(found)) is not None
    if not whole or found in (sorted(found), sorted(found, key=lambda one: one[::-1])):
        return None
    if len(found[0]) == 1 and max(found)[0] - min(found)[0] != len(found) - 1:
        return None
    in_order, places = iter(sorted(pixels, key=lambda place: numbers[place])), set(pixels)
    return [next(in_order) if place in places else place for place in range(len(names))]


def _is_other(name: str, column: Sequence[str], label_is_named: bool) -> bool:
    """Whether a column holds neither pixels nor labels, by its name or by its words, no two of which are alike."""
    words = all(number(cell) is None and cell.strip() for cell in column)
    distinct = len(set(column)) == len(column) > 1
    return bool(name and name in OTHER_NAMES) or (words and (label_is_named or distinct))


def _tells_parts(column: Sequence[str]) -> bool:
    return all(number(cell) is None for cell in column)


def is_of_part(cell: str, part: str) -> bool:
    """Whether a cell of a column of parts names this part: "train" is what begins so, "test" all else."""
    return cell.strip().lower().startswith("train") == (part == "train")


def _rearranged(table: CsvText, places: Sequence[int], split: int | None, part: str) -> CsvText:
    """The table's columns at those places, in that order, and its rows of that part."""
    lines, rows = [], []
    for row, line in enumerate(table.lines()):
        cells = split_cells(line, table.delimiter)
        if len(cells) != table.width:
            raise DataFileError(f"{table.name} line {table.line(row)}: {len(cells)} columns, expected {table.width}")
        if split is None or is_of_part(cells[split], part):
            lines.append(table.delimiter.join(quoted(cells[place], table.delimiter) for place in places))
            rows.append(row)
    if not lines:
        raise DataFileError(f"{table.name}: no images for {part}ing in column {(split or 0) + 1}")
    if split is not None:
        count = f"{len(rows)} of {row + 1} images are read"
        log.info("%s: %s, those for %sing, as its column %s says", table.name, count, part, table.header[split])
    header = tuple(table.header[place] for place in places) if len(table.header) == table.width else ()
    columns = [table.column_of(place) for place in places]
    return replace(table, data="\n".join(lines).encode(), header=header, columns=columns, rows=rows)


def quoted(text: str, delimiter: str = ",") -> str:
    """The cell, in quotation marks where it needs them."""
    return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text else text
