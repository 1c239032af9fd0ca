"""Large text tables to images, a block of lines at a time: what is not kept of a block is free before the next."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError, shown
from ..system.untrusted import read_chunks
from ..types import StrPath
from .dataset import Digits
from .labels import indexed
from .load import options_of, read_digits
from .pixels import scaled
from .readers.kinds import kind_of
from .readers.refused import named_text
from .readers.table import How
from .readers.text import arff, csv_table, dialects, libsvm
from .readers.text.csv_cells import LabelEnd, label_end, plain_text
from .readers.text.csv_text import CsvText
from .readers.unscaled import Order, UnscaledImages
from .scale import Scale

BLOCK = 2**20  # bytes of text
log = logging.getLogger("digits20")


def load_in_blocks(path: StrPath, step: Callable[[Digits], Digits], **options: Any) -> Digits:
    """step(the images as they stand in the file), with memory for the result and for a block of the file.

    step: works on every image by itself. options: those of `load`. Where blocks might be read otherwise than the whole,
    such as in another scale, and where anything is wrong, the file is read as a whole.
    """
    how, order, scale = options_of(options)
    try:
        return _in_blocks(path, step, how, order, scale)
    except (_NotInBlocks, DataFileError):
        return step(read_digits(path, how, order, scale, one_class=True))


class _NotInBlocks(Exception):
    pass


def _in_blocks(path: StrPath, step: Callable[[Digits], Digits], how: How, order: Order | None, scale: Scale) -> Digits:
    if how.labels_file is not None or how.arrays is not None:
        raise _NotInBlocks
    cells, kept, seen, end = list[str](), _Rows(), None, how.label_column or _label_end(path, how)
    for text in _tables(path, how):
        with contextlib.nullcontext() if seen is None else _silence():
            table = csv_table.read_table(text, how.is_label, end, how.max_size)
            raw = UnscaledImages(text.name, table.pixels, (), table.place, "C", overwritable=True)
            X, shape, found = scaled(raw, order, scale)
        if seen is None:
            seen = shape, found
        if seen != (shape, found) or kept.size * X.itemsize > how.max_size:
            raise _NotInBlocks
        some = step(Digits(X, np.zeros(len(X), np.intp), image_shape=shape))
        kept.add(some.X)
        cells += table.labels
    y, names = indexed(replace(raw, labels=cells), how.labels)
    return replace(some, X=kept.whole(), y=np.array(y, dtype=np.intp), labels=names)


def _label_end(path: StrPath, how: How) -> LabelEnd:
    """Where the labels are, by the names of the columns, or by all first and last cells: a block may hold one class."""
    left, right, name = list[str](), list[str](), shown(path)
    for text in _tables(path, how):
        if named := label_end(list(text.header), name):
            return named
        if b'"' in text.data:
            raise _NotInBlocks
        for line in text.lines():
            left.append(line.partition(text.delimiter)[0])
            right.append(line.rpartition(text.delimiter)[2])
    return csv_table.likelier_end(left, right, how.is_label, name)


def _tables(path: StrPath, how: How) -> Iterator[CsvText]:
    """The blocks of a table of the plain kind, each as a table with the header of the whole."""
    name, first, line = shown(path), None, 1
    for block in _blocks(path, how.max_size):
        if first is None:
            first = _plain(block, name, how)
            yield first
        elif not block.isascii():
            raise _NotInBlocks
        elif block.strip():
            yield replace(first, data=block.removesuffix(b"\n").removesuffix(b"\r"), header=first.header, first=line)
        line += block.count(b"\n")
    if first is None:
        raise _NotInBlocks


def _plain(block: bytes, name: str, how: How) -> CsvText:
    """The first block, if nothing but a header has to be taken from its text."""
    text = plain_text(block, name)
    if kind_of(block) != "text" or named_text(text) or arff.is_arff(text) or libsvm.is_libsvm(text):
        raise _NotInBlocks
    table = dialects.plain_table(text, name, how.header, how.part)
    changed = table.step != 1 or table.column != 1 or table.columns or table.rows is not None or table.all_pixels
    if changed or not text.endswith(table.data):
        raise _NotInBlocks
    return table


def _blocks(path: StrPath, max_size: int) -> Iterator[bytes]:
    """The text, BLOCK bytes of whole lines at a time, the last without blank lines at its end."""
    parts, size = list[bytes](), 0
    for chunk in read_chunks(path, max_size):
        parts.append(chunk)
        size += len(chunk)
        end = chunk.rfind(b"\n") + 1
        if size >= BLOCK and end:
            parts[-1] = chunk[:end]
            yield b"".join(parts)
            parts, size = [chunk[end:]], len(chunk) - end
    yield b"".join(parts).rstrip(b"\r\n ")


class _Rows:
    """Rows that grow where they are, so that they are never held twice."""

    def __init__(self) -> None:
        self.array: npt.NDArray[Any] | None = None
        self.count = 0

    @property
    def size(self) -> int:
        return 0 if self.array is None else self.count * self.array.shape[1]

    def add(self, X: npt.NDArray[Any]) -> None:
        if self.array is None:
            self.array = np.empty((len(X), X.shape[1]), X.dtype)
        if self.count + len(X) > len(self.array):
            self._resize(self.array, self.count + max(len(X), self.count // 8))
        self.array[self.count : self.count + len(X)] = X
        self.count += len(X)

    def whole(self) -> npt.NDArray[Any]:
        assert self.array is not None
        self._resize(self.array, self.count)
        return self.array

    def _resize(self, array: npt.NDArray[Any], rows: int) -> None:
        array.resize((rows, array.shape[1]), refcheck=False)  # nobody else knows the array


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What was said of the first block is not said again by this thread."""
    thread = threading.get_ident()

    def other(record: logging.LogRecord) -> bool:
        return record.thread != thread

    log.addFilter(other)
    try:
        yield
    finally:
        log.removeFilter(other)
