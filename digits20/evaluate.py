"""Evaluate a trained model on labelled images: accuracy, precision, recall, F1 and the confusion matrix."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cli.command import Output, check_plot, run
from .cli.options import (
    Reading,
    add_activation_options,
    add_image_options,
    add_model_option,
    images_for,
    read_model,
    value_of,
)
from .errors import Digits20Error, percent
from .learning.evaluation import Evaluation, evaluate
from .system.atomic import check_apart, write_atomically
from .system.threads import limited_threads


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 evaluate", "digits20 evaluate --model my.pkl --data test.csv --plot confusion.png")
    return run("evaluate", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_model_option(parser)
    add_activation_options(parser)
    add_image_options(parser)
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="plot the confusion matrix to FILE: .png, .pdf or .svg (default: no plot)",
    )


def execute(options: argparse.Namespace) -> int:
    out, reading = Output(options.json), value_of(Reading, vars(options))
    if options.plot:
        check_plot(options.plot)
        check_apart(options.plot, options.model)
        reading.check_apart("test", options.plot)
    model = read_model(options.model, options.activation, options.output)
    digits = images_for(reading, model, str(options.model or "the reference model"))
    with limited_threads(1):  # a second one waits for the first wherever anything else runs
        scores = evaluate(model, digits)
    out.text(as_table(scores))
    if options.plot:
        from .plots.canvas import describe, picture
        from .plots.results import plot_confusion

        title = describe(model)
        content = picture(lambda ax: plot_confusion(ax, scores, title), options.plot.suffix, size=(6, 6.5))
        write_atomically(options.plot, content, Digits20Error)
        out.text(f"\nplot {options.plot}")
    out.result(as_json(scores))
    return 0


def as_table(scores: Evaluation) -> str:
    """A row per label, the macro average, the accuracy and the confusion matrix, as aligned text."""
    width = max(7, *(len(str(label)) for label in scores.labels))
    rows = [f"{'label':>{width}}  precision  recall      F1  images"]
    columns = zip(scores.labels, scores.precision, scores.recall, scores.f1, scores.support, strict=True)
    rows += [_row(width, *column) for column in columns]
    means = (scores.macro(scores.precision), scores.macro(scores.recall), scores.macro(scores.f1))
    rows += [_row(width, "macro", *means, scores.images), "", f"accuracy {percent(scores.accuracy, 2)}", ""]
    cell = max(width, len(str(scores.confusion.max()))) if width > 7 else max(4, len(str(scores.confusion.max())) + 1)
    rows.append("confusion matrix: true label in rows, predicted label in columns")
    rows.append(" " * width + "".join(f"{label!s:>{cell + 1}}" for label in scores.labels))
    for label, counts in zip(scores.labels, scores.confusion, strict=True):
        rows.append(f"{label!s:>{width}}" + "".join(f"{count or '.':>{cell + 1}}" for count in counts))
    return "\n".join(rows)


def _row(width: int, label: object, precision: float, recall: float, f1: float, images: int) -> str:
    return f"{label!s:>{width}}  {precision:9.3f}  {recall:6.3f}  {f1:6.3f}  {images:6d}"


def as_json(scores: Evaluation) -> dict[str, Any]:
    """The same as plain values; precision, recall and f1 outside `per_class` are macro averages."""
    return {
        "accuracy": scores.accuracy,
        "precision": scores.macro(scores.precision),
        "recall": scores.macro(scores.recall),
        "f1": scores.macro(scores.f1),
        "per_class": [
            {"label": label, "precision": p, "recall": r, "f1": f, "images": n}
            for label, p, r, f, n in zip(
                scores.labels,
                scores.precision.tolist(),
                scores.recall.tolist(),
                scores.f1.tolist(),
                scores.support.tolist(),
                strict=True,
            )
        ],
        "confusion": scores.confusion.tolist(),
        "labels": list(scores.labels),
        "images": scores.images,
    }


if __name__ == "__main__":
    sys.exit(main())
