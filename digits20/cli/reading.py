"""Which labelled images to read and how: what the options of `add_data_options` say, and what they leave open."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..data.dataset import DIGITS, Digits
from ..data.orientation import Correction, Undecided, correction, set_right
from ..errors import DataFileError, Digits20Error, shown
from ..learning.model import Model
from ..system.atomic import check_apart
from ..types import Array

log = logging.getLogger("digits20")

LabelKind = Literal["digits", "one-based", "any"]
Preparation = Literal["found", "resized"]
Part = Literal["train", "test"]


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
        from ..data.pictures.listed import lists_pictures

        return self.data is not None and (Path(self.data).is_dir() or lists_pictures(Path(self.data)))

    def checked(self, test_data: str | None = None) -> Reading:
        """The same; raises Digits20Error for an option that applies to none of the files, or to none of the folders.

        test_data: another path that the options are for.
        """
        sources = [source for source in (self.data, *self.more_data, test_data) if source is not None]
        pictures = [replace(self, data=source).is_pictures() for source in sources]
        if pictures and all(pictures) and self.labels_file:
            raise Digits20Error(
                f"{shown(sources[0])}: pictures have their labels in folders, names (--label-from) or a table of "
                "file names and labels, not in a --labels-file"
            )
        if pictures and all(pictures) and (option := self.table_option()):
            raise Digits20Error(f"{option} is for tables, and {shown(sources[0])} holds pictures")
        if not any(pictures) and (option := self._first_given("label_from", "pictures")):
            raise Digits20Error(f"{option} is for folders of pictures, and there is none")
        return self

    def check_apart(self, part: Part, *targets: Path | None) -> None:
        """Raise Digits20Error where a file to write is one of those to read, also of a folder or a pattern."""
        from ..data.pictures.folders import find
        from ..data.pictures.listed import PICTURES

        sources = [source for source in (self.data, *self.more_data) if source is not None]
        for target in targets:
            check_apart(target, self.labels_file, *sources)
            for source in sources if target and target.exists() else ():
                path = Path(source).absolute()
                files: Iterable[Path] = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
                if target and target.suffix.lower() in PICTURES and replace(self, data=source).is_pictures():
                    files = (one.path for one in find(Path(source), part, self.label_from, told=False))
                check_apart(target, *files)

    def table_option(self) -> str | None:
        """An option that was given and applies to tables only."""
        return self._first_given("label_column", "header", "order", "pixel_min", "pixel_max", "invert", "arrays")

    def _first_given(self, *names: str) -> str | None:
        return next((f"--{name.replace('_', '-')}" for name in names if getattr(self, name) is not None), None)

    def decided(self) -> Reading:
        """The same with the preparation of pictures decided, so that a model can remember it."""
        from ..data.pictures.read import choose_preparation

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
            undecided = Undecided(order=False, invert=False, labels=self.labels is None)  # a folder 10 may mean 9
            return set_right(self._pictures(part), str(self.data), undecided, judge)
        digits = self._table(part, judge)
        size = self.image_size
        return resized(digits, (size, size), "") if size else digits

    def _table(self, part: Part, judge: Model | None) -> Digits:
        from ..data.load import load

        return load(
            self.data or "digits20",
            labels=self.labels,
            label_column=self.label_column,
            labels_file=self.labels_file,
            part=part,
            judge=judge,
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
        X, shape = load_images(name, part="test", judge=model, **self._layout())
        return resized(Digits(X, np.zeros(len(X), np.intp), model.labels, shape), model.image_shape, "the model").X

    def _pictures(self, part: Part) -> Digits:
        from ..data.pictures.read import load_pictures

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

    def way(self, digits: Digits) -> Correction | None:
        """How these images of the file must be read otherwise than they are, which is said in one note."""
        undecided = Undecided(self.order is None, self.invert is None, self.labels is None)
        return correction(digits, str(self.data), undecided)


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
