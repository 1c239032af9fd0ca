"""The command `train`."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    from .__main__ import main as run  # not before: `python -m digits20.train` imports this room first

    return run(argv)
