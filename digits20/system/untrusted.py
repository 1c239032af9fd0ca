"""Reading files that may come from anybody: regular files only, no waiting for pipes, gzip unpacked up to a size."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ..errors import DataFileError, Digits20Error, reason, shown
from ..types import StrPath

MAX_SIZE = 4 * 2**30  # bytes of a table, unpacked
CHUNK = 2**20  # bytes read or unpacked at once
MAX_MEMBERS = 1000  # of a gzip file, which may be several in a row, and one more for each kilobyte in them
Look = Callable[[bytes, int], None]
T = TypeVar("T")
GZIP = b"\x1f\x8b"


# a table, by its path


def read_file(path: StrPath, max_size: int = MAX_SIZE, look: Look | None = None) -> bytes:
    """All bytes of the file, unpacked if it is a gzip file whatever its name.

    max_size: bytes, unpacked. look: is given each CHUNK and where it starts, and may raise before the rest is read;
    None looks at nothing. Raises DataFileError for anything but a readable, whole, regular file of at most max_size
    bytes.
    """
    with _naming(path), open_regular(path, "file") as file:
        return read_unpacked(file, max_size, look)


def read_chunks(path: StrPath, max_size: int = MAX_SIZE) -> Iterator[bytes]:
    """The same a CHUNK at a time, of which nothing is kept."""
    with _naming(path), open_regular(path, "file") as file:
        yield from _chunks(file, max_size)


def read_range(path: StrPath, start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of what the file holds, unpacked if it is a gzip file; fewer where it ends before.

    Raises DataFileError for anything but a readable regular file, a gzip file that is damaged before `stop`, and more
    than MAX_SIZE bytes at once.
    """
    if stop - start > MAX_SIZE:
        raise DataFileError(f"{shown(path)}: {stop - start} bytes at once, more than {MAX_SIZE}")
    with _naming(path), open_regular(path, "file") as file:
        if not _is_gzip(file):
            file.seek(start)
            return file.read(stop - start)
        part, place = io.BytesIO(), 0
        for chunk in _unpacked_chunks(file):
            part.write(chunk[max(start - place, 0) : max(stop - place, 0)])
            place += len(chunk)
            if place >= stop:
                break
        return part.getvalue()


@contextlib.contextmanager
def memory_error_refused(path: StrPath) -> Iterator[None]:
    """Turn a MemoryError in this block into a DataFileError that names the file."""
    try:
        yield
    except MemoryError:
        raise DataFileError(f"{shown(path)}: not enough memory for what it holds") from None


@contextlib.contextmanager
def _naming(path: StrPath) -> Iterator[None]:
    """Put the path before the message, and make the error a DataFileError."""
    try:
        yield
    except Digits20Error as error:
        named = error if isinstance(error, DataFileError) else DataFileError(f"{shown(path)}: {error}")
        raise named from None


# any file, open


@contextlib.contextmanager
def open_regular(path: StrPath, expected: str) -> Iterator[BinaryIO]:
    """The regular file there, open to be read. A pipe that takes its place meanwhile cannot block.

    expected: what messages say it should be, "model file". Raises Digits20Error, what was seen without the path, also
    for what the system refuses while the file is read, and for one that has changed by the end of the block.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        _require_regular(Path(path).stat(), expected)
        with io.BufferedReader(_Ready(path, opener=lambda name, _: os.open(name, flags))) as file:
            before = os.fstat(file.fileno())
            _require_regular(before, expected)
            yield file
            after = os.fstat(file.fileno())
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                raise Digits20Error("changed while it was read")
    except FileNotFoundError:
        raise Digits20Error("no such file") from None
    except OSError as failure:
        raise Digits20Error(f"cannot be read: {reason(failure)}") from None
    except Digits20Error:
        raise
    except ValueError:  # a NUL in the path
        raise Digits20Error("not a usable file name") from None


class _Ready(io.FileIO):
    """A file whose system says "nothing yet", as those of the kernel's log do, cannot be read: nobody waits for it."""

    def readinto(self, buffer: Any) -> int:
        count: int | None = super().readinto(buffer)
        return _ready(count)

    def readall(self) -> bytes:
        return _ready(super().readall())


def _ready(read: T | None) -> T:
    if read is None:
        raise BlockingIOError(errno.EAGAIN, "it holds nothing yet")
    return read


def _require_regular(status: os.stat_result, expected: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Digits20Error(f"a folder, expected a {expected}")
    if not stat.S_ISREG(status.st_mode):
        raise Digits20Error(f"a pipe or device, expected a {expected}")


def read_unpacked(file: BinaryIO, max_size: int, look: Look | None = None) -> bytes:
    """All that the open file holds, unpacked if it is a gzip file whatever its name.

    max_size: bytes, unpacked. look: is given each CHUNK and where it starts, and may raise before the rest is read.
    Raises Digits20Error for more than max_size bytes and for a gzip file that is not whole.
    """
    whole, size = io.BytesIO(), 0
    for chunk in _chunks(file, max_size):
        if look is not None:
            look(chunk, size)
        size += len(chunk)
        whole.write(chunk)
    return whole.getvalue()


def _chunks(file: BinaryIO, max_size: int) -> Iterator[bytes]:
    """What the open file holds, unpacked, up to a CHUNK at once."""
    if os.fstat(file.fileno()).st_size > max_size:
        raise Digits20Error(f"holds more than {max_size} bytes")
    size = 0
    for chunk in _unpacked_chunks(file) if _is_gzip(file) else iter(lambda: file.read(CHUNK), b""):
        size += len(chunk)
        if size > max_size:
            raise Digits20Error(f"holds more than {max_size} bytes")
        yield chunk


def _is_gzip(file: BinaryIO) -> bool:
    start = file.read(len(GZIP))
    file.seek(0)
    return start == GZIP


def _unpacked_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The content of a gzip file, never more than a CHUNK at once."""
    packed, members, size = b"", 0, 0
    while members < MAX_MEMBERS + size // 1024:
        members += 1
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            packed = packed or file.read(CHUNK)
            if not packed:
                raise Digits20Error("a truncated gzip file")
            try:
                chunk = member.decompress(packed, CHUNK)
            except zlib.error:
                raise Digits20Error("a damaged gzip file") from None
            packed = member.unconsumed_tail
            if chunk:
                size += len(chunk)
                yield chunk
        packed = _after_padding(member.unused_data, file)
        if not packed:
            return
    raise Digits20Error(f"refused: a gzip file of {members} members, most of them empty")


def _after_padding(packed: bytes, file: BinaryIO) -> bytes:
    """What follows the zeros that may pad a gzip file."""
    while packed or (packed := file.read(CHUNK)):
        if packed := packed.lstrip(b"\0"):
            return packed
    return b""
