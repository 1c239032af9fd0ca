"""Ctrl-C while a command starts: libraries take a while to load, and Python would show where it was among them."""

import os
import signal
import sys

INTERRUPTED = 130  # the exit code


def leave(*_: object) -> None:
    """The signal handler until a command takes over: there is nothing to save yet."""
    os.write(2, b"digits20: interrupted\n")
    os._exit(INTERRUPTED)


def _as_command() -> bool:
    """Whether this is `python -m digits20...`, still looking for the module meanwhile, or the console script."""
    return sys.argv[:1] == ["-m"] or (sys.argv or [""])[0].endswith(("/digits20", "\\digits20.exe"))


if _as_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, leave)
