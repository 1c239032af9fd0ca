"""What all commands share: options that are checked, one-line errors, exit codes, and where output goes."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ..errors import Digits20Error
from ..system.atomic import check_target
from ..system.interrupts import INTERRUPTED, raised
from .types import whole

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


def progress(items: Sequence[str], name: str, options: argparse.Namespace) -> Iterable[str]:
    """The items one by one, with a bar on the terminal where they are many."""
    if options.quiet or len(items) < 20:
        return items
    from tqdm import tqdm

    bar: Iterable[str] = tqdm(items, desc=name, leave=False, disable=None, file=sys.stderr)
    return bar


def check_plot(path: Path) -> None:
    """Raise now what would go wrong with a picture later, as far as can be told."""
    if path.suffix.lower() not in PLOT_FORMATS:
        raise Digits20Error(f"{path}: a plot is one of {', '.join(PLOT_FORMATS)}")
    check_target(path)


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
