"""Locks of the files that a run of `train` writes: a second command with the same ones is refused."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import Digits20Error, shown

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TRIES = 10  # at a lock that others remove at the same time


@contextlib.contextmanager
def only_writer(files: Mapping[str, Path | None]) -> Iterator[None]:
    """Within this block no other command gets the locks of these files, by the options that name them.

    The locks are the system's, on hidden files beside them, and end with this process, whatever ends it. Where there
    are none, as on some network file systems, nothing is locked. Raises Digits20Error where another command has one.
    """
    with contextlib.ExitStack() as stack:
        for option, path in files.items():
            if path is not None:
                stack.enter_context(_locked(path, option))
        yield


@contextlib.contextmanager
def _locked(path: Path, option: str) -> Iterator[None]:
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.lock")
    made = [folder for folder in target.parents if not folder.exists()]
    try:
        handle = _acquired(beside)
    except _Held:
        raise Digits20Error(
            f"{shown(path)}: another digits20 train is writing it; wait for that to end, or name another file "
            f"by {option}"
        ) from None
    try:
        yield
    finally:
        if handle is not None:
            _release(beside, handle)
        for folder in made:
            with contextlib.suppress(OSError):  # it is used
                folder.rmdir()


class _Held(Exception):
    """Another process has the lock."""


def _acquired(beside: Path) -> int | None:
    """The handle of the file, locked, or None where there are no locks; raises _Held."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    for _ in range(TRIES):
        try:
            beside.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(beside, flags, 0o666)
        except FileNotFoundError:  # another command has just removed the folder, which was empty
            continue
        except OSError:
            return None
        try:
            _lock(handle)
        except _Held:
            os.close(handle)
            raise
        except OSError:
            _release(beside, handle)
            return None
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # its last owner has removed it meanwhile
    return None


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise _Held from None
    else:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _Held from None


def _release(beside: Path, handle: int) -> None:
    """Remove the file first, so that nobody gets a lock of what is about to go; Windows removes no open file."""
    if sys.platform == "win32":
        os.close(handle)
    with contextlib.suppress(OSError):
        beside.unlink()
    if sys.platform != "win32":
        os.close(handle)
