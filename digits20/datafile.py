"""The bytes of a data file: regular files only, unpacked where gzipped, up to a size."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from pathlib import Path
from typing import BinaryIO

from .errors import DataFileError

MAX_SIZE = 4 * 2**30  # bytes, unpacked
GZIP = b"\x1f\x8b"
CHUNK = 2**20

StrPath = str | os.PathLike[str]


def shown(path: StrPath) -> str:
    """The path as the user gave it, but fit for one line of a terminal."""
    return "".join(c if c.isprintable() else "?" for c in os.fspath(path))


def contents(path: StrPath, max_size: int = MAX_SIZE) -> bytes:
    """All bytes of the file, unpacked if it is a gzip file whatever its name.

    Raises DataFileError for anything but a readable, whole, regular file that holds at most `max_size` bytes.
    """
    name = shown(path)
    try:
        _require_regular(Path(path), name)
        with Path(path).open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            return _unpacked(file, name, max_size) if packed else _up_to(file, name, max_size)
    except OSError as error:
        raise DataFileError(f"{name}: {_reason(error)}") from None
    except ValueError as error:
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"{name}: not a usable file name") from None


def _require_regular(path: Path, name: str) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise DataFileError(f"{name}: a folder, expected a file")
    if not stat.S_ISREG(mode):
        raise DataFileError(f"{name}: a pipe or device, expected a file")


def _unpacked(file: BinaryIO, name: str, max_size: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=file) as unzipped:
            return _up_to(unzipped, name, max_size)
    except EOFError:
        raise DataFileError(f"{name}: a truncated gzip file") from None
    except (gzip.BadGzipFile, zlib.error):
        raise DataFileError(f"{name}: a damaged gzip file") from None


def _up_to(file: BinaryIO | gzip.GzipFile, name: str, max_size: int) -> bytes:
    chunks, size = [], 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > max_size:
            raise DataFileError(f"{name}: holds more than {max_size} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return (error.strerror or str(error)).lower()
