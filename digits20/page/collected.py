"""The CSV file of the user's own digits: images with their correct labels, in the format that `train --data` reads."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from ..data.readers.text.csv_cells import number
from ..errors import DataFileError, Digits20Error, reason, shown
from ..images.geometry import Floats
from ..system.atomic import check_target, sync_folder
from ..system.untrusted import open_regular
from ..types import Label

if sys.platform != "win32":
    import fcntl

MOST_BEFORE = 1000  # lines of earlier sessions that a hand is taught from, the last ones

log = logging.getLogger("digits20")


class Collection:
    """A CSV file to which lines are added: the pixels of an image (n,) with 6 decimals, then its label.

    Each line is one write, flushed to disk before `keep` returns, so the file is whole at every instant. A line that a
    power cut left unfinished is cut off when the file is opened. Several threads may share a Collection; another
    program may add to the file meanwhile.

    labels: the model's. pixels: n. Raises DataFileError for a file that holds anything but such lines, and for labels
    that no CSV file can hold.
    """

    def __init__(self, path: Path, labels: Sequence[Label], pixels: int) -> None:
        self.path = path
        self.pixels = pixels
        self.cells = {str(label): _cell(str(label), path) for label in labels}
        self._lock = threading.Lock()
        self._ours: list[tuple[int, bytes, str]] = []  # of this session: (offset, line, label)
        self.before: list[tuple[str, Floats]] = []  # the last lines that were there already: (label, image)
        self.count = self._open()

    @property
    def name(self) -> str:
        return shown(self.path.name)

    @property
    def session(self) -> int:
        """How many lines `undo` can take back."""
        return len(self._ours)

    def keep(self, image: Floats, label: str) -> int:
        """Add a line for image (n,) with a label as text; returns how many lines the file holds."""
        line = (",".join([*map(_pixel, image.tolist()), self.cells[label]]) + "\n").encode()
        with self._lock:
            start = self._append(line)
            self._ours.append((start, line, label))
            self.count += 1
            return self.count

    def undo(self) -> tuple[int, str]:
        """Remove the last line of this session; returns how many are left, and its label.

        Raises LookupError where this session has kept none, DataFileError where another program has changed the file.
        """
        with self._lock, _refusing(self.path):
            start, line, label = self._ours[-1]
            with self.path.open("r+b") as file:
                _lock_file(file)
                file.seek(start)
                if file.read() != line:
                    raise DataFileError(f"{self.name}: another program has changed it")
                file.truncate(start)
                file.flush()
                os.fsync(file.fileno())
            del self._ours[-1]
            self.count -= 1
            return self.count, label

    def _append(self, line: bytes) -> int:
        """Append the line and return its offset; if the system refuses it, the file stays as it was."""
        with _refusing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with _refusing(self.path), self.path.open("a+b", buffering=0) as file:
            _lock_file(file)
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            missing = b"" if file.read(1) in (b"", b"\n") else b"\n"  # an editor left the last line without it
            try:
                if file.write(missing + line) != len(missing + line):
                    raise OSError(0, "no space for a whole line")
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        if not end:  # a new file has its name from now on
            sync_folder(Path(os.path.realpath(self.path)).parent)
        return end + len(missing)

    # what is in the file already

    def _open(self) -> int:
        """Check each line of the file and return how many there are."""
        check_target(self.path, DataFileError)
        if not self.path.exists():
            return 0
        try:
            with open_regular(self.path, "file") as file:
                data = file.read()
        except Digits20Error as error:
            raise DataFileError(f"{shown(self.path)}: {error}") from None
        whole, unfinished = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
        lines = whole.splitlines()
        for place, line in enumerate(lines, 1):
            if fault := self._fault(line):
                raise DataFileError(f"{shown(self.path)} line {place}: {fault}")
        if unfinished and self._mend(unfinished, len(whole)):
            lines.append(unfinished)
        self.before = [self._read(line) for line in lines[-MOST_BEFORE:]]
        return len(lines)

    def _read(self, line: bytes) -> tuple[str, Floats]:
        *cells, label = line.decode().split(",", self.pixels)
        names = {cell: name for name, cell in self.cells.items()}
        return names[label.strip()], np.array([number(cell) for cell in cells], float)

    def _fault(self, line: bytes) -> str | None:
        """What is wrong with a line; None if nothing is."""
        *cells, label = line.split(b",", self.pixels)
        if len(cells) != self.pixels:
            return f"{line.count(b',')} pixels, expected {self.pixels}"
        numbers = [number(cell.decode(errors="replace")) for cell in cells]
        if None in numbers:
            return f"pixel {numbers.index(None) + 1} is not a number; this file must have no header"
        if not all(value is not None and -0.5 <= value <= 1.5 for value in numbers):
            return "a pixel outside 0 to 1"
        if label.strip() not in {cell.encode() for cell in self.cells.values()}:
            return f"label {shown(label[:20].decode(errors='replace'))} is not one of the model's labels"
        return None

    def _mend(self, unfinished: bytes, start: int) -> bool:
        """End the last line with a newline, or cut it off if unfinished; returns whether it was whole."""
        with _refusing(self.path), self.path.open("r+b") as file:
            whole = self._fault(unfinished) is None
            if whole:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            else:
                file.truncate(start)
                log.warning("%s: the last line was unfinished and was removed", shown(self.path))
            file.flush()
            os.fsync(file.fileno())
        return whole


def _lock_file(file: IO[bytes]) -> None:
    """Wait until no other digits20 changes the file; released when it is closed. Windows has no such locks."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise DataFileError(f"{shown(path)}: cannot be written: {reason(failure)}") from None


def _pixel(value: float) -> str:
    """Six decimals, as in the shipped digits, without trailing zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _cell(label: str, path: Path) -> str:
    """The label as a CSV cell; raises DataFileError for one that `load` would not read back."""
    if label.strip().lower() in ("", "nan") or label != label.strip() or not label.isprintable():
        raise DataFileError(f"{shown(path)}: the model's label {label!r} cannot be kept in a CSV file")
    return '"' + label.replace('"', '""') + '"' if any(mark in label for mark in ',;\t"') else label
