"""Sources of partitions: callables that read the images of one partition, in this process or on another machine.

Your own callables work too if they can be pickled and return the same Digits at every call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dataset import Digits
from ..data.load import load
from ..data.readers.arrays import idx as idx_file
from ..errors import DataFileError, shown
from ..types import StrPath

Source = Callable[[], Digits]
Step = Callable[[Digits], Digits]
WILD = "*?["
MAX_PARTS = 1_000_000


@dataclass(frozen=True)
class File:
    """All images of one file; options: keyword arguments of `load`."""

    path: str
    options: dict[str, Any]

    def __call__(self) -> Digits:
        return load(self.path, one_class=True, **self.options)


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


@dataclass(frozen=True)
class Transformed:
    """A source followed by a step, which may turn the images into something else."""

    source: Callable[[], Any]
    step: Callable[[Any], Any]

    def __call__(self) -> Any:
        return self.step(self.source())


@dataclass(frozen=True)
class Unchanged:
    """A source that must give the images that it gave at first, whose digest is here.

    Raises DataFileError where it does not: a training on other images would be wrong without a word.
    """

    source: Source
    digest: str

    def __call__(self) -> Digits:
        digits = self.source()
        if digits.digest() != self.digest:
            raise DataFileError(f"{name_of(self.source)} has changed since it was first read")
        return digits


def name_of(recipe: Any) -> str:
    """What a message calls the source of a partition: its file where it has one."""
    while hasattr(recipe, "source"):
        recipe = recipe.source
    return getattr(recipe, "path", None) or getattr(recipe, "__qualname__", None) or repr(recipe)


def is_pattern(data: str) -> bool:
    """Whether the text is a pattern such as `parts/*.csv`, not the name of a file that exists."""
    return any(c in data for c in WILD) and not Path(data).exists()


def file(path: StrPath, **options: Any) -> Source:
    """One partition: a whole file; options as in `load`."""
    return File(str(Path(path).absolute()), options)


def files(pattern: str, **options: Any) -> list[Source]:
    """One partition per file that matches a pattern (`parts/*.csv.gz`; `**` for folders), sorted; options of `load`.

    Raises DataFileError where there is none.
    """
    path = Path(pattern).expanduser().absolute()
    top = Path(path.anchor)
    found = sorted(str(name) for name in top.glob(str(path.relative_to(top))) if name.is_file())
    if not found:
        raise DataFileError(f"{shown(pattern)}: no such files")
    return [file(name, **options) for name in found]


def idx_rows(images: StrPath, rows: int, labels_file: StrPath | None = None) -> list[Source]:
    """Partitions of at most `rows` images each of one IDX file; its labels are found as `load` finds them.

    Raises DataFileError.
    """
    path = Path(images).absolute()
    labels = Path(labels_file or idx_file.labels_beside(path)).absolute()
    count = idx_file.count(path, labels)
    if count > MAX_PARTS * rows:
        raise DataFileError(f"{shown(path)}: promises {count} images, more than {MAX_PARTS} parts of {rows}")
    return [IdxRows(str(path), str(labels), start, min(start + rows, count)) for start in range(0, count, rows)]
