"""Export a trained model to JSON, ONNX, MATLAB (.mat) or NumPy (.npz), or to one web page that needs no server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli.command import Output, run
from .cli.options import add_model_option, read_model
from .formats.export import FORMATS, export, format_of
from .system.atomic import check_apart, check_target


def main(argv: Sequence[str] | None = None) -> int:
    examples = ("digits20 export --to model.onnx", "digits20 export --model my.pkl --to page.html")
    return run("export", __doc__, add_options, execute, argv, examples)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_model_option(parser)
    formats = ", ".join(FORMATS)
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the file to write; its suffix decides the format: {formats}",
    )


def execute(options: argparse.Namespace) -> int:
    out = Output(options.json)
    kind = format_of(options.to)
    check_target(options.to)
    check_apart(options.to, options.model)
    size = export(read_model(options.model), options.to)
    out.line("written", f"{options.to}, {size} bytes")
    out.result({"path": str(options.to), "format": kind.removeprefix("."), "bytes": size})
    return 0


if __name__ == "__main__":
    sys.exit(main())
