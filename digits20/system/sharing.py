"""Large arrays that several processes read: each is written into a file once and mapped into memory, not copied."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from ..errors import Digits20Error, reason, shown

T = TypeVar("T")
LARGE = 2**20  # bytes; what is smaller is sent along


@dataclass(frozen=True)
class Shared(Generic[T]):
    """A value without its large arrays; can be sent to another process of this machine. `share` makes it."""

    pickled: bytes
    files: tuple[Path, ...]

    def value(self) -> T:
        """The value; its arrays are read from the files as they are used, and may be written to without harm."""
        value: T = pickle.loads(self.pickled, buffers=[np.memmap(path, mode="c") for path in self.files])
        return value


def share(values: Sequence[T], folder: Path) -> list[Shared[T]]:
    """The values, with each of their large arrays in a file in the folder: one file, however many have the array.

    The files must stay until the other processes have ended. Raises Digits20Error where they cannot be written.
    """
    files: dict[tuple[int, int], Path] = {}
    return [_shared(value, folder, files) for value in values]


def _shared(value: T, folder: Path, files: dict[tuple[int, int], Path]) -> Shared[T]:
    own: list[Path] = []

    def send_along(buffer: pickle.PickleBuffer) -> bool:
        data: np.ndarray[Any, Any] = np.frombuffer(buffer.raw(), np.uint8)
        if data.nbytes < LARGE:
            return True
        where = data.ctypes.data, data.nbytes
        if where not in files:
            files[where] = folder / f"{len(files)}.array"
            _write(files[where], data)
        own.append(files[where])
        return False

    pickled = pickle.dumps(value, protocol=5, buffer_callback=send_along)
    return Shared(pickled, tuple(own))


def _write(path: Path, data: np.ndarray[Any, Any]) -> None:
    try:
        path.write_bytes(data.data)
    except OSError as failure:
        raise Digits20Error(f"{shown(path)}: cannot be written: {reason(failure)}") from None
