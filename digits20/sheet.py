"""Make a form to print and fill in by hand; `digits20 scan` turns the filled form into a training set."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli.command import Output, run
from .cli.types import whole
from .errors import Digits20Error
from .images.sheets.code import encoded
from .images.sheets.layout import MOST, PER_LABEL, Layout, names_of
from .plots.form import PAPER, form_files
from .system.atomic import check_target, write_atomically

log = logging.getLogger("digits20")
SUFFIXES = (".pdf", ".png")


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 sheet --to sheet.pdf", "digits20 sheet --labels A B C --per-label 30 --to letters.pdf")
    return run("sheet", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels",
        nargs="+",
        default=list("0123456789"),
        metavar="L",
        help="labels to be written by hand (default: the ten digits)",
    )
    parser.add_argument("--per-label", type=whole(1, MOST), default=PER_LABEL, metavar="N", help="boxes per label")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write, .pdf or .png")
    parser.add_argument("--paper", choices=tuple(PAPER), default="a4", help="size of the paper")


def execute(options: argparse.Namespace) -> int:
    out = Output(options.json)
    suffix = options.to.suffix.lower()
    if suffix not in SUFFIXES:
        raise Digits20Error(f"{options.to}: a sheet is a .pdf or .png file")
    check_target(options.to)
    layout = Layout(names_of(options.labels), options.per_label)
    if layout.sheets > 255:
        raise Digits20Error(f"{layout.sheets} sheets, at most 255")
    contents = form_files(layout, options.paper, suffix)
    paths = [options.to, *(options.to.with_stem(f"{options.to.stem}-{n}") for n in range(2, len(contents) + 1))]
    for path, content in zip(paths, contents, strict=True):
        write_atomically(path, content, Digits20Error)
        out.line("written", str(path))
    if encoded(layout.labels, layout.per_label) is None:
        log.info("the labels are too long for the code on the sheet: give `digits20 scan` the same --labels")
    boxes = len(layout.labels) * layout.per_label
    out.line("boxes", f"{boxes} on {layout.sheets} {'sheet' if layout.sheets == 1 else 'sheets'}")
    out.result({"paths": [str(path) for path in paths], "sheets": layout.sheets, "boxes": boxes})
    return 0


if __name__ == "__main__":
    sys.exit(main())
