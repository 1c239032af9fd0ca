"""Score a trained model on labelled images: accuracy, precision, recall and F1, and who is taken for whom."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import cli
from .atomic import write_atomically
from .dataset import Digits
from .errors import Digits20Error
from .evaluation import Evaluation, evaluate
from .model import Model


def main(argv: Sequence[str] | None = None) -> int:
    return cli.run("evaluate", __doc__, add_options, execute, argv)


def add_options(parser: argparse.ArgumentParser) -> None:
    cli.add_model_option(parser)
    add_image_options(parser)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the confusion matrix")


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Which images a model is scored on; see `images_for`."""
    cli.add_data_options(parser, default="the test part of the shipped digits, for a model trained on the others")


def execute(options: argparse.Namespace) -> int:
    out = cli.Output(options)
    if options.plot:
        cli.check_plot(options.plot)
    model = cli.read_model(options)
    digits = images_for(options, model)
    scores = evaluate(model, digits)
    out.text(_table(scores))
    if options.plot:
        from .plots import describe, picture, plot_confusion

        title = describe(model)
        content = picture(lambda ax: plot_confusion(ax, scores, title), options.plot.suffix, size=(6, 6.5))
        write_atomically(options.plot, content, Digits20Error)
        out.text(f"\nplot {options.plot}")
    out.result(_as_json(scores))
    return 0


def images_for(options: argparse.Namespace, model: Model) -> Digits:
    """The images of --data, or else those held back from the model, in the size that it reads."""
    digits = cli.load_data(options, "test") if options.data else _own_test_part(options, model)
    return cli.resized(digits, model.image_shape, str(options.model or "the reference model"))


def _own_test_part(options: argparse.Namespace, model: Model) -> Digits:
    """The images that `train` held back for testing when it made the model."""
    seed, train_size = model.settings.get("seed"), model.settings.get("train_size")
    if model.settings.get("data") != "shipped" or type(seed) is not int or type(train_size) is not int or seed < 0:
        raise Digits20Error(f"{options.model}: not trained on the shipped digits; name images with --data")
    return cli.load_data(options, "test").shuffle(np.random.default_rng(seed)).split(train_size)[1]


def _table(scores: Evaluation) -> str:
    width = max(7, *(len(str(label)) for label in scores.labels))
    rows = [f"{'label':>{width}}  precision  recall      F1  images"]
    columns = zip(scores.labels, scores.precision, scores.recall, scores.f1, scores.support, strict=True)
    rows += [_row(width, *column) for column in columns]
    means = (scores.macro(scores.precision), scores.macro(scores.recall), scores.macro(scores.f1))
    rows += [_row(width, "mean", *means, scores.images), "", f"accuracy {100 * scores.accuracy:.2f} %", ""]
    cell = max(width, len(str(scores.confusion.max()))) if width > 7 else max(4, len(str(scores.confusion.max())) + 1)
    rows.append("true label by row, named label by column")
    rows.append(" " * width + "".join(f"{label!s:>{cell + 1}}" for label in scores.labels))
    for label, counts in zip(scores.labels, scores.confusion, strict=True):
        rows.append(f"{label!s:>{width}}" + "".join(f"{count or '.':>{cell + 1}}" for count in counts))
    return "\n".join(rows)


def _row(width: int, label: object, precision: float, recall: float, f1: float, images: int) -> str:
    return f"{label!s:>{width}}  {precision:9.3f}  {recall:6.3f}  {f1:6.3f}  {images:6d}"


def _as_json(scores: Evaluation) -> dict[str, Any]:
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
