"""`python -m digits20` and the console script `digits20`: lists the commands and runs the one named."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence

from .system.version import __version__

COMMANDS = {
    "train": ("train.__main__", "train a network and save it"),
    "predict": ("predict", "predict the labels of pictures"),
    "evaluate": ("evaluate", "score a trained model on labelled images"),
    "report": ("report", "make one HTML page about a trained model"),
    "curves": ("curves.__main__", "draw learning curves, and say what to try next"),
    "gradcheck": ("gradcheck", "compare the gradient with finite differences"),
    "page": ("page.__main__", "draw or upload a digit in the browser"),
    "sheet": ("sheet", "make a form to fill in by hand"),
    "scan": ("scan", "turn photographed forms into a training set"),
    "export": ("export", "write a trained model for other programs"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that argv (None: that of this process) names; its exit code."""
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ["help"]
    if name == "help" and len(rest) == 1:
        name, rest = rest[0], ["--help"]
    if name in COMMANDS:
        command = importlib.import_module(f".{COMMANDS[name][0]}", __package__)
        code: int = command.main(rest)
        return code
    if rest and name in ("help", "--help", "-h", "--version"):
        print(f"digits20: error: {name} takes {'one command' if name == 'help' else 'nothing'}", file=sys.stderr)
        return 2
    if name == "--version":
        return _told(f"digits20 {__version__}")
    if name in ("help", "--help", "-h"):
        return _told(_overview())
    like = difflib.get_close_matches(name, COMMANDS, 1)
    guess = f"; did you mean {like[0]}?" if like else ""
    kind = "option" if name.startswith("-") else "command"
    print(f"digits20: error: no {kind} {name!r}, expected one of {', '.join(COMMANDS)}{guess}", file=sys.stderr)
    return 2


def _told(text: str) -> int:
    from .cli.stdout import patient_stdout, unheard

    with patient_stdout() as stdout:
        print(text)
    return unheard(stdout, "digits20")


def _overview() -> str:
    lines = [f"  {name:<10} {purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "\n".join(
        [
            "Classic neural networks on small sets of grey images.",
            "",
            "usage: digits20 COMMAND [OPTION ...]",
            "",
            *lines,
            "",
            "  help COMMAND, COMMAND --help   the options of a command, with examples",
            "  --version                      the version of digits20",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
