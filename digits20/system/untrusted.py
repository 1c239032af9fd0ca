"""A stranger's file, opened: regular files only, no waiting for pipes, gzip undone up to a size."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import DataFileError, Digits20Error, reason, shown
from ..types import StrPath

GZIP = b"\x1f\x8b"
CHUNK = 2**20  # bytes
MAX_MEMBERS = 1000  # of a gzip file, which may be several in a row, and one more for each kilobyte in them


@contextlib.contextmanager
def opened(path: StrPath, expected: str) -> Iterator[BinaryIO]:
    """The regular file there, to read. A pipe that takes its place meanwhile cannot block.

    expected: what messages say it should be. Raises Digits20Error, what was seen without the path, also for what the
    system refuses while it is read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        _require_regular(Path(path).stat(), expected)
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            _require_regular(os.fstat(file.fileno()), expected)
            yield file
    except FileNotFoundError:
        raise Digits20Error("no such file") from None
    except OSError as failure:
        raise Digits20Error(f"cannot be read: {reason(failure)}") from None
    except Digits20Error:
        raise
    except ValueError:  # a NUL in the path
        raise Digits20Error("not a usable file name") from None


def _require_regular(status: os.stat_result, expected: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Digits20Error(f"a folder, expected a {expected}")
    if not stat.S_ISREG(status.st_mode):
        raise Digits20Error(f"a pipe or device, expected a {expected}")


def unpacked(file: BinaryIO, max_size: int, look: Callable[[bytes], None] | None = None) -> bytes:
    """All that the file holds, inflated if it is a gzip file whatever its name.

    look: sees the first CHUNK, and may raise before the rest is read. Raises Digits20Error for more than max_size bytes
    and for a gzip file that is not whole.
    """
    if os.fstat(file.fileno()).st_size > max_size:
        raise Digits20Error(f"holds more than {max_size} bytes")
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    whole, size = io.BytesIO(), 0
    for chunk in _inflated(file) if packed else iter(lambda: file.read(CHUNK), b""):
        if not size and look is not None:
            look(chunk)
        size += len(chunk)
        if size > max_size:
            raise Digits20Error(f"holds more than {max_size} bytes")
        whole.write(chunk)
    return whole.getvalue()


def span(file: BinaryIO, start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of what the file holds, inflated if it is a gzip file; fewer where it ends before.

    Raises Digits20Error for a damaged gzip file, as far as it is read.
    """
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    if not packed:
        file.seek(start)
        return file.read(stop - start)
    part, place = io.BytesIO(), 0
    for chunk in _inflated(file):
        part.write(chunk[max(start - place, 0) : max(stop - place, 0)])
        place += len(chunk)
        if place >= stop:
            break
    return part.getvalue()


def _inflated(file: BinaryIO) -> Iterator[bytes]:
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


MAX_SIZE = 4 * 2**30  # bytes, unpacked


def contents(path: StrPath, max_size: int = MAX_SIZE, look: Callable[[bytes], None] | None = None) -> bytes:
    """All bytes of the file, unpacked if it is a gzip file whatever its name.

    look: sees the first megabyte, and may raise before the rest is read.
    Raises DataFileError for anything but a readable, whole, regular file that holds at most `max_size` bytes.
    """
    with _named(path), opened(path, "file") as file:
        return unpacked(file, max_size, look)


def part_of(path: StrPath, start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of what the file holds, unpacked if it is a gzip file; fewer where it ends before.

    Raises DataFileError for anything but a readable regular file, and for more than MAX_SIZE bytes.
    """
    if stop - start > MAX_SIZE:
        raise DataFileError(f"{shown(path)}: {stop - start} bytes at once, more than {MAX_SIZE}")
    with _named(path), opened(path, "file") as file:
        return span(file, start, stop)


@contextlib.contextmanager
def _named(path: StrPath) -> Iterator[None]:
    try:
        yield
    except DataFileError:
        raise
    except Digits20Error as error:
        raise DataFileError(f"{shown(path)}: {error}") from None


@contextlib.contextmanager
def within_memory(path: StrPath) -> Iterator[None]:
    """One line of ours where the memory is not enough for what a file holds."""
    try:
        yield
    except MemoryError:
        raise DataFileError(f"{shown(path)}: not enough memory for what it holds") from None
