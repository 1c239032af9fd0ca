"""Max pooling: the largest of every window of the maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ...errors import Digits20Error
from ...types import Array
from .cache import in_cache
from .layer import Layer, Shape, Work
from .weights import check_sizes


@dataclass(frozen=True)
class MaxPool:
    """The largest of every size × size window; rows and columns that fill no window are left out.

    The gradient goes to the first of equal values, row by row. The backward pass works in place: A becomes delta.
    """

    size: int

    groups: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_sizes(self, self.size)

    def __str__(self) -> str:
        return f"pool {self.size}"

    def above(self, below: Shape) -> Shape:
        channels, rows, columns = below
        if min(rows, columns) < self.size:
            raise Digits20Error(
                f"{self}: the maps below are {rows}×{columns}, smaller than a window: larger images or fewer layers"
            )
        return channels, rows // self.size, columns // self.size

    def sees(self, below: Shape) -> Shape:
        return 1, self.size, self.size

    def weights(self, below: Shape) -> None:
        return None

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        return np.empty(0)

    def resized(self, width: int, groups: int) -> Layer:
        return self

    def memory(self, below: Shape) -> int:
        channels, rows, columns = self.above(below)
        return channels * rows * self.size * columns

    def work(self, below: Shape, m: int, dtype: npt.DTypeLike) -> Work:
        channels, rows, columns = self.above(below)
        of_rows = np.empty((channels, rows * self.size, columns, m), dtype)
        return Work(below, (channels, rows, columns), np.empty((0, m), dtype), of_rows)

    def forward(self, Theta: Array, A: Array, Z: Array, work: Work) -> None:
        maps, above = A[1:].reshape(*work.below, -1), Z.reshape(*work.above, -1)
        for chosen in in_cache(maps):
            _largest(self._columns(maps[chosen], work), out=work.scratch[chosen])
            _largest(self._rows(work.scratch[chosen]), out=above[chosen])

    def backward(self, Theta: Array, delta: Array, A: Array, gradient: Array, work: Work, wanted: bool) -> Array | None:
        if not wanted:
            return None
        maps, above = A[1:].reshape(*work.below, -1), delta.reshape(*work.above, -1)
        _, rows, columns = work.above
        for chosen in in_cache(maps):
            _to_largest(above[chosen], self._rows(work.scratch[chosen]))
            _to_largest(work.scratch[chosen], self._columns(maps[chosen], work))
            maps[chosen, rows * self.size :] = 0
            maps[chosen, :, columns * self.size :] = 0
        return A[1:]

    def _columns(self, maps: Array, work: Work) -> list[Array]:
        """The windows' first columns, their second ones, …, views."""
        _, rows, columns = work.above
        return [maps[:, : rows * self.size, k : columns * self.size : self.size] for k in range(self.size)]

    def _rows(self, maps: Array) -> list[Array]:
        return [maps[:, k :: self.size] for k in range(self.size)]


def _largest(parts: Sequence[Array], out: Array) -> None:
    out[...] = parts[0]
    for part in parts[1:]:
        np.maximum(out, part, out=out)


def _to_largest(delta: Array, parts: list[Array]) -> None:
    """Each part becomes its error term: delta where it is the first of the largest, else 0. delta is used up."""
    for number, part in enumerate(parts[:-1], start=1):
        rest = parts[-1] if number == len(parts) - 1 else np.maximum.reduce(parts[number:])
        first = np.greater_equal(part, rest, out=np.empty(part.shape, part.dtype))  # as numbers: masks are slower
        first *= delta
        delta -= first
        part[...] = first
    parts[-1][...] = delta
