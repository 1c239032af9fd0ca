"""Write one HTML page about a trained model: scores, cost history, confusion matrix, mistakes, units, settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli.command import Output, run
from .cli.options import Reading, add_image_options, add_model_option, images_for, read_model, value_of
from .errors import Digits20Error, percent, plural
from .learning.evaluation import evaluate
from .plots.html import html_report
from .system.atomic import check_apart, check_target, write_atomically

REPORT = Path("report.html")


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 report", "digits20 report --model my.pkl --data test.csv --to my.html")
    return run("report", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_model_option(parser)
    add_image_options(parser)
    parser.add_argument(
        "--to", type=Path, default=REPORT, metavar="FILE", help="the HTML file to write (default: %(default)s)"
    )


def execute(options: argparse.Namespace) -> int:
    out, reading = Output(options.json), value_of(Reading, vars(options))
    check_target(options.to)
    check_apart(options.to, options.model)
    reading.check_apart("test", options.to)
    model = read_model(options.model)
    digits = images_for(reading, model, str(options.model or "the reference model"))
    model_name = str(options.model or "the reference model of digits20")
    data_name = str(options.data or "the shipped digits that it was not trained on")
    scores = evaluate(model, digits)
    page = html_report(model, digits, scores, model_name, data_name)
    write_atomically(options.to, page.encode("utf-8", "replace"), Digits20Error)
    out.line("accuracy", f"{percent(scores.accuracy, 2)} on {plural(scores.images, 'image')}")
    out.line("report", str(options.to))
    out.result({"report": str(options.to), "accuracy": scores.accuracy, "images": scores.images})
    return 0


if __name__ == "__main__":
    sys.exit(main())
