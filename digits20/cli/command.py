"""Running a command: its parser, one-line errors, exit codes, progress bars, and results on stdout."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NoReturn, TextIO

from ..errors import Digits20Error, printable
from ..learning.settings import SettingError
from ..system.atomic import check_target
from ..system.interrupts import INTERRUPTED, immediate_interrupts
from ..system.version import __version__
from .stdout import BAD_INPUT, patient_stdout, unheard
from .types import whole

LINE_EVERY = 60.0  # seconds between two lines on progress where there is no terminal
PLOT_FORMATS = (".png", ".pdf", ".svg")
# the options that have another name than the setting that they stand for
OPTIONS = {"lam": "--lambda", "iterations": "--max-iter", "warps": "--augment"}
log = logging.getLogger("digits20")


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with the same prefix as every other error of the command."""

    def error(self, message: str) -> NoReturn:
        prefix = self.prog.replace(" ", ".")
        self.exit(BAD_INPUT, f"{prefix}: error: {printable(' '.join(message.split()))} (--help lists the options)\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the default of each option, and keeps the lines of the examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.help and "default" in action.help:
            return action.help
        if action.default is False:
            return f"{action.help} (default: no)"
        return action.help if action.default is None else super()._get_help_string(action)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


def run(
    name: str,
    description: str | None,
    add_options: Callable[[argparse.ArgumentParser], None],
    execute: Callable[[argparse.Namespace], int],
    argv: Sequence[str] | None,
    examples: Sequence[str] = (),
) -> int:
    """Parse argv (None: that of this process) and execute the command `name`.

    description: what the command does, one line for --help. examples: command lines that --help ends with, two or
    more. The exit code is 0, 2 for bad input, 130 after Ctrl-C, 143 after SIGTERM and 129 after SIGHUP.
    """
    parser = Parser(
        prog=f"digits20 {name}",
        description=description,
        epilog="\n".join(["examples:", *(f"  {example}" for example in examples)]) if examples else None,
        allow_abbrev=False,
        formatter_class=_Help,
    )
    prefix = f"digits20.{name}"
    add_options(parser)
    _add_common_options(parser)
    try:
        with patient_stdout() as stdout:
            code = _execute(prefix, parser, execute, argv)
    except SystemExit as end:  # of --help and wrong options
        if lost := unheard(stdout, prefix):
            raise SystemExit(end.code or lost) from None
        raise
    return code or unheard(stdout, prefix)


def _execute(
    prefix: str, parser: Parser, execute: Callable[[argparse.Namespace], int], argv: Sequence[str] | None
) -> int:
    """The exit code, once all that a user may have to hear is said."""
    try:
        with immediate_interrupts() as interrupts:
            options = parser.parse_args(argv)
            with _notes_on_stderr(prefix, options.quiet):
                return execute(options)
    except Digits20Error as error:
        message = error.worded(_option) if isinstance(error, SettingError) else str(error)
        print(f"{prefix}: error: {printable(message)}", file=sys.stderr)
        return BAD_INPUT
    except MemoryError:
        print(f"{prefix}: error: not enough memory", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, Exception) as error:
        if not isinstance(error, KeyboardInterrupt) and interrupts.pressed is None:
            raise
        print(f"{prefix}: interrupted", file=sys.stderr)
        return interrupts.exit_code or INTERRUPTED


def _option(setting: str) -> str:
    """The option that sets a field of Training or of a solver."""
    return OPTIONS.get(setting, "--" + setting.replace("_", "-"))


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print the result as one JSON object, and nothing else")
    group.add_argument("--quiet", action="store_true", help="show no progress bar and no notes on stderr")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="random seed; the same seed repeats a run")
    group.add_argument("--threads", type=whole(1), default=1, metavar="N", help="CPU threads for matrix products")
    group.add_argument(
        "--version", action="version", version=f"digits20 {__version__}", help="print the version of digits20 and exit"
    )


@contextmanager
def progress_bars(
    names: Sequence[str], total: int, quiet: bool, unit: str = "it"
) -> Iterator[Callable[[int, int, str], object]]:
    """Progress bars on stderr, one for each of `names`, which disappear at the end; none if `quiet`.

    Without a terminal a line on the log each minute stands for them.

    total: how many steps each has. Yields `update(bar, done, note)`: bar is an index into names, done how many of its
    steps are done, and note a text to show beside it.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield (lambda bar, done, note: None) if quiet else _by_the_minute(names, total, unit)
        return
    from tqdm import tqdm

    form = f"{{desc}}: {{percentage:3.0f}}%|{{bar}}| {{n_fmt}}/{{total_fmt}} {unit.strip()}"
    form += " [{elapsed}<{remaining}{postfix}]"  # without the rate, so that the note fits into 80 columns
    bars = [tqdm(total=total, desc=name, bar_format=form, leave=False, file=sys.stderr) for name in names]

    def update(bar: int, done: int, note: str) -> None:
        bars[bar].set_postfix_str(note, refresh=False)
        bars[bar].update(done - bars[bar].n)

    try:
        yield update
    finally:
        for bar in bars:
            bar.close()


def _by_the_minute(names: Sequence[str], total: int, unit: str) -> Callable[[int, int, str], None]:
    """An update, as of bars, that logs a line every LINE_EVERY seconds, for logs of what runs without a terminal."""
    due = time.monotonic() + LINE_EVERY

    def update(bar: int, done: int, note: str) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + LINE_EVERY
            log.info("%s: %d of %d %s%s", names[bar], done, total, unit.strip(), f", {note}" if note else "")

    return update


def check_plot(path: Path) -> None:
    """Raise now what would go wrong with a picture later, as far as can be told."""
    if path.suffix.lower() not in PLOT_FORMATS:
        raise Digits20Error(f"{path}: a plot ends in one of {', '.join(PLOT_FORMATS)}")
    check_target(path)


class Output:
    """Results to stdout, as aligned lines or as one JSON object: each of the two calls is silent in the other mode."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def line(self, name: str, text: str) -> None:
        self.text(f"{name:<10} {printable(text)}")

    def text(self, text: str) -> None:
        if not self.as_json:
            print("\n".join(map(printable, text.split("\n"))), flush=True)

    def result(self, result: dict[str, Any]) -> None:
        if self.as_json:
            print(json.dumps(result, allow_nan=False))


class _NoteHandler(logging.StreamHandler[TextIO]):
    """Writes each note on a line of its own: progress bars make room and come back below it."""

    def emit(self, record: logging.LogRecord) -> None:
        bars = sys.modules.get("tqdm")
        with bars.tqdm.external_write_mode(file=self.stream) if bars else nullcontext():
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


@contextmanager
def _notes_on_stderr(prog: str, quiet: bool) -> Iterator[None]:
    """Send what the package logs to stderr for as long as a command runs; a caller in Python keeps its own logging."""
    logger = logging.getLogger("digits20")
    before = logger.handlers[:], logger.level, logger.propagate
    handler = _NoteHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"{prog}: note: %(message)s"))
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.ERROR if quiet else logging.INFO)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = before[0], before[2]
        logger.setLevel(before[1])
