"""What all commands share: options that are checked, one-line errors, exit codes, and where output goes."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NoReturn

from .atomic import check_target
from .dataset import Digits
from .errors import Digits20Error
from .interrupts import raised
from .model import Model
from .starting import INTERRUPTED

BAD_INPUT = 2
PLOT_FORMATS = (".png", ".pdf", ".svg")
log = logging.getLogger("digits20")


class Parser(argparse.ArgumentParser):
    """argparse that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {' '.join(message.split())} (--help lists the options)\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Tells the defaults that say something."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        told = action.help and "default" in action.help
        return action.help if told or action.default in (None, False) else super()._get_help_string(action)


def run(
    name: str,
    description: str | None,
    add_options: Callable[[argparse.ArgumentParser], None],
    execute: Callable[[argparse.Namespace], int],
    argv: Sequence[str] | None,
) -> int:
    """Parse argv and execute the command `name`; the exit code is 0, 2 for bad input or 130 after Ctrl-C."""
    parser = Parser(
        prog=f"digits20.{name}",
        description=description,
        allow_abbrev=False,
        formatter_class=_Help,
    )
    add_options(parser)
    _add_common_options(parser)
    try:
        with raised() as ctrl_c:
            options = parser.parse_args(argv)
            with _notes_on_stderr(parser.prog, options.quiet):
                code = execute(options)
            sys.stdout.flush()
        return code
    except Digits20Error as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except MemoryError:
        print(f"{parser.prog}: error: not enough memory", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader has seen enough; Python would complain when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, Exception) as error:
        if not isinstance(error, KeyboardInterrupt) and ctrl_c.pressed is None:
            raise
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return INTERRUPTED


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    group.add_argument("--quiet", action="store_true", help="no progress bar and no notes")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of everything random")
    group.add_argument("--threads", type=whole(1), default=1, metavar="N", help="of the matrix products")


def add_model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, metavar="FILE", help="default: the reference model of digits20")


def read_model(options: argparse.Namespace) -> Model:
    """The model of --model, or the shipped reference model."""
    from .persistence import load_model
    from .shipped import shipped

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


def progress(items: Sequence[str], name: str, options: argparse.Namespace) -> Iterable[str]:
    """The items one by one, with a bar on the terminal where they are many."""
    if options.quiet or len(items) < 20:
        return items
    from tqdm import tqdm

    bar: Iterable[str] = tqdm(items, desc=name, leave=False, disable=None, file=sys.stderr)
    return bar


def load_data(options: argparse.Namespace, part: Literal["train", "test"]) -> Digits:
    """The images of --data, or the shipped ones, in the size of --image-size."""
    from .loaders import load
    from .shipped import shipped

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


def check_plot(path: Path) -> None:
    """Raise now what would go wrong with a picture later, as far as can be told."""
    if path.suffix.lower() not in PLOT_FORMATS:
        raise Digits20Error(f"{path}: a plot is one of {', '.join(PLOT_FORMATS)}")
    check_target(path)


def whole(low: int, high: float = math.inf) -> Callable[[str], int]:
    """An option's type: a whole number within the bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text} is not {_bounds(low, high)}")
        return number

    return parse


def real(low: float, high: float = math.inf, *, above: bool = False) -> Callable[[str], float]:
    """An option's type: a finite number from `low` (or above it) to `high`."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not math.isfinite(number) or not low <= number <= high or (above and number == low):
            raise argparse.ArgumentTypeError(f"{text} is not a finite number {_bounds(low, high, above)}")
        return number

    return parse


def size(text: str) -> int:
    """An option's type: a number of bytes, such as 1000000, 500M or 4G."""
    match = re.fullmatch(r"(\d{1,18})([KMGT]?)(i?B)?", text, re.ASCII | re.IGNORECASE)
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 500M or 4G")
    return int(match[1]) << 10 * " KMGT".index(match[2].upper() or " ")


def _bounds(low: float, high: float, above: bool = False) -> str:
    if high < math.inf:
        return f"from {low} to {high}"
    return f"above {low}" if above else f"of {low} or more"


positive = real(0, above=True)


class Output:
    """Results to stdout, as aligned lines or as one JSON object."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.as_json = options.json

    def line(self, name: str, text: str) -> None:
        self.text(f"{name:<10} {text}")

    def text(self, text: str) -> None:
        if not self.as_json:
            print(text, flush=True)

    def result(self, result: dict[str, Any]) -> None:
        if self.as_json:
            print(json.dumps(result, allow_nan=False))


@contextmanager
def _notes_on_stderr(prog: str, quiet: bool) -> Iterator[None]:
    """Send what the package logs to stderr for as long as a command runs; a caller in Python keeps its own logging."""
    logger = logging.getLogger("digits20")
    before = logger.handlers[:], logger.level, logger.propagate
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"{prog}: note: %(message)s"))
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.ERROR if quiet else logging.INFO)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = before[0], before[2]
        logger.setLevel(before[1])
