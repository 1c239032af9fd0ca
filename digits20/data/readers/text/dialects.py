"""Text tables in the many ways that programs write them, brought to plain CSV before they are read.

Cells may be separated by blanks, decimal commas may stand in semicolon files, lines may end in a separator, every other
line may be blank, pixels may stand in one cell. Lines keep their numbers. `columns` does the rest.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from ....errors import DataFileError
from .columns import in_order_of_names, without_index, without_one_hot, without_others
from .csv_cells import MAX_COLUMNS, after_first_line, first_line, is_header, number, shown_cell, split_cells
from .csv_text import CsvText
from .long_form import without_long_form
from .one_cell import without_cells

# what stands before a table: comments, and the line that tells Excel the separator
COMMENT = re.compile(rb'(?:(?:[ \t]*[#%](?![,;\t])[^\n\r]*|"?sep=[^\n\r]?"?)(?:\r\n|\n|\r))+')
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
        without_long_form,
        lambda t: without_cells(t, part),
        without_index,
        without_one_hot,
        lambda t: without_others(t, part),
        in_order_of_names,
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
    delimiter = _around_commas(line) or max(MARKS, key=line.count)
    if line.count(delimiter) > MAX_COLUMNS:
        raise DataFileError(f"{name} line 1: more than {MAX_COLUMNS} columns")
    if delimiter not in line:
        raise DataFileError(f"{name} line 1: no comma, semicolon, tab or blank in {shown_cell(line)}")
    return delimiter


def _around_commas(line: str) -> str | None:
    """What separates the cells where the pixels of one of them are separated by commas: 7, a tab and 0,255,0,0."""
    for mark in MARKS.replace(",", ""):
        cells = [cell.split(",") for cell in line.split(mark)]
        several = [cell for cell in cells if len(cell) > SEVERAL]
        if 1 < len(cells) <= SEVERAL and len(several) == 1 and all(number(text) is not None for text in several[0]):
            return mark
    return None


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
