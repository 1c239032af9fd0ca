"""Standard output that never stops a command: the work is done and saved first, whoever does not listen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from ..errors import reason

BAD_INPUT = 2  # the exit code


class Stdout:
    """Stands in for sys.stdout. failure: why the system took no more of it, None as long as it does."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream  # None where it was closed before the start (>&-)
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write it, what the terminal cannot encode as \\N escapes; nothing after the first failure."""
        with self._noting_failure():
            if self.stream:
                self.stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        with self._noting_failure():
            if self.stream:
                self.stream.flush()

    def isatty(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    @contextlib.contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as failure:
            self.failure = failure
            if self.stream:  # what it still holds would fail again at Python's end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
            self.stream = None


@contextlib.contextmanager
def patient_stdout() -> Iterator[Stdout]:
    """Within this block sys.stdout is a Stdout."""
    before, sys.stdout = sys.stdout, Stdout(sys.stdout)
    try:
        yield sys.stdout
    finally:
        sys.stdout.flush()
        sys.stdout = before


def unheard(stdout: Stdout, called: str) -> int:
    """The exit code of a command that did its work: 2, which is told, where standard output was full or the like.

    A reader that has gone (BrokenPipeError) may have seen enough. called: the command, as its errors begin.
    """
    if stdout.failure is None or isinstance(stdout.failure, BrokenPipeError):
        return 0
    print(f"{called}: error: standard output: {reason(stdout.failure)}", file=sys.stderr)
    return BAD_INPUT
