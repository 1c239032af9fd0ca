"""Predict what each picture shows, one digit or several, or the label of each image of a table."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from .cli.answers import cell, name_width, said, shortened, table
from .cli.command import Output, progress_bars, run
from .cli.options import Reading, add_activation_options, add_model_option, add_table_options, read_model, value_of
from .cli.stdout import BAD_INPUT
from .cli.types import real
from .data.pictures.folders import pictures_in
from .data.pictures.read import Preparation, read_all, read_image
from .errors import Digits20Error, ImageError, plural, shown
from .images.decode import MAX_BYTES, read_picture
from .images.geometry import prepare
from .images.photo import Page, read_page
from .images.sheets.marks import is_form
from .learning.confidence import REJECT
from .learning.model import Model
from .learning.symbols import as_json, known_or_none, read_symbols
from .plots.predictions import MOST, PicturePrediction, predictions_file
from .system.atomic import check_apart, check_target, write_atomically
from .types import Array

STDIN = "-"
UNKNOWN = 1  # exit code: a picture is like nothing that the model learned
FEW = 20  # pictures: fewer are read before a progress bar would help
PICTURES = (".png", ".pdf", ".svg")
log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Order:
    """What is asked of one run of the command, beside the images.

    to: the CSV file of the answers, None for standard output. show: the drawing of the pictures, None for no drawing.
    reject: see --reject.
    """

    to: Path | None
    show: Path | None
    reject: float
    quiet: bool


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 predict seven.png", "digits20 predict photos/ --show received.png")
    return run("predict", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_model_option(parser)
    add_activation_options(parser)
    parser.add_argument(
        "--reject",
        type=real(0, 1),
        default=REJECT,
        metavar="RATE",
        help="share of the images held out in training that would be called unknown; a larger one doubts more; where "
        "a picture is unknown, the exit code is 1",
    )
    group = parser.add_argument_group("pictures")
    group.add_argument(
        "images",
        nargs="*",
        metavar="IMAGE",
        help="a PNG, JPEG, WebP, BMP or GIF file, a folder of them, or - for standard input",
    )
    group.add_argument(
        "--show",
        type=Path,
        metavar="FILE",
        help="draw pictures and what the network received of them to a .png, .pdf or .svg file (default: no drawing)",
    )
    group = parser.add_argument_group("a table of images, with or without labels")
    group.add_argument(
        "--data",
        metavar="FILE",
        help="a CSV (such as Kaggle's test.csv), .mat, .npz, Parquet or IDX file, gzipped or not; labels are ignored "
        "(default: pictures)",
    )
    group.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="the CSV file to write predictions to, of a table in Kaggle's format (default: standard output)",
    )
    add_table_options(group)


def execute(options: argparse.Namespace) -> int:
    if bool(options.images) == bool(options.data):
        raise Digits20Error("expected pictures, or a table with --data")
    if options.data and options.show:
        raise Digits20Error("--show needs pictures, not a table")
    reading = value_of(Reading, vars(options))
    if options.images and (unused := reading.table_option()):
        raise Digits20Error(f"{unused} is for tables (--data), not for pictures")
    for target in filter(None, (options.show, options.to)):
        check_target(target)
        check_apart(target, options.model, options.data)
    if options.show and options.show.suffix.lower() not in PICTURES:
        raise Digits20Error(f"{options.show}: --show writes {', '.join(PICTURES[:-1])} or {PICTURES[-1]}")
    model, out = read_model(options.model, options.activation, options.output), Output(options.json)
    if model.confidence is None and options.reject != REJECT:
        log.warning("--reject has no effect: with so few images held out in training the model cannot doubt")
    if options.data:
        return _predict_table(reading, model, out, value_of(Order, vars(options)))
    with threadpool_limits(1):  # for the small products of one picture, a second thread only spins
        return _predict_pictures(options.images, model, out, value_of(Order, vars(options)))


# pictures


def _predict_pictures(paths: Sequence[str], model: Model, out: Output, order: Order) -> int:
    """Answer each picture, of files or folders."""
    names = list(_files(paths))
    for target in (order.to, order.show):
        check_apart(target, *names)
    width = name_width(names, max(len(str(label)) for label in model.labels))
    predictions: list[dict[str, Any]] = []
    drawn: list[PicturePrediction] = []
    told = not order.to and not out.as_json and sys.stdout.isatty()  # line by line, which a bar would stand in
    quiet = order.quiet or told or len(names) < FEW
    with progress_bars(["reading"], len(names), quiet, " pictures") as update, closing(_seen(names, model)) as pictures:
        for done, (name, seen) in enumerate(zip(names, pictures, strict=True)):
            update(0, done, "")
            if isinstance(seen, ImageError):
                print(f"digits20.predict: error: {seen}", file=sys.stderr)
                predictions.append({"path": name, "error": str(seen)})
                continue
            asked = (name, model, order.reject)
            one, answer = _symbols_of(seen, *asked) if isinstance(seen, Page) else _one_symbol(seen, *asked)
            if len(drawn) < MOST:
                drawn.append(one)
            predictions.append({"path": name, **answer})
            if not order.to:
                out.text(f"{shortened(shown(name), width):<{width}}  {said(answer, model)}")
    if order.to:
        write_atomically(order.to, table(predictions).encode("utf-8", "surrogateescape"), Digits20Error)
        out.line("written", f"{order.to}, {plural(len(predictions), 'prediction')}")
    if order.show and drawn:
        content = predictions_file(drawn, model.image_shape, order.show.suffix.lower())
        write_atomically(order.show, content, Digits20Error)
    out.result({"predictions": predictions})
    if any("error" in answer for answer in predictions):
        return BAD_INPUT
    return UNKNOWN if any(answer["known"] is False for answer in predictions) else 0


def _files(names: Sequence[str]) -> Iterator[str]:
    """The names, each folder replaced by the pictures in it, sorted."""
    for name in names:
        yield from [name] if name == STDIN or not Path(name).is_dir() else map(str, pictures_in(Path(name)))


def _seen(names: Sequence[str], model: Model) -> Generator[Page | Array | ImageError, None, None]:
    """What the network is to see of each picture, or why it cannot be read.

    A model that was trained on pictures of one symbol each gets the image that training would have made.
    """
    read: Callable[..., Page | Array] = read_page
    if pictures := model.settings.get("pictures"):
        preparation: Preparation = "resized" if pictures == "resized" else "found"
        read = partial(read_image, shape=model.image_shape, preparation=preparation)
    with closing(read_all(read, [name for name in names if name != STDIN])) as files:
        for name in names:
            yield _from_stdin(read) if name == STDIN else next(files)


def _from_stdin(read: Callable[..., Page | Array]) -> Page | Array | ImageError:
    if sys.stdin is None:
        return ImageError("standard input: closed")
    try:
        return read(sys.stdin.buffer.read(MAX_BYTES + 1), name="standard input")
    except ImageError as error:
        return error


def _symbols_of(page: Page, name: str, model: Model, reject: float) -> tuple[PicturePrediction, dict[str, Any]]:
    symbols = read_symbols(model, page.symbols, reject)
    if len(page.symbols) == 1 < page.symbols[0].marks:
        log.info("%s: several marks, 1 used", "standard input" if name == STDIN else shown(name))
    answer = as_json(model, symbols)
    if answer["known"] is False and name != STDIN and is_form(read_picture(name)):
        log.warning("%s: a filled form, which digits20 scan reads", shown(name))
    received = prepare(np.array([one.pixels for one in symbols]), model.image_shape, model.preprocess)
    boxes = [tuple(side / page.scale for side in one.symbol.box) for one in symbols] if len(symbols) > 1 else []
    return PicturePrediction(
        name, page.original, received, answer["label"], answer["confidence"], boxes, answer["known"]
    ), answer


def _one_symbol(pixels: Array, name: str, model: Model, reject: float) -> tuple[PicturePrediction, dict[str, Any]]:
    """The answer to a picture of one symbol, however many parts it has, for a model that was trained on pictures."""
    scores = model.predict_proba(pixels[None])[0]
    best = int(scores.argmax())
    answer = {
        "label": model.labels[best],
        "confidence": float(scores[best]),
        "known": known_or_none(model, pixels[None], reject)[0],
        "scores": scores.tolist(),
        "outputs": model.outputs(pixels[None])[0].tolist(),
    }
    received = prepare(pixels[None], model.image_shape, model.preprocess)
    original = pixels.reshape(model.image_shape)
    return PicturePrediction(
        name, original, received, model.labels[best], float(scores[best]), [], answer["known"]
    ), answer


# tables


def _predict_table(reading: Reading, model: Model, out: Output, order: Order) -> int:
    """Answer each image of a table."""
    images = reading.unlabelled(model)
    probabilities, known = model.predict_proba(images), known_or_none(model, images, order.reject)
    labels = [model.labels[best] for best in probabilities.argmax(axis=1)]
    rows = "ImageId,Label\n" + "".join(f"{row},{cell(label)}\n" for row, label in enumerate(labels, 1))
    if order.to:
        write_atomically(order.to, rows.encode(), Digits20Error)
        out.line("written", f"{order.to}, {plural(len(labels), 'prediction')}")
    else:
        out.text(rows.rstrip("\n"))
    paths = (f"{reading.data} image {row}" for row in range(1, len(labels) + 1))
    confidences = np.max(probabilities, axis=1).tolist()
    answers = zip(paths, labels, confidences, known, probabilities.tolist(), strict=True)
    keys = ("path", "label", "confidence", "known", "scores")
    out.result({"predictions": [dict(zip(keys, row, strict=True)) for row in answers]} if out.as_json else {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
