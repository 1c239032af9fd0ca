"""What Ctrl-C means while a command runs: an exception at once, or a note for the work to look at."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

INSIST = 1.0  # seconds after which a second Ctrl-C means that an iteration takes too long


class Interrupts:
    """Ctrl-C noted, for the work to look at where it can end in good order."""

    def __init__(self) -> None:
        self.pressed: float | None = None
        self.breakable = False  # may a second Ctrl-C break into an iteration?

    def check(self, *_: object) -> None:
        """Raise KeyboardInterrupt here if Ctrl-C was pressed."""
        if self.pressed is not None:
            raise KeyboardInterrupt

    def strike(self, *_: object) -> None:
        """The signal handler that interrupts at once."""
        self.pressed = time.monotonic()
        raise KeyboardInterrupt

    def note(self, *_: object) -> None:
        """The signal handler that does not."""
        now = time.monotonic()
        if self.breakable and self.pressed is not None and now - self.pressed > INSIST:
            raise KeyboardInterrupt
        self.pressed = now if self.pressed is None else self.pressed


@contextlib.contextmanager
def noted() -> Iterator[Interrupts]:
    """For as long as this lasts Ctrl-C interrupts nothing but is noted."""
    interrupts = Interrupts()
    with _handled_by(interrupts.note):
        yield interrupts


@contextlib.contextmanager
def raised() -> Iterator[Interrupts]:
    """For as long as this lasts Ctrl-C raises KeyboardInterrupt at once.

    A library may turn that into an exception of its own, so `pressed` tells for certain.
    """
    interrupts, before = Interrupts(), sys.unraisablehook
    with _handled_by(interrupts.strike):
        sys.unraisablehook = lambda lost: _again(lost) if lost.exc_type is KeyboardInterrupt else before(lost)
        try:
            yield interrupts
        finally:
            sys.unraisablehook = before
            # Python code run from text while modules load leaves a note behind when it is interrupted, by which Python
            # would kill itself at the end, however well it ended; running such code to its end takes the note away
            exec("")


def _again(lost: object) -> None:
    """Python drops what is raised in callbacks, such as those of its import locks: Ctrl-C comes once more."""
    timer = threading.Timer(0.02, _press)
    timer.daemon = True
    timer.start()


def _press() -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # which wakes it from sleep, too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@contextlib.contextmanager
def kept_from_children() -> Iterator[None]:
    """Processes started meanwhile never hear of the Ctrl-C that a terminal sends to all; this one does afterwards."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _handled_by(handler: Any) -> Iterator[None]:
    """Nothing changes where Ctrl-C is ignored, as under nohup, or in a thread, which may not handle signals."""
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.SIG_IGN, None) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        # a command has ended but for Python's own end, during which its Ctrl-C kills
        signal.signal(signal.SIGINT, signal.SIG_IGN if before is leave else before)


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
