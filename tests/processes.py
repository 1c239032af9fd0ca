"""Every process that a test starts ends with it, whatever happens to the test, where Linux tells who they are.

A process inherits an environment variable from the pytest process that it comes from, and is found by it even when its
parent is gone. What a test leaves running is killed and fails it; what a killed pytest leaves, a watchdog kills.
"""

import contextlib
import ctypes
import multiprocessing
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

NAME = "DIGITS20_TEST_RUN"
GRACE = 10.0  # seconds for a process that a test has told to end
TRACKER = b"resource_tracker"  # multiprocessing's: one for many tests, and gone with the last that it serves
POOL = b"loky"  # joblib's workers, which it keeps for the next search
PR_SET_PDEATHSIG = 1
# where the environment forbids __pycache__, hundreds of processes would compile the package each for itself
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
WATCHDOG = """
import sys
sys.path.insert(0, sys.argv[1])
import processes
sys.stdin.read()
processes.kill(lambda: processes.marked(sys.argv[2].encode()))
"""


def marked(mark: bytes) -> set[int]:
    """The processes that run with this mark in the environment that they were started with, but for the tracker."""
    numbers = (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())
    found = {number for number in numbers if mark in _read(number, "environ")}
    return {number for number in found if TRACKER not in _read(number, "cmdline")}


def _read(number: int, name: str) -> bytes:
    """A file of /proc about a process; empty where that has ended."""
    try:
        return Path("/proc", str(number), name).read_bytes()
    except OSError:
        return b""


def _status(number: int) -> tuple[bytes, int]:
    """State and parent of a process; ("X", 0) where there is none."""
    fields = _read(number, "stat").rpartition(b")")[2].split()
    return (fields[0], int(fields[1])) if fields else (b"X", 0)


def kill(find) -> None:
    """Kill what `find` finds, also what that starts meanwhile."""
    for _ in range(100):
        found = find()
        for number in found:
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.05)


class Watch:
    """What the tests of this process have started, from now on."""

    def __init__(self) -> None:
        token = secrets.token_hex(8)
        self.mark = f"{NAME}={token}".encode()
        unmarked = {name: value for name, value in os.environ.items() if name != NAME}
        os.environ[NAME] = token
        command = [sys.executable, "-S", "-c", WATCHDOG, str(Path(__file__).parent), self.mark.decode()]
        self.watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, env=unmarked, start_new_session=True)
        parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

        def end_with_parent() -> None:  # a forked process shows the environment of this one, which is not marked
            if os.getppid() == parent:
                prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

        os.register_at_fork(after_in_child=end_with_parent)
        self._known: tuple[object, set[int]] = (None, set())

    def activity(self) -> tuple[set[int], object]:
        """Two answers differ where a process has been started in between."""
        import resource

        return self._children(), resource.getrusage(resource.RUSAGE_CHILDREN)

    def _children(self) -> set[int]:
        found: set[int] = set()
        for file in Path("/proc/self/task").glob("*/children"):
            with contextlib.suppress(OSError):  # a thread that has ended meanwhile
                found |= {int(number) for number in file.read_text().split()}
        return found - {self.watchdog.pid}

    def known(self) -> set[int]:
        """What ran when something last started or ended here: looking at all processes takes as long as most tests."""
        if (activity := self.activity()) != self._known[0]:
            self._known = activity, self.running() if activity[0] else set()
        return self._known[1]

    def running(self) -> set[int]:
        """The processes that were started here, or by such, and have not ended."""
        found = (marked(self.mark) | self._children()) - {self.watchdog.pid}
        alive = {number for number in found if _status(number)[0] not in b"ZX"}
        return {number for number in alive if not re.search(TRACKER + b"|" + POOL, _read(number, "cmdline"))}

    def left(self, before: set[int]) -> list[str]:
        """The commands of what runs GRACE seconds from now, was not there before, and whose parent was not: killed."""
        end = time.monotonic() + GRACE
        while (left := self._beyond(before)) and time.monotonic() < end:
            time.sleep(0.05)
        commands = [_read(number, "cmdline").replace(b"\0", b" ").decode(errors="replace") for number in left]
        kill(lambda: self._beyond(before) if left else set())
        return commands

    def _beyond(self, before: set[int]) -> set[int]:
        ours = {child.pid for child in multiprocessing.active_children() if child.daemon}  # Python ends them at its end
        if decoding := sys.modules.get("digits20.images.decode_process"):
            ours |= {decoder.process.pid for decoder in decoding._idle}  # for the next picture
        return {number for number in self.running() - before if not (before | ours) & {number, *_ancestors(number)}}

    def close(self) -> None:
        """Kill the rest."""
        self.watchdog.communicate()


def _ancestors(number: int):
    while (number := _status(number)[1]) > 1:
        yield number
