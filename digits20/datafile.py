"""The bytes of a data file: regular files only, unpacked where gzipped, up to a size."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .atomic import StrPath, shown
from .errors import DataFileError, Digits20Error
from .regular_file import opened, span, unpacked

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
