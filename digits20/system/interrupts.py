"""Signals that end a command: Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt at once, or wait for the work to look.

Where the system ignores one of them (nohup, a background job) it stays ignored; so it does in a thread, which may not
handle signals. Import this before what is slow to import: from then on Ctrl-C ends the command without a traceback.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

INTERRUPTED = 130  # exit code after Ctrl-C: 128 + SIGINT, as shells count
BREAK_AFTER = 1.0  # seconds after the first signal from which a second one breaks into an iteration
STOPPING = b"digits20: stopping; what was learned so far is saved\n"
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


_active: list[Interrupts] = []  # of the blocks below that have been entered


class Interrupts:
    """Whether a signal has asked this command to end.

    pressed: when the first one came, in seconds of time.monotonic(); None before it.
    breakable: whether a second one, BREAK_AFTER seconds later, may raise KeyboardInterrupt although it is deferred.
    exit_code: 128 + the number of the first signal, 0 before it: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP.
    """

    def __init__(self) -> None:
        self.pressed: float | None = None
        self.breakable = False
        self.exit_code = 0

    def check(self, *_: object) -> None:
        """Raise KeyboardInterrupt if a signal has come."""
        if self.pressed is not None:
            raise KeyboardInterrupt

    def _record(self, number: int) -> None:
        """Note the signal here and in the blocks around this one."""
        for interrupts in _active:
            if interrupts.pressed is None:
                interrupts.pressed, interrupts.exit_code = time.monotonic(), 128 + number

    def _raise_at_once(self, number: int, _: object) -> None:
        self._record(number)
        raise KeyboardInterrupt

    def _defer(self, number: int, _: object) -> None:
        if self.pressed is None:
            os.write(2, b"\n" * os.isatty(2) + STOPPING)
        if self.breakable and self.pressed is not None and time.monotonic() - self.pressed > BREAK_AFTER:
            raise KeyboardInterrupt
        self._record(number)


def pending() -> bool:
    """Whether a signal has asked a command to end: who waits for another machine waits no longer."""
    return any(interrupts.pressed is not None for interrupts in _active)


@contextlib.contextmanager
def deferred_interrupts() -> Iterator[Interrupts]:
    """Within this block the signals only set `pressed`: the work looks there where it can end in good order."""
    interrupts = Interrupts()
    with _handled_by(interrupts, interrupts._defer):
        yield interrupts


@contextlib.contextmanager
def immediate_interrupts() -> Iterator[Interrupts]:
    """Within this block the signals raise KeyboardInterrupt at once.

    A library may turn that into an exception of its own, so `pressed` tells for certain.
    """
    interrupts, before = Interrupts(), sys.unraisablehook
    with _handled_by(interrupts, interrupts._raise_at_once):
        sys.unraisablehook = lambda lost: _again(lost) if lost.exc_type is KeyboardInterrupt else before(lost)
        try:
            yield interrupts
        finally:
            sys.unraisablehook = before
            # Python code run from text while modules load leaves a note behind when it is interrupted, by which Python
            # would kill itself at the end, however well it ended; running such code to its end takes the note away
            exec("")


@contextlib.contextmanager
def interrupts_blocked_in_children() -> Iterator[None]:
    """Processes started in this block never see the Ctrl-C or hang-up that a terminal sends to the whole group.

    This process sees them when the block ends. SIGTERM reaches the children: it is how a pool ends them.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGHUP])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _again(lost: object) -> None:
    """Python drops what is raised in callbacks, such as those of its import locks: send Ctrl-C once more."""
    timer = threading.Timer(0.02, _press)
    timer.daemon = True
    timer.start()


def _press() -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # which wakes it from sleep, too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@contextlib.contextmanager
def _handled_by(interrupts: Interrupts, handler: Callable[[int, Any], None]) -> Iterator[None]:
    """Install the handler for each signal that is not ignored, and put the old ones back."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in ENDING}
        before = {number: old for number, old in handlers.items() if old not in (signal.SIG_IGN, None)}
    _active.append(interrupts)
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        _active.remove(interrupts)
        for number, old in before.items():
            # a command has ended but for Python's own end, during which _exit_at_once would lose its exit code
            signal.signal(number, signal.SIG_IGN if old is _exit_at_once else old)


def _exit_at_once(*_: object) -> None:
    """The handler of Ctrl-C until a command takes over: there is nothing to save yet."""
    os.write(2, b"digits20: interrupted\n")
    os._exit(INTERRUPTED)


def _is_command() -> bool:
    """Whether this is `python -m digits20...`, still looking for the module meanwhile, or the console script."""
    return sys.argv[:1] == ["-m"] or (sys.argv or [""])[0].endswith(("/digits20", "\\digits20.exe"))


if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _exit_at_once)
