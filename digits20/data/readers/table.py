"""A file of images, whatever its kind, to its pixels and labels as they stand in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...errors import DataFileError, Digits20Error, shown
from ...system.arguments import one_of, shown_value, whole
from ...system.untrusted import MAX_SIZE, read_file
from ...types import StrPath
from ..convert import square_shape
from ..readers import labels, refused
from .arrays import idx, named, parquet, shapes
from .arrays.roles import Part
from .kinds import kind_of
from .text import arff, csv_table, dialects, libsvm
from .text.csv_cells import LABEL_NAMES, LabelEnd, check_text, line_check, number, plain_text, start_of_text
from .text.csv_text import CsvText
from .unscaled import Order, UnscaledImages, first_true

log = logging.getLogger("digits20")

FEW = 11  # images: so many may have labels of which no two are alike

LabelKind = Literal["digits", "one-based", "any"]


@dataclass(frozen=True)
class How:
    """How to read a file of images; None where that is detected.

    labels: "digits" are 0 to 9, or 1 to 10 with 10 for zero; "one-based" are 1 to 10 that mean 0 to 9; "any" are other
    numbers and words. label_column: of a table. labels_file: where the labels are. header: whether a text table has
    one. part: which images, where a file holds several parts. arrays: the names of the arrays of images and labels.
    max_size: bytes. only_text: whether all but text tables is refused. by_rows: whether each row of a square array is
    an image, however it looks.
    """

    labels: LabelKind = "digits"
    label_column: LabelEnd | None = None
    labels_file: StrPath | None = None
    header: bool | None = None
    part: Part = "train"
    arrays: Sequence[str] | None = None
    max_size: int = MAX_SIZE
    only_text: bool = False
    by_rows: bool = False

    def __post_init__(self) -> None:
        one_of(self.label_column, "label_column", ("first", "last", None))
        one_of(self.header, "header", (True, False, None))
        one_of(self.part, "part", ("train", "test"))
        whole(self.max_size, "max_size", 0)
        if not isinstance(self.labels_file, str | PathLike | None):
            raise Digits20Error(f"labels_file is {shown_value(self.labels_file)}, expected the path of a file")
        pair = isinstance(self.arrays, tuple | list) and [type(name) for name in self.arrays] == [str, str]
        if not (pair or self.arrays is None):
            raise Digits20Error(f"arrays is {shown_value(self.arrays)}, expected the names of images and of labels")

    def is_label(self, cell: str) -> bool:
        """Whether the cell of a table can be a label."""
        return is_label(cell) if self.labels == "any" else number(cell) in range(11)


def is_label(cell: str) -> bool:
    """Whether the cell holds any label at all."""
    return cell.strip().lower() not in ("", "nan", "inf", "-inf")


def read(path: StrPath, how: How, labelled: bool) -> UnscaledImages:
    """The images of that file and, if `labelled`, their labels. Raises DataFileError for what is no such file."""
    name = shown(path)
    if not labelled:
        return replace(_read(path, _contents(path, how), name, how, False), labels=())
    if how.labels_file is not None:
        read_file(how.labels_file, how.max_size)  # one that is missing is refused before the images are read
        return _with_labels(_read(path, _contents(path, how), name, how, False), how.labels_file, how)
    raw = _read(path, _contents(path, how), name, how, True)
    return raw if raw.labels else _with_labels_beside(raw, path, how)


def _with_labels_beside(raw: UnscaledImages, path: StrPath, how: How) -> UnscaledImages:
    """The images with the labels in the file beside them."""
    where = labels.labels_beside(path)
    if where is None:
        raise DataFileError(f"{raw.name}: images without labels {csv_table.NO_LABELS}")
    return _with_labels(raw, where, how)


def _with_labels(raw: UnscaledImages, where: StrPath, how: How) -> UnscaledImages:
    """The images with the labels in that file, by their ids where both have such."""
    found = labels.read_labels(where, how.max_size, how.part, raw.ids)
    by_column = len(raw.X) == raw.X.shape[1] and raw.shape is None and not how.by_rows
    by_column = by_column and shapes.last_axis_tells_images(raw.X)
    if len(found) == raw.X.shape[1] and (by_column or len(raw.X) != len(found)) and square_shape(len(raw.X)):
        seen = f"{len(raw.X)} rows of {len(found)} numbers, an image taken from each column"
        log.warning("%s: %s (--order C or F takes one from each row)", raw.name, seen)
        raw = replace(raw, X=raw.X.T, place=place_in_array, shape=None)
    if len(found) != len(raw.X):
        raise DataFileError(f"{raw.name}: {len(raw.X)} images but {len(found)} labels in {shown(where)}")
    return replace(raw, labels=found)


def _contents(path: StrPath, how: How) -> bytes:
    """The bytes of the file; one that is no table is refused before all of it is read."""

    name, check_line = shown(path), None

    def look(chunk: bytes, start: int) -> None:
        nonlocal check_line
        if not start and (how.only_text or kind_of(chunk) == "text"):
            refuse_binary(chunk, name)
            first = start_of_text(chunk)
            if what := refused.named_text(first):
                raise DataFileError(f"{name}: {what}")
            check_text(first, name)
            check_line = line_check(name)
        if check_line:
            check_line(chunk)

    return read_file(path, how.max_size, look)


def refuse_binary(first: bytes, name: str) -> None:
    """Raise DataFileError for a file of another kind that begins so, with what it is and what to do."""
    for start, what in refused.BINARY:
        if first.startswith(start):
            raise DataFileError(f"{name}: {what}")


def _read(path: StrPath, data: bytes, name: str, how: How, labelled: bool) -> UnscaledImages:
    kind = "text" if how.only_text else kind_of(data)
    if kind == "idx":
        return _idx(path, data, name, how, labelled)
    if kind == "parquet":
        return _arrays(name, *parquet.read(data, name, how.label_column, labelled, how.max_size))
    if kind in named.READ:
        return _named(data, name, how, labelled)
    data = plain_text(data, name)
    if what := refused.named_text(data):
        raise DataFileError(f"{name}: {what}")
    if libsvm.is_libsvm(data):
        X, found, lines = libsvm.read(data, name, how.max_size)
        return UnscaledImages(name, X, found, lambda row, pixel=None: f" line {lines[row]}", "C")
    plain = _plain(data, name, how)
    del data  # a copy of a large table's text, on top of its numbers, may not fit into memory
    return _text(plain, name, how, labelled)


def _plain(text: bytes, name: str, how: How) -> CsvText:
    if arff.is_arff(text):
        body, names, first = arff.as_csv(text, name, how.max_size)
        return dialects.plain_table(body, name, False, how.part, names, first)
    return dialects.plain_table(text, name, how.header, how.part)


def _text(plain: CsvText, name: str, how: How, labelled: bool) -> UnscaledImages:
    if labelled:
        table = csv_table.read_table(plain, how.is_label, how.label_column, how.max_size)
    else:
        table = csv_table.read_images(plain, how.is_label, how.max_size)
    ids = plain.ids or (() if labelled else _ids(plain.header, table.labels))
    return UnscaledImages(name, table.pixels, table.labels, table.place, "C", overwritable=True, ids=ids)


def _ids(header: Sequence[str], column: Sequence[str]) -> Sequence[str]:
    """A column that stood in the place of labels, where it tells the rows apart."""
    named = any(title.lower() in LABEL_NAMES for title in header)
    return column if not named and FEW < len(set(column)) == len(column) else ()


def _idx(path: StrPath, data: bytes, name: str, how: How, labelled: bool) -> UnscaledImages:
    images = idx.read_images(data, name, path)
    if images.dtype == np.uint8:
        shape = (images.shape[1], images.shape[2]) if images.ndim == 3 else None
        raw = UnscaledImages(name, images.reshape(len(images), -1), [], place_in_array, "C", shape, pixel_max=255)
    else:
        raw = _arrays(name, images, None)
    if labelled:
        where = labels.labels_beside(path) or idx.labels_beside(path)
        raw = _with_labels(raw, where, how)
    return raw


def _named(data: bytes, name: str, how: How, labelled: bool) -> UnscaledImages:
    if kind_of(data) == "npz" and (what := refused.named_zip(named.zip_names(data, name))):
        raise DataFileError(f"{name}: {what}")
    X, y, by_column = named.read(data, name, how.part, how.arrays, labelled, how.max_size, how.by_rows)
    raw = _arrays(name, X, y, "F" if by_column else "C")
    if labelled and y is None and X.ndim == 2 and square_shape(X.shape[1] - 1) and not square_shape(X.shape[1]):
        return _with_label_column(raw, how)
    return raw


def _with_label_column(raw: UnscaledImages, how: How) -> UnscaledImages:
    """The table of one array whose first or last column is the labels."""
    ends = {"first": labels.cells(raw.X[:, 0]), "last": labels.cells(raw.X[:, -1])}
    end = how.label_column or csv_table.likelier_end(ends["first"], ends["last"], how.is_label, raw.name)
    return replace(raw, X=raw.X[:, 1:] if end == "first" else raw.X[:, :-1], labels=ends[end])


def _arrays(name: str, X: npt.NDArray[Any], y: npt.NDArray[Any] | None, order: Order = "C") -> UnscaledImages:
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    pixels = X.reshape(len(X), -1).astype(np.float64)
    raw = UnscaledImages(name, pixels, [] if y is None else labels.cells(y), place_in_array, order, shape)
    if not np.isfinite(pixels).all():
        row, pixel = first_true(~np.isfinite(pixels))
        raise raw.refuse(f"{pixels[row, pixel]}, expected a number", row, pixel)
    return raw


def place_in_array(row: int, pixel: int | None = None) -> str:
    """Where an image, or one pixel of it, is in a file that has no lines; both counted from 1."""
    return f" image {row + 1}" + ("" if pixel is None else f" pixel {pixel + 1}")
