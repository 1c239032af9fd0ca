"""Turn filled forms of `digits20 sheet`, photographed or scanned, into a table to train on."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .cli.command import Output, run
from .cli.stdout import BAD_INPUT
from .cli.types import whole
from .errors import Digits20Error, ImageError, plural, shown
from .images.geometry import resize
from .images.sheets.form import Box, read_form
from .images.sheets.layout import MOST, PER_LABEL, Layout, names_of
from .persistence.model_file import load_model
from .system.atomic import check_apart, check_target, write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLEAR = 0.99  # probability from which another digit than the box's is told
TWICE = 0.9  # correlation of two photos of one box; other people's digits in it have some 0.5

log = logging.getLogger("digits20")


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 scan photo.jpg --to mine.csv", "digits20 scan 1.jpg 2.png --to mine.csv --show seen.png")
    return run("scan", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="photos or scans of filled forms, one sheet each")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the CSV file to write")
    parser.add_argument("--labels", nargs="+", metavar="L", help="labels of the form (default: the sheet tells them)")
    parser.add_argument(
        "--per-label",
        type=whole(1, MOST),
        metavar="N",
        help="boxes per label of the form (default: the sheet tells it)",
    )
    parser.add_argument(
        "--image-size", type=whole(1, 256), default=20, metavar="N", help="size of the images made, NxN pixels"
    )
    parser.add_argument(
        "--show",
        type=Path,
        metavar="FILE",
        help="draw the images that were read to a .png, .pdf or .svg file (default: no drawing)",
    )


def execute(options: argparse.Namespace) -> int:
    from .cli.command import check_plot

    out = Output(options.json)
    check_target(options.to)
    if options.show:
        check_plot(options.show)
    for target in (options.to, options.show):
        check_apart(target, *options.images)
    layout, shape = _layout(options.labels, options.per_label), (options.image_size,) * 2
    boxes, failed = _read(options.images, layout, shape, out)
    if failed and not boxes:  # each has been said
        out.result({"path": None, "images": 0, "doubtful": [], "errors": failed})
        return BAD_INPUT
    if not boxes:
        raise Digits20Error("no box with ink was read; nothing is written")
    if options.to.exists() and options.to.stat().st_size:
        log.warning("%s: replaced, what was in it is gone", shown(options.to))
    write_atomically(options.to, "".join(_line(box) for _, box in boxes).encode(), Digits20Error)
    doubtful = [(line, name, box) for line, (name, box) in enumerate(boxes, 1) if box.doubt]
    if options.show:
        _show(options.show, [box for _, box in boxes], shape)
    out.line("written", f"{options.to}, {plural(len(boxes), 'image')}")
    for line, name, box in doubtful:
        sheet, row, column = box.place
        where = f"sheet {sheet}, row {row}, box {column}, label {box.label}"
        out.line("doubtful", f"line {line}, {shown(name)}, {where}: {box.doubt}")
    listed = [
        {"path": name, "line": line, "place": list(box.place), "label": box.label, "doubt": box.doubt}
        for line, name, box in doubtful
    ]
    out.result({"path": str(options.to), "images": len(boxes), "doubtful": listed, "errors": failed})
    return BAD_INPUT if failed else 0


def _read(
    images: Sequence[str], layout: Layout | None, shape: tuple[int, int], out: Output
) -> tuple[list[tuple[str, Box]], list[dict[str, str]]]:
    """The boxes with ink of each picture, and why others cannot be read, each told as it comes."""
    boxes: list[tuple[str, Box]] = []
    sheets: dict[str, list[Box]] = {}
    failed: list[dict[str, str]] = []
    numbers: set[int] = set()
    for name in images:
        try:
            form = read_form(name, layout, shape)
        except ImageError as error:
            print(f"digits20.scan: error: {error}", file=sys.stderr)
            failed.append({"path": name, "error": str(error)})
            continue
        if twin := next((other for other, seen in sheets.items() if _same_sheet(seen, form.boxes)), None):
            out.line("skipped", f"{shown(name)}, the same sheet as {shown(twin)}")
            continue
        sheets[name] = found = _checked(form.boxes, shape)
        boxes += [(name, box) for box in found]
        numbers.add(form.sheet)
        which = f", sheet {form.sheet} of {form.of}" if form.of > 1 else ""
        out.line("read", f"{shown(name)}{which}: {plural(len(found), 'box', 'boxes')}, {form.empty} empty")
    if missing := sorted(set(range(1, form.of + 1)) - numbers) if numbers else ():
        out.line("missing", f"sheet {', '.join(map(str, missing))} of {form.of}")
    return boxes, failed


def _checked(boxes: list[Box], shape: tuple[int, int]) -> list[Box]:
    """The boxes; of digits, those too are doubtful that the shipped model takes for another one, or for none."""
    if not boxes or not all(box.label in tuple("0123456789") for box in boxes):
        return boxes
    model = load_model("reference")
    X = resize(np.array([box.pixels for box in boxes]), shape, model.image_shape)
    P, known = model.predict_proba(X), model.known(X)
    checked = []
    for box, row, is_known in zip(boxes, P, known, strict=True):
        seen = str(model.labels[int(row.argmax())])
        wrong = f"looks like a {seen}" if seen != box.label and row.max() > CLEAR else ""
        checked.append(replace(box, doubt=box.doubt or (wrong if is_known else "looks like no digit")))
    return checked


def _same_sheet(one: list[Box], other: list[Box]) -> bool:
    """Whether two pictures show one filled sheet: the same boxes have ink, in most of them the same."""
    pairs = {(box.place, box.label): box.pixels for box in one}
    if not one or pairs.keys() != {(box.place, box.label) for box in other}:
        return False
    alike = [np.corrcoef(pairs[box.place, box.label], box.pixels)[0, 1] for box in other]
    return bool(np.median(alike) > TWICE)


def _layout(labels: Sequence[str] | None, per_label: int | None) -> Layout | None:
    """None where the sheets are to tell it; either alone goes with the default of `digits20 sheet`."""
    if labels is None and per_label is None:
        return None
    return Layout(names_of(labels or "0123456789"), per_label or PER_LABEL)


def _line(box: Box) -> str:
    label = '"' + box.label.replace('"', '""') + '"' if any(mark in box.label for mark in ',;"') else box.label
    return ",".join([*(f"{value:.6f}".rstrip("0").rstrip(".") or "0" for value in box.pixels), label]) + "\n"


def _show(path: Path, boxes: Sequence[Box], shape: tuple[int, int]) -> None:
    from .plots.canvas import picture
    from .plots.images import plot_images

    X, doubted = np.array([box.pixels for box in boxes]), [bool(box.doubt) for box in boxes]
    size = (8, 0.5 + 0.4 * -(-len(boxes) // 20))

    def draw(ax: Axes) -> None:
        plot_images(ax, X, shape, columns=20, framed=doubted)

    write_atomically(path, picture(draw, path.suffix, size), Digits20Error)


if __name__ == "__main__":
    sys.exit(main())
