"""Options that several commands share: the model, the images and how to read a table of them."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Literal

import numpy as np

from ..data.dataset import Digits
from ..errors import Digits20Error
from ..learning.model import Model
from .types import positive, size, whole

log = logging.getLogger("digits20")


def add_model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, metavar="FILE", help="default: the reference model of digits20")


def read_model(options: argparse.Namespace) -> Model:
    """The model of --model, or the shipped reference model."""
    from ..persistence.model_file import load_model
    from ..system.shipped import shipped

    return load_model(options.model or shipped("models/reference.pkl"))


def add_data_options(parser: argparse.ArgumentParser, default: str) -> None:
    """--data and how to read it; see `loaders.load`."""
    group = parser.add_argument_group("images")
    group.add_argument("--data", metavar="FILE", help=f"CSV, .mat, .npz, Parquet or IDX (default: {default})")
    group.add_argument(
        "--labels", choices=("digits", "any"), default="digits", help="digits 0-9 (10 for zero), or anything"
    )
    group.add_argument("--label-column", choices=("first", "last"), help="of a CSV (default: found out)")
    group.add_argument("--labels-file", metavar="FILE", help="of IDX images (default: labels-idx1 beside images-idx3)")
    add_table_options(group)
    group.add_argument("--image-size", type=whole(1, 256), metavar="N", help="resize the images to NxN pixels")


def add_table_options(group: argparse._ArgumentGroup) -> None:
    """How to read a table of images, with or without labels."""
    group.add_argument(
        "--max-size", type=size, default="4G", metavar="SIZE", help="of the file, unpacked: bytes, or 500M, 4G"
    )
    group.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="whether a CSV begins with one (default: found out)"
    )
    group.add_argument("--order", choices=("C", "F"), help="pixels by row or by column (default: by kind of file)")
    group.add_argument("--pixel-max", type=positive, metavar="F", help="what ink is in the file (default: found out)")


def load_data(options: argparse.Namespace, part: Literal["train", "test"]) -> Digits:
    """The images of --data, or the shipped ones, in the size of --image-size."""
    from ..data.load import load
    from ..system.shipped import shipped

    digits = load(
        options.data or shipped("data/digits20.csv.gz"),
        labels=options.labels,
        label_column=options.label_column,
        labels_file=options.labels_file,
        header=options.header,
        order=options.order,
        pixel_max=options.pixel_max,
        part=part,
        max_size=options.max_size,
    )
    return resized(digits, (options.image_size,) * 2, "") if options.image_size else digits


def resized(digits: Digits, shape: tuple[int, int], reader: str) -> Digits:
    """The images in that size, which `reader` needs; says so where it is another."""
    if digits.image_shape != shape:
        sizes = " to ".join(f"{rows}x{columns}" for rows, columns in (digits.image_shape, shape))
        log.info("images resized from %s%s", sizes, f", which {reader} reads" if reader else "")
    return digits.resized(shape)


def hidden_layers(sizes: list[int]) -> list[int]:
    """The hidden layers that --hidden means; raises Digits20Error for a layer of no units."""
    hidden = [] if sizes == [0] else sizes
    if 0 in hidden:
        raise Digits20Error("--hidden: a layer of 0 units; 0 alone means no hidden layer")
    return hidden


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Which images a model is scored on; see `images_for`."""
    add_data_options(parser, default="the test part of the shipped digits, for a model trained on the others")


def images_for(options: argparse.Namespace, model: Model) -> Digits:
    """The images of --data, or else those held back from the model, in the size that it reads."""
    digits = load_data(options, "test") if options.data else _own_test_part(options, model)
    return resized(digits, model.image_shape, str(options.model or "the reference model"))


def _own_test_part(options: argparse.Namespace, model: Model) -> Digits:
    """The images that `train` held back for testing when it made the model."""
    seed, train_size = model.settings.get("seed"), model.settings.get("train_size")
    if model.settings.get("data") != "shipped" or type(seed) is not int or type(train_size) is not int or seed < 0:
        raise Digits20Error(f"{options.model}: not trained on the shipped digits; name images with --data")
    return load_data(options, "test").shuffle(np.random.default_rng(seed)).split(train_size)[1]
