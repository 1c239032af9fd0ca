"""Tables that name pictures and their labels, and stand beside the pictures."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataFileError, Digits20Error, shown
from ...system.untrusted import open_regular, read_file
from ..readers.arrays.roles import Part
from ..readers.text.columns import INDEX_NAMES, SPLIT_NAMES, is_of_part
from ..readers.text.csv_cells import LABEL_NAMES, plain_text, split_cells, start_of_text

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
MAX_LISTED = 6  # columns of a table that names pictures without their endings
MAX_LINE = 1000  # bytes of a line of such a table; one of pixels is longer
MAX_LIST = 2**28  # bytes of a table of file names

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Labelled:
    """A picture's path and what it shows."""

    path: Path
    label: str


def lists_pictures(path: Path) -> bool:
    """Whether the file is a table whose first lines name pictures."""
    if not path.is_file():
        return False
    try:
        with open_regular(path, "file") as file:
            start = start_of_text(file.read(4096))
    except Digits20Error:  # its reader says why
        return False
    if b"\0" in start or max(map(len, start.splitlines()[:2]), default=0) > MAX_LINE:
        return False
    rows = _rows(start.decode(errors="replace").splitlines()[:20])
    if len(rows) < 2:
        return False
    few = len(rows[1]) <= MAX_LISTED
    return any(_is_picture(cell) or (few and _without_ending(path.parent, cell)) for cell in rows[1])


def _is_picture(cell: str) -> bool:
    return cell.lower().endswith(PICTURES)


def _rows(lines: Sequence[str]) -> list[list[str]]:
    lines = [line for line in lines if line.strip()]
    mark = next((mark for mark in "\t;, " if lines and mark in lines[0]), ",")
    return [[cell.strip() for cell in split_cells(line, mark)] for line in lines]


def listed(path: Path, part: Part, told: bool) -> list[Labelled]:
    """The pictures that a table names, relative to its folder; where a column called split tells, those of the part."""
    name = shown(path)
    rows = _rows(plain_text(read_file(path, MAX_LIST), name).decode().splitlines())
    header = [] if any(map(_is_picture, rows[0])) else [cell.lower() for cell in rows[0]]
    body = rows[1:] if header else rows
    if not body:
        raise DataFileError(f"{name}: no pictures in this table")
    width = len(body[0])
    picture = next((place for place, cell in enumerate(body[0]) if _is_picture(cell)), None)
    if picture is None:
        picture = next((place for place, cell in enumerate(body[0]) if _without_ending(path.parent, cell)), None)
    if picture is None or width < 2:
        raise DataFileError(f"{name} line {1 + bool(header)}: expected the name of a picture and its label")
    named = [place for place, cell in enumerate(header[:width]) if cell in LABEL_NAMES and place != picture]
    split = next((place for place, cell in enumerate(header[:width]) if cell in SPLIT_NAMES and place != picture), None)
    unnamed = [place for place in range(width) if place not in (picture, split)]
    others = named or [place for place in unnamed if not _is_index(header, place, body)]
    if len(others) != 1:
        raise DataFileError(f"{name} line 1: {len(others)} columns beside the file names, which holds the labels?")
    labelled: list[Labelled] = []
    labels: dict[Path, str] = {}
    for number, row in enumerate(body, 1 + bool(header)):
        if len(row) != width:
            raise DataFileError(f"{name} line {number}: {len(row)} columns, expected {width}")
        if split is None or is_of_part(row[split], part):
            labelled.append(Labelled(_inside(path.parent, row[picture], f"{name} line {number}"), row[others[0]]))
            if (before := labels.setdefault(labelled[-1].path, row[others[0]])) != row[others[0]]:
                raise DataFileError(
                    f"{name} line {number}: {ascii(row[picture])[:40]} had the label {ascii(before)[:40]} before"
                )
    if not labelled:
        raise DataFileError(f"{name}: no pictures for {part}ing in its column {header[split or 0]}")
    if split is not None and told:
        log.info("%s: the %d pictures for %sing, as its column %s says", name, len(labelled), part, header[split])
    return labelled


def _is_index(header: Sequence[str], place: int, body: Sequence[Sequence[str]]) -> bool:
    """Whether a column is called id or the like, or not at all, and tells each row apart."""
    cells = [row[place] for row in body if len(row) > place]
    return bool(header) and place < len(header) and header[place] in INDEX_NAMES and len(set(cells)) == len(body)


def _without_ending(folder: Path, name: str) -> str | None:
    """The name of the picture in the folder, or in its only folder, that the cell names without its ending."""
    if not re.fullmatch(r"[\w-]{1,80}", name):
        return None
    return next((name + suffix for suffix in PICTURES if _there(folder, name + suffix).is_file()), None)


def _there(folder: Path, name: str) -> Path:
    """The file of that name in the folder or, where it is not there, in the only folder within."""
    if (folder / name).is_file():
        return folder / name
    inner = [child for child in visible(folder) if child.is_dir()]
    return inner[0] / name if len(inner) == 1 else folder / name


def _inside(folder: Path, name: str, place: str) -> Path:
    """The picture of that name in the folder, never outside."""
    inner = name.replace("\\", "/")
    target = folder / inner
    target = target if _is_picture(name) else folder / (_without_ending(folder, name) or name)
    if "\0" in name or Path(inner).is_absolute() or ".." in target.parts:
        raise DataFileError(f"{place}: {ascii(name)[:40]} is outside the folder of the table")
    return _there(folder, target.relative_to(folder).as_posix())


def visible(folder: Path) -> list[Path]:
    """What lies in the folder, sorted; hidden files are left out."""
    return sorted(child for child in folder.iterdir() if not child.name.startswith("."))
