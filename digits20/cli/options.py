"""Options that several commands share: the model, the images, and how to read a table of them."""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ..data.convert import brief
from ..data.dataset import Digits
from ..errors import DataFileError, Digits20Error, ModelFileError, shown
from ..learning.model import Model
from ..nn.network import ACTIVATIONS, OUTPUTS, Network
from ..types import Hidden, Label, Output
from .reading import Reading as Reading
from .reading import resized as resized
from .types import positive, real, size, whole

LAMBDA_HELP = "weight decay: adds F/2m times the sum of squared weights, biases left out, to the cost of m images"
log = logging.getLogger("digits20")
Value = TypeVar("Value")


def value_of(kind: type[Value], options: Mapping[str, Any]) -> Value:
    """The dataclass `kind` made of those options that have the names of its fields: `value_of(Reading, vars(parsed))`.

    A field without an option has its default.
    """
    names = [field.name for field in fields(kind) if field.name in options]  # type: ignore[arg-type]
    return kind(**{name: options[name] for name in names})


class _Several(argparse.Action):
    """The first value of an option goes to its name, those of its repetitions to `more_` and its name."""

    def __call__(self, parser: object, namespace: argparse.Namespace, value: Any, option: str | None = None) -> None:
        if getattr(namespace, self.dest) is None:
            setattr(namespace, self.dest, value)
        else:
            more = f"more_{self.dest}"
            setattr(namespace, more, (*getattr(namespace, more, ()), value))


def add_model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        metavar="FILE",
        help="trained model to use; reference and course are those that come with digits20, the most accurate and the "
        "course's network (default: reference)",
    )


def add_activation_options(parser: argparse.ArgumentParser) -> None:
    """The activations of others' weights, which their files do not hold; see `read_model`."""
    group = parser.add_argument_group("weights of another program as --model")
    group.add_argument(
        "--activation", choices=tuple(ACTIVATIONS), help="activation function of the hidden layers (default: detected)"
    )
    group.add_argument(
        "--output", choices=OUTPUTS, help=f"activation function of the output layer (default: {Network.output})"
    )


def read_model(path: str | None, activation: Hidden | None = None, output: Output | None = None) -> Model:
    """The model in that file; None, or the name "reference", is the reference model that comes with digits20.

    Files of others' weights, such as the course's ex4weights.mat, are read too. activation, output: theirs; None: those
    that `import_thetas` finds. Raises Digits20Error where they are given for a model of digits20, which has its own.
    """
    from ..persistence.model_file import load_model
    from ..persistence.others.weights_file import holds_arrays
    from ..persistence.thetas import import_thetas

    try:
        model = load_model(path or "reference")
    except ModelFileError as refused:
        try:
            model = import_thetas(path or "reference", hidden=activation, output=output or Network.output)
        except Digits20Error as error:
            raise (error if activation or output or holds_arrays(path or "reference") else refused) from None
        kinds = (model.network.hidden, model.network.output)
        log.info("%s: weights of another program, read with --activation %s --output %s", shown(str(path)), *kinds)
        return model
    if activation or output:
        option = "--activation" if activation else "--output"
        raise Digits20Error(f"{option} is for weights of another program; a model of digits20 has its own")
    return model


def add_data_options(parser: argparse.ArgumentParser, default: str) -> None:
    """--data and how to read it: the fields of `Reading`; default: what is read without --data, for the help."""
    group = parser.add_argument_group("images")
    group.add_argument(
        "--data",
        action=_Several,
        metavar="FILE",
        help="labelled images to read: a table (CSV, .npz, .mat, IDX, Parquet and others) or a folder of pictures; "
        f"may be given several times (default: {default})",
    )
    group.add_argument(
        "--labels",
        choices=("digits", "one-based", "any"),
        help="what the labels are: digits (0 to 9; a 10 means 0), one-based (1 to 10 stand for the digits 0 to 9), or "
        "any (letters, words, other numbers) (default: digits; for pictures, digits if all their labels are digits, "
        "else any)",
    )
    group.add_argument(
        "--label-column", choices=("first", "last"), help="column of a table that holds the labels (default: detected)"
    )
    group.add_argument(
        "--labels-file",
        metavar="FILE",
        help="file with the labels, if they are not in the file of the images (default: that file, or the one beside "
        "it whose name fits, as labels-idx1 fits images-idx3)",
    )
    group.add_argument(
        "--label-from",
        metavar="REGEX",
        help="where a picture's path holds its label: a regular expression with the label in parentheses, such as "
        "'_(.)\\.png$' (default: the label is the name of the folder, or the start of the file name)",
    )
    group.add_argument(
        "--pictures",
        choices=("found", "resized"),
        help="what to do with each picture: found (find the ink, cut it out, centre it) or resized (only change the "
        "size) (default: detected)",
    )
    add_table_options(group)
    group.add_argument(
        "--image-size", type=whole(1, 256), metavar="N", help="resize images to NxN pixels (default: leave their size)"
    )


def check_labels(digits: Digits, labels: Collection[Label], name: str) -> None:
    """Raises DataFileError, in which the images are called `name`, for a label that is not one of `labels`."""
    for label in sorted({digits.labels[index] for index in np.unique(digits.y)} - set(labels), key=str):
        raise DataFileError(f"{name}: label {brief(label)} does not occur among the training images")


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
        "--pixel-min", type=real(-math.inf), metavar="F", help="pixel value of paper, such as -1 (default: detected)"
    )
    group.add_argument(
        "--pixel-max", type=positive, metavar="F", help="pixel value of full ink, such as 255 (default: detected)"
    )
    group.add_argument(
        "--invert",
        action=argparse.BooleanOptionalAction,
        help="swap ink and paper: for dark ink on bright paper (default: detected)",
    )
    group.add_argument(
        "--arrays",
        nargs=2,
        metavar=("IMAGES", "LABELS"),
        help="names of the arrays to read, in files that hold several (default: detected)",
    )


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
    digits = (
        reading.checked().for_model(model).load("test", model) if reading.data else _own_test_part(reading, model, name)
    )
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
