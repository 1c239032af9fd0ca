"""Whole-or-nothing file writing: at every instant the old file or the new one is there, whole."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import Digits20Error, reason, shown
from ..types import StrPath

if sys.platform != "win32":
    import fcntl


def write_atomically(path: StrPath, data: bytes, error: type[Digits20Error] = Digits20Error) -> None:
    """Make `data` the content of the file: written beside it, flushed to the disk, then renamed.

    A missing folder is made. An old file keeps its permission bits and, where root writes it, its owner; a new one
    follows the umask. A symlink stays and the file it leads to is written. What runs that were killed left unfinished
    in the folder is removed. Raises `error`, one line with path and reason, and leaves the old file as it was.
    """
    with _refusing(path, error):
        _replace(_target(path), data)


def check_target(path: StrPath, error: type[Digits20Error] = Digits20Error) -> None:
    """Raise now what `write_atomically` would raise later, as far as can be told without writing anything."""
    with _refusing(path, error):
        target = _target(path)
        _replaceable(target)
        folder = next(parent for parent in target.parents if parent.exists())
        if not folder.is_dir():
            raise NotADirectoryError(0, f"{shown(folder)} is not a folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(0, f"the folder {shown(folder)} is read-only")


def check_apart(target: StrPath | None, *sources: StrPath | None) -> None:
    """Raise Digits20Error where the file to write is one of those to read, which it would replace."""
    if target is None or not Path(target).exists():
        return
    for source in sources:
        if source is not None and Path(source).exists() and Path(source).samefile(target):
            raise Digits20Error(f"{shown(target)}: is to be read, and what is written would replace it")


@contextlib.contextmanager
def _refusing(path: StrPath, error: type[Digits20Error]) -> Iterator[None]:
    """One line of ours for whatever the system says."""
    try:
        yield
    except OSError as failure:
        raise error(f"{shown(path)}: cannot be written: {reason(failure)}") from None
    except ValueError:  # a NUL in the path
        raise error(f"{shown(path)}: cannot be written: not a usable file name") from None


def _target(path: StrPath) -> Path:
    if os.fspath(path).endswith(("/", os.sep)):
        raise IsADirectoryError(0, "a folder, expected a file")
    return Path(os.path.realpath(path))


def _replace(target: Path, data: bytes) -> None:
    old = _replaceable(target)
    _make_folder(target.parent)
    _sweep(target.parent)
    temporary, file = _new_file(target.parent, 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o777)
    try:
        _write_through(temporary, file, data, old)
        if sys.platform == "win32":  # which renames no open file; elsewhere its lock lasts until it has its name
            file.close()
        os.replace(temporary, target)  # noqa: PTH105 - what the tests make fail
    except BaseException:  # Ctrl-C too must leave nothing behind
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    file.close()
    sync_folder(target.parent)


def _sweep(folder: Path) -> None:
    """Remove what killed runs have left unfinished: files that nobody holds the lock of. Windows has no such locks."""
    if sys.platform == "win32":
        return
    for path in folder.glob(f".digits20-{'[0-9a-f]' * 16}.tmp"):
        with contextlib.suppress(OSError):  # somebody else's, or being written
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            finally:
                os.close(handle)


def _new_file(folder: Path, bits: int) -> tuple[Path, BinaryIO]:
    """An empty file and its lock, which tells the sweeps of others that somebody is writing it."""
    while True:
        # a short name of its own: the target's may already be as long as names get
        path = folder / f".digits20-{secrets.token_hex(8)}.tmp"
        file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, bits))  # noqa: SIM115
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # a file system without locks: nobody can sweep there either
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:  # swept away before it was locked
                file.close()
                continue
        return path, file


def _replaceable(target: Path) -> os.stat_result | None:
    """Owner and mode of the file there, None where there is none; refuses what must not be replaced."""
    try:
        old = target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(0, "a folder, expected a file")
    if not stat.S_ISREG(old.st_mode):  # a rename would put a file in the place of /dev/null
        raise OSError(0, "a pipe or device, expected a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(0, "the file there is read-only")
    return old


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(0, f"{shown(folder)} is not a folder") from None


def _write_through(path: Path, file: BinaryIO, data: bytes, old: os.stat_result | None) -> None:
    """The data is on the disk when this returns."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())
    if old is not None:
        if os.name == "posix" and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(OSError):  # root alone may give files away
                os.chown(path, old.st_uid, old.st_gid)
        with contextlib.suppress(OSError):  # the bits that the umask took; some file systems keep none
            path.chmod(stat.S_IMODE(old.st_mode) & 0o777)


def sync_folder(folder: Path) -> None:
    """Make the rename itself outlast a power cut, where the system can open folders; the file is whole either way."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
