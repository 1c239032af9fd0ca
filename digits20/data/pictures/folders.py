"""Folders of labelled pictures: which pictures there are, and what each of them is called."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...errors import DataFileError, Digits20Error, plural, shown
from ..readers.arrays.roles import Part
from .listed import PICTURES, Labelled, listed, lists_pictures, visible

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

log = logging.getLogger("digits20")


def find(path: Path, part: Part, label_from: str | None, told: bool = True) -> list[Labelled]:
    """The pictures in that folder, or those that a table of file names and labels lists, with their labels.

    A folder for each class, perhaps within train/, val/ or test/, of which `part` says which; or one folder with a
    table in it; or with the labels in the names, where `label_from` is a regular expression whose first group, or whole
    match, is the label. told: whether what was detected is logged. Raises DataFileError, one line with what was seen.
    """
    if not path.is_dir():
        return listed(path, part, told)
    folder = _part_of(path, part)
    if label_from is not None:
        return _by_name(_pictures(folder, deep=True), label_from, folder, told)
    classes = [child for child in visible(folder) if child.is_dir() and _pictures(child, deep=True)]
    flat = _pictures(folder, deep=False)
    tables = [child for child in visible(folder) if child.suffix.lower() in TABLES and lists_pictures(child)]
    if len(tables) == 1 and (flat or len(classes) == 1):
        return listed(tables[0], part, told)
    if len(classes) == 1 and not flat and any(map(Path.is_dir, visible(classes[0]))):  # a folder around the whole
        return find(classes[0], part, None, told)
    if classes and not flat:
        _check_no_classes_within(folder, classes)
        return [Labelled(picture, child.name) for child in classes for picture in _pictures(child, deep=True)]
    if not flat:
        raise _no_pictures(folder)
    if classes:
        raise DataFileError(f"{shown(folder)}: pictures beside folders of pictures; which are the classes?")
    return _by_name(flat, None, folder, told)


def _check_no_classes_within(folder: Path, classes: Sequence[Path]) -> None:
    """Raise DataFileError where each of several folders holds folders of the same names, which may be the classes."""
    within = [{child.name for child in visible(one) if child.is_dir() and _pictures(child, True)} for one in classes]
    if len(classes) > 1 and len(within[0]) > 1 and all(names == within[0] for names in within):
        outer, inner = (", ".join(sorted(names)[:4]) for names in ({one.name for one in classes}, within[0]))
        raise DataFileError(f"{shown(folder)}: {outer} each hold folders {inner}; name one of them, or --label-from")


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in the folder and those within, without labels; what else lies there is told in a warning."""
    pictures = _pictures(folder, deep=True)
    if not pictures:
        raise _no_pictures(folder)
    for line in _left_out(folder, [folder, *(child for child in folder.rglob("*") if child.is_dir())]):
        log.warning(line)
    return pictures


def _no_pictures(folder: Path) -> DataFileError:
    others = sorted({child.suffix.lower() for child in folder.rglob("*") if child.suffix and child.is_file()})
    found = f"; found {shown(', '.join(others[:5]))}" if others else ""
    found += ": save them as PNG" if set(others) & OTHER_PICTURES else ""
    found += f": --data '{shown(folder)}/*.parquet' reads them" if others == [".parquet"] else ""
    return DataFileError(f"{shown(folder)}: no pictures in this folder ({', '.join(PICTURES)}{found})")


def passed_over(path: Path, part: Part, labelled: Sequence[Labelled]) -> list[str]:
    """What lies in the folder and is not read, a line each: files of other kinds, and the parts not asked for."""
    if not path.is_dir():
        return []
    lines = _left_out(path, {one.path.parent for one in labelled})
    parts = {PARTS.get(child.name.lower(), ""): child for child in visible(path) if child.is_dir()}
    if part == "train" and parts.keys() > {"train"} and "" not in parts:
        unread = [child for name, child in parts.items() if name != "train"]
        lines.append(
            f"only {shown(parts['train'])} is read (--test-data {shown(unread[-1])} scores on the pictures there)"
        )
    return lines


def _left_out(path: Path, folders: Iterable[Path]) -> list[str]:
    """The files in these folders that are not read, a line for pictures of other kinds and one for what is none."""
    files = [child for folder in folders for child in visible(folder) if child.is_file()]
    others = [child for child in files if child.suffix.lower() not in PICTURES and not lists_pictures(child)]
    lines = []
    for wanted, end in ((True, "; save them as PNG"), (False, ", no pictures")):
        kinds = [child.suffix.lower() for child in others if (child.suffix.lower() in OTHER_PICTURES) == wanted]
        names = shown(", ".join(sorted({kind or "(without ending)" for kind in kinds})[:5]))
        lines += [f"{shown(path)}: left out: {plural(len(kinds), f'{names} file')}{end}"] if kinds else []
    return lines


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
    parts = {child: PARTS.get(child.name.lower()) for child in visible(folder) if child.is_dir()}
    if not parts or None in parts.values():
        return folder
    wanted = ("train",) if part == "train" else ("test", "validation")
    for name in wanted:
        for child, known in parts.items():
            if known == name:
                return child
    raise DataFileError(f"{shown(folder)}: no {wanted[0]} folder; found {', '.join(child.name for child in parts)}")


def _by_name(pictures: Sequence[Path], label_from: str | None, folder: Path, told: bool) -> list[Labelled]:
    try:
        pattern = _pattern(pictures, told) if label_from is None else re.compile(label_from)
    except re.error as error:
        raise Digits20Error(f"--label-from: no regular expression ({error})") from None
    if pattern.groups > 1:
        raise Digits20Error(f"--label-from: {pattern.groups} pairs of parentheses, expected one; (?:…) takes no label")
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


def _pattern(pictures: Sequence[Path], told: bool) -> re.Pattern[str]:
    """What finds the labels in these names: they begin with it, or else all hold it and each of several is repeated."""
    names = [picture.name for picture in pictures]
    begun = [match[1] if (match := IN_NAME.match(name)) else "" for name in names]
    begin = bool(begun[0]) and len(set(begun)) > 1
    for pattern in ELSEWHERE:
        found = [match[1] for name in names if (match := pattern.fullmatch(name))]
        if len(found) == len(names) > 2 * len(set(found)) > 2:
            if told:
                label = begun[0] if begin else found[0]
                log.warning("labels taken from the names, %s of %s (--label-from finds others)", label, shown(names[0]))
            return IN_NAME if begin else pattern
    return IN_NAME
