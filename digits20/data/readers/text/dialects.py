"""Text tables in the many ways that programs write them, brought to plain CSV before they are read.

Cells may be separated by blanks, decimal commas may stand in semicolon files, lines may end in a separator, every other
line may be blank, pixels may stand in one cell. Lines keep their numbers. `columns` does the rest.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

from ....errors import DataFileError
from ...dataset import square_shape, squares_near
from .columns import INDEX_NAMES, SPLIT_NAMES, is_of_part, quoted, without_index, without_one_hot, without_others
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
from .csv_text import CsvText

COMMENT = re.compile(rb"(?:[ \t]*[#%](?![,;\t])[^\n\r]*(?:\r\n|\n|\r))+")
DECIMAL_COMMA = re.compile(r'"?[+-]?\d+,\d+(e[+-]?\d+)?"?', re.ASCII | re.IGNORECASE)
MARKS = ";\t,|"  # what separates cells
TRUE_OR_FALSE = {"true", "false"}
SEVERAL = 3  # cells
LOOK = 2**18  # bytes that are looked at

log = logging.getLogger("digits20")


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
    delimiter = _delimiter(body, name)
    body = _without_booleans(body, delimiter)
    table = _with_header(CsvText(name, body, delimiter, first=first, step=step), header)
    table = replace(table, header=names or table.header)
    for change in (
        _without_trailing_separator,
        _with_decimal_points,
        lambda t: _without_cells(t, part),
        without_index,
        without_one_hot,
        lambda t: without_others(t, part),
    ):
        table = change(table)
    return table


# lines and separators


def _without_blank_lines(text: bytes) -> tuple[bytes, int]:
    """The text without the blank line that follows each line, and how many lines apart the images then stand."""
    for end, twice in ((b"\r\n", b"\r\r\n"), (b"\n", b"\n\n"), (b"\r\n", b"\r\n\r\n"), (b"\r", b"\r\r")):
        pairs = 0 if b"\r" in twice and b"\r" not in text else text.count(twice)
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
    if any(mark in line for mark in MARKS) and not _decimal_commas_between_blanks(text[:LOOK]):
        return text
    if len(line.split()) < 3:
        return text
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    for end in (b"\n", b"\r"):
        text = text.replace(b" " + end, end).replace(end + b" ", end)
    decimal = any(DECIMAL_COMMA.fullmatch(cell) for cell in line.split())
    return text.strip(b" ").replace(b" ", b";" if decimal else b",")


def _decimal_commas_between_blanks(start: bytes) -> bool:
    """Whether lines are numbers with decimal commas, separated by blanks, and not a label, a comma and pixels."""
    places = set()
    lines = start.decode(errors="replace").splitlines()[:10]
    for line in lines[: -1 if len(lines) > 1 else None]:
        cells = line.split()
        if len(cells) < 5 or not all(number(cell) is not None or DECIMAL_COMMA.fullmatch(cell) for cell in cells):
            return False
        places.add(tuple(place for place, cell in enumerate(cells) if "," in cell))
    return places not in ({(0,)}, {()})


def _without_booleans(text: bytes, delimiter: str) -> bytes:
    """The text with 1 and 0 in place of True and False, where a line holds several."""
    lines = text[:LOOK].decode(errors="replace").splitlines()[:2]
    if all(sum(cell.strip().lower() in TRUE_OR_FALSE for cell in line.split(delimiter)) < SEVERAL for line in lines):
        return text
    mark = re.escape(delimiter.encode())
    for word, digit in ((b"true", b"1"), (b"false", b"0")):
        text = re.sub(rb"(?im)(^|(?<=" + mark + rb"))[ \t]*" + word + rb"[ \t]*(?=" + mark + rb"|\r|$)", digit, text)
    return text


def _delimiter(text: bytes, name: str) -> str:
    line = first_line(text)
    if not line.strip():
        raise DataFileError(f"{name} line 1: blank")
    if ";" in line and all(DECIMAL_COMMA.fullmatch(cell.strip()) or "," not in cell for cell in line.split(";")):
        return ";"
    delimiter = max(MARKS, key=line.count)
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
