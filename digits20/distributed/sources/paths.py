"""Sources that read files: a whole one, or some rows of one, on this machine or another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...data.dataset import Digits
from ...data.in_blocks import load_in_blocks
from ...data.readers.arrays import idx as idx_file
from ...errors import DataFileError, shown
from ...system.untrusted import MAX_SIZE
from ...types import StrPath
from . import remote
from .remote import is_url, local
from .row_groups import is_parquet, row_groups
from .steps import Source, Step, Transformed, as_they_are

WILD = "*?["
MAX_PARTS = 1_000_000
ROWS, MANY = 10_000, 1000  # images of a partition, or more where that would make more partitions than MANY


@dataclass(frozen=True)
class File:
    """All images of one file after a step that works on each by itself; options: keyword arguments of `load`."""

    path: str
    options: dict[str, Any]
    step: Step = as_they_are

    def __call__(self) -> Digits:
        with local(self.path, self.options.get("max_size", MAX_SIZE)) as path:
            return load_in_blocks(path, self.step, **self.options)


@dataclass(frozen=True)
class IdxRows:
    """Images `start` to `stop` (exclusive) of an IDX file; nothing else of it is read."""

    path: str
    labels_file: str
    start: int
    stop: int

    def __call__(self) -> Digits:
        images, labels = idx_file.read_rows(self.path, self.labels_file, self.start, self.stop)
        if labels.max() > 9:
            row = int(np.argmax(labels > 9))
            raise DataFileError(
                f"{shown(self.labels_file)} image {self.start + row + 1}: label {labels[row]}, expected 0 to 9"
            )
        X = images.reshape(len(images), -1) / 255
        return Digits(X, labels.astype(np.intp), image_shape=(images.shape[1], images.shape[2]))


def each_image(source: Source, step: Step) -> Source:
    """The source followed by a step that works on every image by itself, so that a file can be read in blocks."""
    return replace(source, step=step) if isinstance(source, File) else Transformed(source, step)


def is_pattern(data: str) -> bool:
    """Whether the text is a pattern such as `parts/*.csv`, not the name of a file that exists."""
    return any(c in data for c in WILD) and (is_url(data) or not Path(data).exists())


def file(path: StrPath, **options: Any) -> Source:
    """One partition: a whole file, on this machine or at a URL that fsspec knows; options as in `load`."""
    name = str(path)
    return File(name if is_url(name) else str(Path(path).absolute()), options)


def files(pattern: str, rows: int | None = None, **options: Any) -> list[Source]:
    """One partition per file that matches a pattern, sorted.

    Parameters
    ----------
    pattern
        Such as `parts/*.csv.gz`, or with `**` for folders; on this machine, or a URL that fsspec knows, such as
        `s3://bucket/parts/*.parquet`. A Parquet file makes a partition per row group.
    rows
        Of neighbouring row groups that together have so many images at most; None: each of its own.
    options
        Those of `load`.

    Raises
    ------
    DataFileError
        Where there is none.
    """
    found = remote.found(pattern) if is_url(pattern) else _found(pattern)
    if not found:
        raise DataFileError(f"{shown(pattern)}: no such files")
    parts = [row_groups(name, rows, options) if is_parquet(name) else [file(name, **options)] for name in found]
    return [part for of_file in parts for part in of_file]


def _found(pattern: str) -> list[str]:
    path = Path(pattern).expanduser().absolute()
    top = Path(path.anchor)
    return sorted(str(name) for name in top.glob(str(path.relative_to(top))) if name.is_file())


def idx_rows(images: StrPath, rows: int | None = None, labels_file: StrPath | None = None) -> list[Source]:
    """Partitions of at most so many images of one IDX file each.

    Parameters
    ----------
    images
        The file.
    rows
        The most of a partition. None: 10,000, or more where that would make over 1000 partitions.
    labels_file
        Its labels. None: found as `load` finds them.

    Raises
    ------
    DataFileError
        For what `load` refuses.
    """
    path = Path(images).absolute()
    labels = Path(labels_file or idx_file.labels_beside(path)).absolute()
    count = idx_file.count(path, labels)
    rows = rows or max(ROWS, -(-count // MANY))
    if count > MAX_PARTS * rows:
        raise DataFileError(f"{shown(path)}: promises {count} images, more than {MAX_PARTS} parts of {rows}")
    return [IdxRows(str(path), str(labels), start, min(start + rows, count)) for start in range(0, count, rows)]
