"""Partitions of a dask.array or dask.dataframe: a block of its rows each, computed where the partition is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.dataset import DIGITS, SQUARE, Digits
from ...errors import DataFileError, Digits20Error
from ...types import Label


@dataclass(frozen=True)
class Block:
    """The images of block `number`. X, y: its rows and labels as Dask's delayed values, with their own graph alone."""

    number: int
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
        if unknown := [label for label in y.ravel().tolist() if label not in places]:
            raise DataFileError(f"{self.path}: label {unknown[0]!r} is none of the {len(self.labels)} labels")
        return Digits(X, [places[label] for label in y.ravel().tolist()], self.labels, self.image_shape)


def blocks(X: Any, y: Any, labels: Sequence[Label] = DIGITS, image_shape: tuple[int, int] = SQUARE) -> list[Block]:
    """A source for each block of rows of X (m, n) with labels y (m,), both dask.array or both dask.dataframe.

    X: ink 1 on paper 0, or uint8 of 0 to 255; labels: all that occur in y. Raises Digits20Error where X and y have
    other blocks, and for collections that have been persisted: they are bound to the workers that hold them.
    """
    parts = _delayed(X), _delayed(y)
    if len(parts[0]) != len(parts[1]):
        raise Digits20Error(f"X has {len(parts[0])} blocks, but y has {len(parts[1])}")
    both = zip(*parts, strict=True)
    return [Block(number + 1, *some, tuple(labels), image_shape) for number, some in enumerate(both)]


def _delayed(collection: Any) -> list[Any]:
    import dask
    from distributed.client import futures_of

    if not hasattr(collection, "__dask_graph__"):
        raise Digits20Error(f"{type(collection).__name__}, expected a dask.array or a dask.dataframe")
    if futures_of(collection):
        raise Digits20Error("a persisted collection lives on the workers that hold it: pass it as it was before")
    if getattr(collection, "chunks", None) and collection.ndim > 1:
        collection = collection.rechunk(dict.fromkeys(range(1, collection.ndim), -1))
    return [dask.optimize(part)[0] for part in np.ravel(collection.to_delayed()).tolist()]
