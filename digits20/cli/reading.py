"""Which labelled images to read and how: what the options of `add_data_options` say, and what they leave open."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..data.dataset import DIGITS, Digits
from ..errors import DataFileError, Digits20Error, shown
from ..learning.model import Model
from ..learning.orientation import Correction, Undecided, best_correction
from ..types import Array

log = logging.getLogger("digits20")

LabelKind = Literal["digits", "one-based", "any"]
Preparation = Literal["found", "resized"]
Part = Literal["train", "test"]
COLUMNS_FIRST = "emnist-"  # files whose names begin so hold images stored by columns


@dataclass(frozen=True)
class Reading:
    """Which labelled images to read and how.

    data: a path; None is the shipped digits. more_data: others, whose images follow. image_size: the images become so
    many pixels square; None leaves them. pictures: how those of a folder are prepared, label_from: how their names tell
    their labels; see `pictures.load_pictures`. The others are those of `digits20.load`, None where it shall find out.
    """

    data: str | None
    labels: LabelKind | None = None
    label_column: Literal["first", "last"] | None = None
    labels_file: str | None = None
    header: bool | None = None
    order: Literal["C", "F"] | None = None
    pixel_max: float | None = None
    image_size: int | None = None
    max_size: int = 2**32
    pixel_min: float | None = None
    invert: bool | None = None
    arrays: tuple[str, str] | None = None
    more_data: tuple[str, ...] = ()
    pictures: Preparation | None = None
    label_from: str | None = None

    def is_pictures(self) -> bool:
        """Whether --data is a folder of pictures, or a table of their names."""
        from ..data.folders import lists_pictures

        return self.data is not None and (Path(self.data).is_dir() or lists_pictures(Path(self.data)))

    def decided(self) -> Reading:
        """The same with the preparation of pictures decided, so that a model can remember it."""
        from ..data.pictures import choose_preparation

        if self.pictures or not self.is_pictures():
            return self
        return replace(self, pictures=choose_preparation(str(self.data), self.label_from))

    def for_model(self, model: Model) -> Reading:
        """The same for images that this model shall answer: prepared as those that it learned, any labels it knows."""
        shape, learned = model.image_shape, model.settings.get("pictures")
        pictures: Preparation = "resized" if learned == "resized" else "found"
        return replace(
            self,
            labels=self.labels or (None if set(model.labels) <= set(DIGITS) else "any"),
            pictures=self.pictures or pictures,
            image_size=shape[0] if self.is_pictures() and shape[0] == shape[1] else self.image_size,
        )

    def load(self, part: Part, judge: Model | None = None) -> Digits:
        """The images; part: which of a file that holds x_train and x_test, or of a folder with train/ and test/.

        judge: the model that tells whether they are turned or inverted; None is the reference model, for digits.
        """
        digits = self._one(part, judge)
        for other in self.more_data:
            digits = joined(digits, replace(self, data=other, more_data=())._one(part, judge), other)
        return digits

    def _one(self, part: Part, judge: Model | None) -> Digits:
        if self.is_pictures():
            digits = self._pictures(part)
            way = replace(self, order="C", invert=False).way(digits, judge)  # a folder 10 may mean 9
            return way.digits(digits) if way else digits
        digits = self._table(part)
        if self.data is not None:
            way = self.way(digits, judge)
            digits = way.digits(digits) if way else digits
        size = self.image_size
        return resized(digits, (size, size), "") if size else digits

    def _table(self, part: Part) -> Digits:
        from ..data.load import load

        return load(
            self.data or "digits20",
            labels=self.labels or "digits",
            label_column=self.label_column,
            labels_file=self.labels_file,
            part=part,
            **self._layout(),
        )

    def _layout(self) -> dict[str, Any]:
        """What `load` and `load_images` are told alike."""
        names = ("header", "order", "pixel_min", "pixel_max", "invert", "arrays", "max_size")
        return {name: getattr(self, name) for name in names}

    def unlabelled(self, model: Model) -> Array:
        """(m, n) the images of a table, which needs no labels, as the model recognizes them and in its image size."""
        from ..data.load import load_images

        name = self.data or "digits20"
        X, shape = load_images(name, part="test", **self._layout())
        digits = Digits(X, np.zeros(len(X), np.intp), model.labels, shape)
        undecided = Undecided(self.order is None, self.invert is None, labels=False)
        way = best_correction(model, digits, undecided, labelled=False)
        warn_of_correction(way, name)
        return resized(way.digits(digits) if way else digits, model.image_shape, "the model").X

    def _pictures(self, part: Part) -> Digits:
        from ..data.pictures import load_pictures

        if self.labels_file:
            raise Digits20Error(
                f"{shown(str(self.data))}: pictures have their labels in folders, names (--label-from) or a table of "
                "file names and labels, not in a --labels-file"
            )
        with _reading_bar() as progress:
            digits, _ = load_pictures(
                str(self.data),
                labels=self.labels,
                part=part,
                label_from=self.label_from,
                preparation=self.pictures,
                shape=(self.image_size, self.image_size) if self.image_size else None,
                progress=progress,
            )
        return digits

    def way(self, digits: Digits, judge: Model | None = None) -> Correction | None:
        """How the images must be read otherwise than they are, which is said in one note; judge: as `load` has it."""
        if judge is None and digits.labels == DIGITS:
            judge = _reference()
        way = None
        if judge is not None:
            way = best_correction(
                judge, digits, Undecided(self.order is None, self.invert is None, self.labels is None)
            )
        elif named_by_columns(str(self.data)) and self.order is None:
            way = Correction(transposed=True)
        elif self.order is None and not str(self.data).endswith(".mat"):
            log.info("%s: images taken row by row; where they stand column by column: --order F", shown(str(self.data)))
        warn_of_correction(way, str(self.data))
        return way


def named_by_columns(path: str) -> bool:
    """Whether the file's name is one of EMNIST's, whose IDX and CSV files hold images stored by columns."""
    return Path(path).name.startswith(COLUMNS_FIRST) and ("idx" in path or ".csv" in path)


def _reference() -> Model:
    from ..persistence.model_file import load_model

    return load_model("reference")


def warn_of_correction(way: Correction | None, name: str) -> None:
    """Warn that images are read otherwise than they are, with the options that undo it."""
    if way is not None:
        log.warning("%s: %s, since only then does the model recognize them", shown(name), way)


def joined(first: Digits, second: Digits, name: str) -> Digits:
    """The images of both. Raises DataFileError where their sizes differ; `name` is the second's."""
    if first.image_shape != second.image_shape:
        sizes = ["x".join(map(str, digits.image_shape)) for digits in (second, first)]
        raise DataFileError(f"{shown(name)}: images of {sizes[0]}, the others are {sizes[1]} (--image-size)")
    names = [label for digits in (first, second) for label in digits.labels]
    same_kind = len({isinstance(label, str) for label in names}) == 1
    labels = tuple(sorted(set(names), key=None if same_kind else str))
    place = {label: i for i, label in enumerate(labels)}
    y = [np.array([place[label] for label in digits.labels], np.intp)[digits.y] for digits in (first, second)]
    return Digits(np.concatenate([first.X, second.X]), np.concatenate(y), labels, first.image_shape)


def resized(digits: Digits, shape: tuple[int, int], reader: str) -> Digits:
    """The images in that shape, (rows, columns), which `reader` needs; logs it where they have another one."""
    if digits.image_shape != shape:
        sizes = " to ".join(f"{rows}x{columns}" for rows, columns in (digits.image_shape, shape))
        log.info("images resized from %s%s", sizes, f", which {reader} reads" if reader else "")
    return digits.resized(shape)


@contextmanager
def _reading_bar() -> Iterator[Callable[[int, int], object] | None]:
    """A progress bar on stderr, where that is a terminal and notes are wanted."""
    if not sys.stderr.isatty() or not log.isEnabledFor(logging.INFO):
        yield None
        return
    from tqdm import tqdm

    bar: Any = tqdm(desc="reading", unit="picture", leave=False, file=sys.stderr)

    def update(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield update
    finally:
        bar.close()
