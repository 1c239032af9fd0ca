"""Options that several commands share: the model, the images, and how to read a table of them."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

import numpy as np

from ..data.dataset import Digits
from ..errors import DataFileError, Digits20Error
from ..learning.model import Model
from ..types import Label
from .types import positive, size, whole

log = logging.getLogger("digits20")
Value = TypeVar("Value")


def value_of(kind: type[Value], options: Mapping[str, Any]) -> Value:
    """The dataclass `kind` made of those options that have the names of its fields: `value_of(Reading, vars(parsed))`.

    A field without an option has its default.
    """
    names = [field.name for field in fields(kind) if field.name in options]  # type: ignore[arg-type]
    return kind(**{name: options[name] for name in names})


def add_model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="FILE", help="trained model to use (default: reference, the one that comes with digits20)"
    )


def read_model(path: str | None) -> Model:
    """The model in that file; None, or the name "reference", is the reference model that comes with digits20."""
    from ..persistence.model_file import load_model

    return load_model(path or "reference")


@dataclass(frozen=True)
class Reading:
    """Which labelled images to read and how: what the options of `add_data_options` say.

    data: a path; None is the shipped digits. image_size: the images become so many pixels square; None leaves them.
    The others are those of `digits20.load`, None where it shall find out.
    """

    data: str | None
    labels: Literal["digits", "any"]
    label_column: Literal["first", "last"] | None
    labels_file: str | None
    header: bool | None
    order: Literal["C", "F"] | None
    pixel_max: float | None
    image_size: int | None
    max_size: int

    def load(self, part: Literal["train", "test"]) -> Digits:
        """The images; part: which of an .npz file that holds x_train and x_test."""
        from ..data.load import load
        from ..system.shipped import shipped

        digits = load(
            self.data or shipped("data/digits20.csv.gz"),
            labels=self.labels,
            label_column=self.label_column,
            labels_file=self.labels_file,
            header=self.header,
            order=self.order,
            pixel_max=self.pixel_max,
            part=part,
            max_size=self.max_size,
        )
        return resized(digits, (self.image_size,) * 2, "") if self.image_size else digits


def add_data_options(parser: argparse.ArgumentParser, default: str) -> None:
    """--data and how to read it: the fields of `Reading`; default: what is read without --data, for the help."""
    group = parser.add_argument_group("images")
    group.add_argument(
        "--data", metavar="FILE", help=f"labelled images to read: CSV, .mat, .npz, Parquet or IDX (default: {default})"
    )
    group.add_argument(
        "--labels",
        choices=("digits", "any"),
        default="digits",
        help="which labels may occur: digits 0-9 (10 means 0), or any words and numbers",
    )
    group.add_argument(
        "--label-column", choices=("first", "last"), help="column of a CSV that holds the labels (default: detected)"
    )
    group.add_argument(
        "--labels-file", metavar="FILE", help="labels of IDX images (default: labels-idx1 beside images-idx3)"
    )
    add_table_options(group)
    group.add_argument(
        "--image-size", type=whole(1, 256), metavar="N", help="resize images to NxN pixels (default: leave their size)"
    )


def check_labels(digits: Digits, labels: Collection[Label], name: str) -> None:
    """Raises DataFileError, in which the images are called `name`, for a label that is not one of `labels`."""
    for label in sorted({digits.labels[index] for index in np.unique(digits.y)} - set(labels), key=str):
        raise DataFileError(f"{name}: label {label!r} does not occur among the training images")


def add_table_options(group: argparse._ArgumentGroup) -> None:
    """How to read a table of images, with or without labels."""
    group.add_argument(
        "--max-size",
        type=size,
        default="4G",
        metavar="SIZE",
        help="refuse files larger than this when unpacked: bytes, or 500M, 4G",
    )
    group.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line of a CSV holds column names (default: detected)",
    )
    group.add_argument(
        "--order",
        choices=("C", "F"),
        help="order of an image's pixels: C row by row, F column by column (default: F for .mat, else C)",
    )
    group.add_argument(
        "--pixel-max", type=positive, metavar="F", help="pixel value of full ink, such as 255 (default: detected)"
    )


def resized(digits: Digits, shape: tuple[int, int], reader: str) -> Digits:
    """The images in that shape, (rows, columns), which `reader` needs; logs it where they have another one."""
    if digits.image_shape != shape:
        sizes = " to ".join(f"{rows}x{columns}" for rows, columns in (digits.image_shape, shape))
        log.info("images resized from %s%s", sizes, f", which {reader} reads" if reader else "")
    return digits.resized(shape)


def hidden_layers(sizes: list[int]) -> tuple[int, ...]:
    """The hidden layers that --hidden means; raises Digits20Error for a layer of no units."""
    hidden = () if sizes == [0] else tuple(sizes)
    if 0 in hidden:
        raise Digits20Error("--hidden: a layer of 0 units; 0 alone means no hidden layer")
    return hidden


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Which images a model is scored on; see `images_for`."""
    add_data_options(parser, default="the test part of the shipped digits, for a model trained on the others")


def images_for(reading: Reading, model: Model, name: str) -> Digits:
    """The images to score a model on, in the size that it reads: those of --data, or those held back to test it with.

    name: what the model is called in messages.
    """
    digits = reading.load("test") if reading.data else _own_test_part(reading, model, name)
    return resized(digits, model.image_shape, name)


def _own_test_part(reading: Reading, model: Model, name: str) -> Digits:
    """The images that `train` held back for testing when it made the model."""
    seed, train_size = model.settings.get("seed"), model.settings.get("train_size")
    if model.settings.get("data") != "shipped" or type(seed) is not int or type(train_size) is not int or seed < 0:
        raise Digits20Error(f"{name}: not trained on the shipped digits; name images with --data")
    digits = reading.load("test")
    if train_size >= len(digits):
        raise Digits20Error(f"{name}: trained on all of the shipped digits; name other images with --data")
    return digits.shuffle(np.random.default_rng(seed)).split(train_size)[1]
