"""Text tables in the many ways that programs write them, brought to plain CSV before they are read.

Cells may be separated by blanks, decimal commas may stand in semicolon files, lines may end in a separator, every other
line may be blank; an index column, one-hot labels and pixels in one cell are recognized. Lines keep their numbers.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ....errors import DataFileError
from ...dataset import square_shape, squares_near
from .csv_cells import (
    LABEL_NAMES,
    MAX_COLUMNS,
    after_first_line,
    first_line,
    is_header,
    number,
    shown_cell,
    split_cells,
)

COMMENT = re.compile(rb"(?:[ \t]*[#%](?![,;\t])[^\n\r]*(?:\r\n|\n|\r))+")
DECIMAL_COMMA = re.compile(r'"?[+-]?\d+,\d+(e[+-]?\d+)?"?', re.ASCII | re.IGNORECASE)
INDEX_NAMES = {"", "id", "index", "idx", "imageid", "image_id", "unnamed: 0", "row", "no", "nr", "__index_level_0__"}
SPLIT_NAMES = {"usage", "split", "subset"}
MAX_CLASSES = 100  # one-hot columns
SAMPLE = 50  # lines looked at to tell what a column is

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class CsvText:
    """A table as plain CSV text.

    data: cells separated by `delimiter`, without header. header: the names of the columns, empty where there are none.
    first, step: the line of the first image in the file, from 1, and how many lines further the next is.
    column: the file's column of the first cell, from 1. all_pixels: nothing but pixels is left.
    """

    name: str
    data: bytes
    delimiter: str
    header: tuple[str, ...] = ()
    first: int = 1
    step: int = 1
    column: int = 1
    all_pixels: bool = False

    @property
    def width(self) -> int:
        return len(split_cells(first_line(self.data), self.delimiter))

    def line(self, row: int) -> int:
        """The line of the file that an image stands in, from 1."""
        return self.first + self.step * row

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


def plain_table(
    text: bytes, name: str, header: bool | None, part: str, names: tuple[str, ...] = (), first: int = 1
) -> CsvText:
    """The table in that text. header: whether it has one, None to find out. part: "train" or "test", where one column
    says which images are for what. names: of the columns, where they do not stand in the text. first: the line of the
    file that the text begins at. Raises DataFileError, one line that says what was seen.
    """
    comment = COMMENT.match(text)
    first += len(comment[0].splitlines()) if comment else 0
    body = text[comment.end() :] if comment else text
    body, step = _without_blank_lines(body)
    body = _separated(body)
    table = _with_header(CsvText(name, body, _delimiter(body, name), first=first, step=step), header)
    table = replace(table, header=names or table.header)
    for change in (
        _without_trailing_separator,
        _with_decimal_points,
        lambda t: _without_cells(t, part),
        _without_index,
        _without_one_hot,
    ):
        table = change(table)
    return table


# lines and separators


def _without_blank_lines(text: bytes) -> tuple[bytes, int]:
    """The text without the blank line that follows each line, and how many lines apart the images then stand."""
    for end, twice in ((b"\r\n", b"\r\r\n"), (b"\n", b"\n\n"), (b"\r\n", b"\r\n\r\n"), (b"\r", b"\r\r")):
        pairs = text.count(twice)
        if (
            pairs
            and pairs * twice.count(b"\n") == text.count(b"\n")
            and pairs * twice.count(b"\r") == text.count(b"\r")
        ):
            return text.replace(twice, end), 2
    return text, 1


def _separated(text: bytes) -> bytes:
    """The text with commas in place of blanks, where nothing else separates its cells."""
    line = first_line(text)
    if any(mark in line for mark in ",;\t") and not (_numbers_between_blanks(line)):
        return text
    if len(line.split()) < 3:
        return text
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    for end in (b"\n", b"\r"):
        text = text.replace(b" " + end, end).replace(end + b" ", end)
    decimal = any(DECIMAL_COMMA.fullmatch(cell) for cell in line.split())
    return text.strip(b" ").replace(b" ", b";" if decimal else b",")


def _numbers_between_blanks(line: str) -> bool:
    """Whether it is numbers with decimal commas, separated by blanks."""
    cells = line.split(" ")
    return (
        len(cells) > 4
        and ";" not in line
        and "\t" not in line
        and all(number(cell.replace(",", ".", 1)) is not None for cell in cells if cell)
        and any("," in cell for cell in cells)
    )


def _delimiter(text: bytes, name: str) -> str:
    line = first_line(text)
    if not line.strip():
        raise DataFileError(f"{name} line 1: blank")
    if ";" in line and all(DECIMAL_COMMA.fullmatch(cell.strip()) or "," not in cell for cell in line.split(";")):
        return ";"
    delimiter = max(";\t,", key=line.count)
    if line.count(delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{name} line 1: more than {MAX_COLUMNS} columns")
    if delimiter not in line:
        raise DataFileError(f"{name} line 1: no comma, semicolon, tab or blank in {shown_cell(line)}")
    return delimiter


def _with_header(table: CsvText, header: bool | None) -> CsvText:
    cells = split_cells(first_line(table.data), table.delimiter)
    if header is None:
        header = is_header([cell.replace(",", ".") if table.delimiter != "," else cell for cell in cells], table.name)
    if not header:
        return table
    body = after_first_line(table.data)
    if not body:
        raise DataFileError(f"{table.name}: a header and no images")
    if not first_line(body).strip():
        raise DataFileError(f"{table.name} line {table.first + table.step}: blank")
    return replace(table, header=tuple(cell.strip() for cell in cells), data=body, first=table.first + table.step)


def _without_trailing_separator(table: CsvText) -> CsvText:
    """Where every line ends in a separator."""
    mark = table.delimiter.encode()
    if not first_line(table.data).endswith(table.delimiter):
        return table
    text = table.data
    ends = sum(text.count(mark + end) for end in (b"\n", b"\r")) + text.endswith(mark)
    lines = text.count(b"\n") or text.count(b"\r")
    if ends < lines + 1:
        return table
    for end in (b"\n", b"\r"):
        text = text.replace(mark + end, end)
    header = table.header[:-1] if table.header and not table.header[-1] else table.header
    return replace(table, data=text.removesuffix(mark), header=header)


def _with_decimal_points(table: CsvText) -> CsvText:
    if table.delimiter == "," or b"," not in table.data or b"." in table.data:
        return table
    if not any(DECIMAL_COMMA.fullmatch(cell.strip()) for row in table.sample() for cell in row):
        return table
    log.info("%s: decimal commas", table.name)
    return replace(table, data=table.data.replace(b",", b"."))


# columns that are neither pixels nor labels


def _without_index(table: CsvText) -> CsvText:
    """Without a first column that only counts the rows, as pandas and Kaggle write it."""
    width = table.width
    named = bool(table.header) and len(table.header) == width and table.header[0].lower() in INDEX_NAMES
    if width < 3 or (square_shape(width - 2) is None and not (named and square_shape(width - 1))):
        return table
    column = [row[0] for row in table.sample()]
    if not (_counts(column) or (named and len(set(column)) == len(column))):
        return table
    log.info("%s: its first column counts the rows and is left out", table.name)
    mark = table.delimiter.encode()
    body = re.sub(rb"(?m)^[^\r\n" + mark + rb"]*" + mark, b"", table.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return replace(table, data=body, header=table.header[1:], column=table.column + 1)


def _counts(column: Sequence[str]) -> bool:
    values = [number(cell) for cell in column]
    first = values[0]
    return first is not None and len(values) > 1 and values == [first + i for i in range(len(values))]


# one-hot labels


def _without_one_hot(table: CsvText) -> CsvText:
    """With one label column, the last, in place of one-hot columns at either end."""
    width = table.width
    if square_shape(width) or square_shape(width - 1):
        return table
    sample = table.sample()
    for classes in range(2, min(MAX_CLASSES, width - 1)):
        if square_shape(width - classes) is None:
            continue
        for end in ("last", "first"):
            if all(_hot(_end(row, classes, end)) is not None for row in sample):
                return _with_labels(table, classes, end)
    return table


def _end(row: Sequence[str], count: int, end: str) -> Sequence[str]:
    return row[-count:] if end == "last" else row[:count]


def _hot(cells: Sequence[str]) -> int | None:
    """The place of the 1 among zeros; None for anything else."""
    values = [number(cell) for cell in cells]
    return values.index(1) if set(values) == {0, 1} and values.count(1) == 1 else None


def _with_labels(table: CsvText, classes: int, end: str) -> CsvText:
    mark, width = table.delimiter, table.width
    names = _class_names(_end(table.header, classes, end), classes)
    lines = []
    for row, line in enumerate(table.lines()):
        cells = line.rsplit(mark, classes) if end == "last" else line.split(mark, classes)
        pixels, hot = (cells[0], cells[1:]) if end == "last" else (cells[-1], cells[:-1])
        place = _hot(hot) if len(hot) == classes else None
        if place is None:
            raise DataFileError(
                f"{table.name} line {table.line(row)}: not one 1 among {classes - 1} zeros in its labels"
            )
        lines.append(f"{pixels}{mark}{names[place]}")
    log.info("%s: the %s %d columns are one-hot labels", table.name, end, classes)
    header = table.header[: width - classes] if end == "last" else table.header[classes:]
    column = table.column if end == "last" else table.column + classes
    named = (*header, "label") if header else ()
    return replace(table, data="\n".join(lines).encode(), header=named, column=column)


def _class_names(header: Sequence[str], classes: int) -> list[str]:
    """What the one-hot columns stand for: what follows the words that their names share, or 0, 1, …"""
    if len(set(header)) != classes:
        return [str(place) for place in range(classes)]
    shared = len(_common_start(list(header)))
    names = [name[shared:] for name in header]
    return names if all(name.isalnum() for name in names) else [str(place) for place in range(classes)]


def _common_start(names: list[str]) -> str:
    first, last = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return re.sub(r"\d+$", "", first[:same])


# pixels in one cell


def _without_cells(table: CsvText, part: str) -> CsvText:
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
    lines, width, kept = [], len(_pixels(first[cell])), 0
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
        if split is not None and cells[split].lower().startswith("train") != (part == "train"):
            continue
        kept += 1
        lines.append(",".join(pixels) + ("" if label is None else f",{_quoted(cells[label])}"))
    if not kept:
        raise DataFileError(f"{table.name}: no images for {part}ing in column {(split or 0) + 1}")
    if square_shape(width) is None:
        raise DataFileError(f"{table.name} line {table.line(0)}: {width} pixels, expected {squares_near(width)}")
    header = () if label is None else (*map(str, range(width)), "label")
    return replace(table, data="\n".join(lines).encode(), delimiter=",", header=header, all_pixels=label is None)


def _rows(table: CsvText) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(table.data.decode(), newline=""), delimiter=table.delimiter)
    except csv.Error:
        raise DataFileError(f"{table.name}: a quotation mark that does not close, or a cell too long") from None


def _pixels(cell: str) -> list[str]:
    return cell.strip("[]() \n").replace(",", " ").split()


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


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"') else text


Change = Callable[[CsvText], CsvText]
