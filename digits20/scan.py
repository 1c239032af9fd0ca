"""Turn filled forms of `digits20 sheet`, photographed or scanned, into a table to train on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli.command import Output, run
from .cli.stdout import BAD_INPUT
from .cli.types import whole
from .errors import Digits20Error, ImageError, plural, shown
from .images.sheets.form import Box, read_form
from .images.sheets.layout import PER_LABEL, Layout, names_of
from .system.atomic import check_target, write_atomically


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 scan photo.jpg --to mine.csv", "digits20 scan 1.jpg 2.png --to mine.csv --show seen.png")
    return run("scan", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="photos or scans of filled forms, one sheet each")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the CSV file to write")
    parser.add_argument("--labels", nargs="+", metavar="L", help="labels of the form (default: the sheet tells them)")
    parser.add_argument(
        "--per-label", type=whole(1, 200), metavar="N", help="boxes per label of the form (default: the sheet tells it)"
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
    layout, shape = _layout(options.labels, options.per_label), (options.image_size,) * 2
    boxes: list[tuple[str, Box]] = []
    failed: list[dict[str, str]] = []
    for name in options.images:
        try:
            found = read_form(name, layout, shape)
        except ImageError as error:
            print(f"digits20.scan: error: {error}", file=sys.stderr)
            failed.append({"path": name, "error": str(error)})
            continue
        boxes += [(name, box) for box in found]
        out.line("read", f"{shown(name)}, {plural(len(found), 'box', 'boxes')}")
    if failed and not boxes:  # each has been said
        out.result({"path": None, "images": 0, "doubtful": [], "errors": failed})
        return BAD_INPUT
    if not boxes:
        raise Digits20Error("no box with ink was read; nothing is written")
    write_atomically(options.to, "".join(_line(box) for _, box in boxes).encode(), Digits20Error)
    doubtful = [{"path": name, "place": list(box.place), "label": box.label, "doubt": box.doubt} for name, box in boxes]
    doubtful = [one for one in doubtful if one["doubt"]]
    if options.show:
        _show(options.show, [box for _, box in boxes], shape)
    out.line("written", f"{options.to}, {plural(len(boxes), 'image')}")
    for one in doubtful:
        sheet, row, column = one["place"]
        out.line("doubtful", f"sheet {sheet}, row {row}, box {column}, label {one['label']}: {one['doubt']}")
    out.result({"path": str(options.to), "images": len(boxes), "doubtful": doubtful, "errors": failed})
    return BAD_INPUT if failed else 0


def _layout(labels: Sequence[str] | None, per_label: int | None) -> Layout | None:
    """None where the sheets are to tell it; either alone goes with the default of `digits20 sheet`."""
    if labels is None and per_label is None:
        return None
    return Layout(names_of(labels or "0123456789"), per_label or PER_LABEL)


def _line(box: Box) -> str:
    label = '"' + box.label.replace('"', '""') + '"' if any(mark in box.label for mark in ',;"') else box.label
    return ",".join([*(f"{value:.6f}".rstrip("0").rstrip(".") or "0" for value in box.pixels), label]) + "\n"


def _show(path: Path, boxes: Sequence[Box], shape: tuple[int, int]) -> None:
    import numpy as np

    from .plots.canvas import picture
    from .plots.images import plot_images

    X = np.array([box.pixels for box in boxes])
    size = (8, 0.5 + 0.4 * -(-len(boxes) // 20))
    write_atomically(path, picture(lambda ax: plot_images(ax, X, shape, columns=20), path.suffix, size), Digits20Error)


if __name__ == "__main__":
    sys.exit(main())
