"""`python -m digits20` and the console script `digits20`: lists the commands and runs the one named."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from .system.version import __version__

COMMANDS = {
    "train": ("train.__main__", "train a network and keep it"),
    "predict": ("predict", "name what pictures show"),
    "evaluate": ("evaluate", "score a trained model on labelled images"),
    "report": ("report", "make one HTML page about a trained model"),
    "curves": ("curves.__main__", "draw how training goes, and say what to try next"),
    "gradcheck": ("gradcheck", "compare the gradient with differences"),
    "page": ("page.__main__", "draw or upload a digit in the browser"),
    "export": ("export", "write a trained model for other programs"),
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else "--help"
    if name in COMMANDS:
        command = importlib.import_module(f".{COMMANDS[name][0]}", __package__)
        code: int = command.main(arguments[1:])
        return code
    if name == "--version":
        print(f"digits20 {__version__}")
        return 0
    if name in ("--help", "-h"):
        print(_overview())
        return 0
    print(f"digits20: error: no command {name!r}, expected one of {', '.join(COMMANDS)}", file=sys.stderr)
    return 2


def _overview() -> str:
    lines = [f"  {name:<10} {purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "\n".join(
        ["Classic neural networks on small sets of grey images.", "", "digits20 COMMAND --help", "", *lines]
    )


if __name__ == "__main__":
    sys.exit(main())
