"""Files that partitions are read from: on this machine, or wherever fsspec reaches (s3://, gs://, https://, …)."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import DataFileError, shown
from ...system.untrusted import CHUNK, MAX_SIZE

URL = re.compile(r"[a-z][a-z0-9+.:-]*://", re.IGNORECASE)


def is_url(path: str) -> bool:
    """Whether the text starts like `s3://` or `https://`."""
    return bool(URL.match(path))


def found(pattern: str) -> list[str]:
    """The URLs that match a pattern, sorted; raises DataFileError where the place cannot be read.

    One that is no pattern is taken as it is: to look for it would call every server that is away a missing file.
    """
    if not any(c in pattern for c in ("*[" if pattern.lower().startswith("http") else "*?[")):
        return [pattern]
    with _refused(pattern):
        import fsspec

        system, path = fsspec.core.url_to_fs(pattern)
        return sorted(str(system.unstrip_protocol(name)) for name in system.glob(path))


@contextlib.contextmanager
def opened(path: str) -> Iterator[Any]:
    """The file there, open to be read; raises DataFileError where it cannot be."""
    with _refused(path), _opening(path) as file:
        yield file


def _opening(path: str) -> Any:
    if not is_url(path):
        return Path(path).open("rb")
    import fsspec

    return fsspec.open(path, "rb")


@contextlib.contextmanager
def local(path: str, max_size: int = MAX_SIZE) -> Iterator[str]:
    """The path of the file on this machine: its own, or that of a copy of what is at a URL while the context lasts.

    Messages of errors name the URL. Raises DataFileError where it cannot be read or holds more than max_size bytes.
    """
    if not is_url(path):
        yield path
        return
    with copy_named(path) as copy:
        size = 0
        with opened(path) as file, copy.open("wb") as target:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > max_size:
                    raise DataFileError(f"{shown(path)}: holds more than {max_size} bytes")
                target.write(chunk)
        yield str(copy)


@contextlib.contextmanager
def copy_named(path: str, name: str | None = None) -> Iterator[Path]:
    """Where a copy of the file can be while the context lasts; messages about it name the original, or `name`."""
    with tempfile.TemporaryDirectory(prefix="digits20-") as folder:
        copy = Path(folder, PurePosixPath(path).name or "data")
        try:
            yield copy
        except DataFileError as error:
            raise DataFileError(str(error).replace(str(copy), name or shown(path))) from None


@contextlib.contextmanager
def _refused(path: str) -> Iterator[None]:
    """Every library behind fsspec has errors of its own: one line that names the path."""
    try:
        yield
    except DataFileError:
        raise
    except ImportError as missing:
        raise DataFileError(f"{shown(path)}: {missing}") from None
    except FileNotFoundError as missing:
        away = missing.__cause__  # fsspec calls a file missing whose server does not answer
        known = isinstance(away, OSError) and not isinstance(away, FileNotFoundError)
        raise DataFileError(f"{shown(path)}: {_unreadable(away) if known else 'no such file'}") from None
    except Exception as error:
        raise DataFileError(f"{shown(path)}: {_unreadable(error)}") from None


def _unreadable(error: BaseException | None) -> str:
    if "range requests" in str(error):  # fsspec's words
        return "cannot be read: the server sends whole files only, and a Parquet file is read in parts: copy it here"
    return "cannot be read: " + " ".join(f"{type(error).__name__}: {error}".split())[:200]
