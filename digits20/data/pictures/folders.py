"""Folders of labelled pictures: which pictures there are, and what each of them is called."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataFileError, Digits20Error, plural, shown
from ...system.untrusted import open_regular, read_file
from ..readers.arrays.roles import Part
from ..readers.text.columns import INDEX_NAMES, SPLIT_NAMES, is_of_part
from ..readers.text.csv_cells import LABEL_NAMES, plain_text, split_cells, start_of_text

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
OTHER_PICTURES = {".tif", ".tiff", ".heic", ".avif", ".pgm", ".ppm", ".pbm", ".pnm", ".svg", ".jp2", ".ico", ".tga"}
TABLES = (".csv", ".tsv", ".txt")
PARTS = {
    **dict.fromkeys(("train", "training", "x_train"), "train"),
    **dict.fromkeys(("test", "testing", "x_test"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
}
IN_NAME = re.compile(r"(\d|[^\W\d_]{1,40})[-_. ]")  # 7_0012.png, alpha-3.png
# where the names do not begin with labels: x_label7.png, digit7_12.png; img_0012_7.png
ELSEWHERE = (
    re.compile(r".*?(?:label|digit|class|num|number)[-_]?(\d{1,2}|[A-Za-z])(?![A-Za-z0-9]).*", re.IGNORECASE),
    re.compile(r".*\d.*[-_](\d|[A-Za-z])\.\w+"),
)
MAX_PICTURES = 1_000_000
MAX_LISTED = 6  # columns of a table that names pictures without their endings
MAX_LINE = 1000  # bytes of a line of such a table; one of pixels is longer
MAX_LIST = 2**28  # bytes of a table of file names

log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Labelled:
    """A picture's path and what it shows."""

    path: Path
    label: str


def find(path: Path, part: Part, label_from: str | None) -> list[Labelled]:
    """The pictures in that folder, or those that a table of file names and labels lists, with their labels.

    A folder for each class, perhaps within train/, val/ or test/, of which `part` says which; or one folder with a
    table in it; or with the labels in the names, where `label_from` is a regular expression whose first group, or whole
    match, is the label. Raises DataFileError, one line with what was seen.
    """
    if not path.is_dir():
        return _listed(path, part)
    folder = _part_of(path, part)
    if label_from is not None:
        return _by_name(_pictures(folder, deep=True), label_from, folder)
    classes = [child for child in _children(folder) if child.is_dir() and _pictures(child, deep=True)]
    flat = _pictures(folder, deep=False)
    tables = [child for child in _children(folder) if child.suffix.lower() in TABLES and lists_pictures(child)]
    if len(tables) == 1 and (flat or len(classes) == 1):
        return _listed(tables[0], part)
    if len(classes) == 1 and not flat and any(map(Path.is_dir, _children(classes[0]))):  # a folder around the whole
        return find(classes[0], part, None)
    if classes and not flat:
        _check_no_classes_within(folder, classes)
        return [Labelled(picture, child.name) for child in classes for picture in _pictures(child, deep=True)]
    if not flat:
        others = sorted({child.suffix.lower() for child in folder.rglob("*") if child.suffix and child.is_file()})
        found = f"; found {', '.join(others[:5])}" if others else ""
        found += ": save them as PNG" if set(others) & OTHER_PICTURES else ""
        found += f": --data '{shown(path)}/*.parquet' reads them" if others == [".parquet"] else ""
        raise DataFileError(f"{shown(path)}: no pictures in this folder ({', '.join(PICTURES)}{found})")
    if classes:
        raise DataFileError(f"{shown(folder)}: pictures beside folders of pictures; which are the classes?")
    return _by_name(flat, None, folder)


def _check_no_classes_within(folder: Path, classes: Sequence[Path]) -> None:
    """Raise DataFileError where each of several folders holds folders of the same names, which may be the classes."""
    within = [{child.name for child in _children(one) if child.is_dir() and _pictures(child, True)} for one in classes]
    if len(classes) > 1 and len(within[0]) > 1 and all(names == within[0] for names in within):
        outer, inner = (", ".join(sorted(names)[:4]) for names in ({one.name for one in classes}, within[0]))
        raise DataFileError(f"{shown(folder)}: {outer} each hold folders {inner}; name one of them, or --label-from")


def passed_over(path: Path, part: Part, labelled: Sequence[Labelled]) -> list[str]:
    """What lies in the folder and is not read, a line each: pictures of other formats, and the parts not asked for."""
    if not path.is_dir():
        return []
    beside = [child for folder in sorted({one.path.parent for one in labelled}) for child in _children(folder)]
    others = [child.suffix.lower() for child in beside if child.suffix.lower() in OTHER_PICTURES]
    seen = plural(len(others), ", ".join(sorted(set(others))) + " file")
    lines = [f"{shown(path)}: left out: {seen}; save them as PNG"] if others else []
    parts = {PARTS.get(child.name.lower(), ""): child for child in _children(path) if child.is_dir()}
    if part == "train" and parts.keys() > {"train"} and "" not in parts:
        unread = [child for name, child in parts.items() if name != "train"]
        lines.append(
            f"only {shown(parts['train'])} is read (--test-data {shown(unread[-1])} scores on the pictures there)"
        )
    return lines


def _children(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if not child.name.startswith("."))


def _pictures(folder: Path, deep: bool) -> list[Path]:
    found = []
    for path in folder.rglob("*") if deep else folder.iterdir():
        if path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file():
            found.append(path)
        if len(found) > MAX_PICTURES:
            raise DataFileError(f"{shown(folder)}: more than {MAX_PICTURES} pictures")
    return sorted(found)


def _part_of(folder: Path, part: Part) -> Path:
    """The folder of the wanted part, where the only folders are train, test and the like; else the folder itself."""
    parts = {child: PARTS.get(child.name.lower()) for child in _children(folder) if child.is_dir()}
    if not parts or None in parts.values():
        return folder
    wanted = ("train",) if part == "train" else ("test", "validation")
    for name in wanted:
        for child, known in parts.items():
            if known == name:
                return child
    raise DataFileError(f"{shown(folder)}: no {wanted[0]} folder; found {', '.join(child.name for child in parts)}")


def _by_name(pictures: Sequence[Path], label_from: str | None, folder: Path) -> list[Labelled]:
    try:
        pattern = _pattern(pictures) if label_from is None else re.compile(label_from)
    except re.error as error:
        raise Digits20Error(f"--label-from: no regular expression ({error})") from None
    labelled = []
    for picture in pictures:
        name = picture.name if label_from is None else picture.relative_to(folder).as_posix()
        match = pattern.match(name) if label_from is None else pattern.search(name)
        label = (match[1] if match.re.groups else match[0]) if match else None
        if not label:
            advice = "--label-from 'REGEX' finds the label in the name" if label_from is None else "--label-from"
            raise DataFileError(f"{shown(picture)}: no label in its name ({advice})")
        labelled.append(Labelled(picture, label))
    if not labelled:
        raise DataFileError(f"{shown(folder)}: no pictures in this folder")
    return labelled


def _pattern(pictures: Sequence[Path]) -> re.Pattern[str]:
    """What finds the labels in these names: they begin with it, or else all hold it and each of several is repeated."""
    names = [picture.name for picture in pictures]
    if len({match[1] if (match := IN_NAME.match(name)) else "" for name in names}) > 1 and IN_NAME.match(names[0]):
        return IN_NAME
    for pattern in ELSEWHERE:
        found = [match[1] for name in names if (match := pattern.fullmatch(name))]
        if len(found) == len(names) > 2 * len(set(found)) > 2:
            log.warning("labels taken from the names, %s of %s (--label-from finds others)", found[0], shown(names[0]))
            return pattern
    return IN_NAME


# a table of file names and labels


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


def _listed(path: Path, part: Part) -> list[Labelled]:
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
    labelled = []
    for number, row in enumerate(body, 1 + bool(header)):
        if len(row) != width:
            raise DataFileError(f"{name} line {number}: {len(row)} columns, expected {width}")
        if split is None or is_of_part(row[split], part):
            labelled.append(Labelled(_inside(path.parent, row[picture], f"{name} line {number}"), row[others[0]]))
    if not labelled:
        raise DataFileError(f"{name}: no pictures for {part}ing in its column {header[split or 0]}")
    if split is not None:
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
    inner = [child for child in _children(folder) if child.is_dir()]
    return inner[0] / name if len(inner) == 1 else folder / name


def _inside(folder: Path, name: str, place: str) -> Path:
    """The picture of that name in the folder, never outside."""
    inner = name.replace("\\", "/")
    target = folder / inner
    target = target if _is_picture(name) else folder / (_without_ending(folder, name) or name)
    if "\0" in name or Path(inner).is_absolute() or ".." in target.parts:
        raise DataFileError(f"{place}: {ascii(name)[:40]} is outside the folder of the table")
    return _there(folder, target.relative_to(folder).as_posix())
