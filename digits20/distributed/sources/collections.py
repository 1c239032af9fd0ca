"""Partitions of a dask.array or dask.dataframe: a block of its rows each, computed where the partition is kept."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.convert import as_floats, brief, grey_array, some_of
from ...data.dataset import DIGITS, SQUARE, Digits
from ...errors import DataFileError, Digits20Error
from ...types import Label


@dataclass(frozen=True)
class Block:
    """The images of block `number`. X, y: its rows and labels as Dask's delayed values, with their own graph alone.

    first: its first row in the whole collection; None where Dask does not know, as with most dataframes.
    """

    number: int
    first: int | None
    X: Any
    y: Any
    labels: tuple[Label, ...]
    image_shape: tuple[int, int]

    @property
    def path(self) -> str:
        return f"block {self.number} of the collection"

    def __call__(self) -> Digits:
        import dask

        X, y = (np.asarray(part) for part in dask.compute(self.X, self.y, scheduler="synchronous"))
        places = {label: place for place, label in enumerate(self.labels)}
        for row, label in enumerate(y.ravel().tolist()):
            if label not in places:
                raise DataFileError(f"{self._at(row)}: label {brief(label)} is none of {some_of(self.labels)}")
        indices = [places[label] for label in y.ravel().tolist()]
        try:
            return Digits(as_floats(grey_array(X), np.float64), indices, self.labels, self.image_shape)
        except Digits20Error as error:
            if image := re.match(r"image (\d+) ", str(error)):
                raise DataFileError(f"{self._at(int(image[1]))}: {str(error)[image.end() :]}") from None
            raise DataFileError(f"{self.path}: {error}") from None

    def _at(self, row: int) -> str:
        if self.first is None:
            return f"{self.path}, row {row} of the block"
        return f"{self.path}, row {self.first + row} of the whole"


def blocks(X: Any, y: Any, labels: Sequence[Label] = DIGITS, image_shape: tuple[int, int] = SQUARE) -> list[Block]:
    """A source for each block of rows of X (m, n) with labels y (m,), both dask.array or both dask.dataframe.

    X: ink 1 on paper 0, or uint8 of 0 to 255; labels: all that occur in y. Raises Digits20Error where X and y have
    other blocks, and for collections that have been persisted: they are bound to the workers that hold them.
    """
    parts = _delayed(X, "X"), _delayed(y, "y")
    sizes = _sizes(X), _sizes(y)
    if len(parts[0]) != len(parts[1]) or (all(sizes) and sizes[0] != sizes[1]):
        seen = [f"{name} has {len(part)} blocks" for name, part in zip("Xy", parts, strict=True)]
        raise Digits20Error(
            f"{', but '.join(seen)}, expected the same rows in each: y.rechunk(X.chunks[0]) of an array"
        )
    firsts = [0, *itertools.accumulate(sizes[0])] if sizes[0] else [None] * len(parts[0])
    both = zip(firsts, *parts, strict=False)
    return [Block(number + 1, *some, tuple(labels), image_shape) for number, some in enumerate(both)]


def _sizes(collection: Any) -> tuple[int, ...]:
    """The rows of each block, or nothing where Dask does not know."""
    chunks = getattr(collection, "chunks", None)
    if not isinstance(chunks, tuple) or any(map(math.isnan, chunks[0])):
        return ()
    return tuple(chunks[0])


def _delayed(collection: Any, name: str) -> list[Any]:
    import dask
    from distributed.client import futures_of

    if not hasattr(collection, "__dask_graph__"):
        raise Digits20Error(f"{name} is a {type(collection).__name__}, expected a dask.array or a dask.dataframe")
    if futures_of(collection):
        raise Digits20Error(f"{name} is persisted, so it lives on the workers that hold it: pass it as it was before")
    if getattr(collection, "chunks", None) and collection.ndim > 1:
        collection = collection.rechunk(dict.fromkeys(range(1, collection.ndim), -1))
    return [dask.optimize(part)[0] for part in np.ravel(collection.to_delayed()).tolist()]
