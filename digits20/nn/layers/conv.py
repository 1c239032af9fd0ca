"""The convolution: the same small layer at every place of the maps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import Digits20Error
from ...types import Array
from .cache import in_cache
from .layer import Layer, Shape, Work
from .weights import check_groups, check_sizes, groups_text, uniform


@dataclass(frozen=True)
class Conv:
    """A convolution: a dense layer, applied at every place to the size × size patch of the maps.

    Z at a place is Theta [1; patch], the patch unrolled by channel, row and column, without any padding beyond the
    border: maps shrink by size - 1.

    Parameters
    ----------
    channels
        Units of the layer; Theta is (channels, 1 + size² * channels below).
    size
        Rows, and columns, of a patch.
    groups
        As in `Dense`.
    """

    channels: int
    size: int
    groups: int = 1

    def __post_init__(self) -> None:
        check_sizes(self, self.channels, self.size, self.groups)

    def __str__(self) -> str:
        return f"conv {self.channels} {self.size}{groups_text(self.groups)}"

    def above(self, below: Shape) -> Shape:
        channels, rows, columns = below
        check_groups(self, self.channels, channels, self.groups)
        if min(rows, columns) < self.size:
            raise Digits20Error(
                f"{self}: the maps below are {rows}×{columns}, smaller than a patch: larger images or fewer layers"
            )
        return self.channels, rows - self.size + 1, columns - self.size + 1

    def sees(self, below: Shape) -> Shape:
        return below[0] // self.groups, self.size, self.size

    def weights(self, below: Shape) -> tuple[int, int]:
        return self.channels, 1 + math.prod(self.sees(below))

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        return uniform(self.weights(below), self.size**2 * self.channels // self.groups, gain, rng)

    def resized(self, width: int, groups: int) -> Layer:
        return Conv(width, self.size, groups)

    def memory(self, below: Shape) -> int:
        _, rows, columns = self.above(below)
        return math.prod(below) + self.groups * self.weights(below)[1] * rows * columns

    def work(self, below: Shape, m: int, dtype: npt.DTypeLike) -> Work:
        above = self.above(below)
        patches = np.empty((self.groups, self.weights(below)[1], above[1] * above[2] * m), dtype)
        patches[:, 0] = 1
        return Work(below, above, np.empty((math.prod(below), m), dtype), patches)

    def forward(self, Theta: Array, A: Array, Z: Array, work: Work) -> None:
        maps, taps = self._places(np.ascontiguousarray(A[1:]), work)
        for row, column, seen in self._shifts(work):
            taps[:, :, row, column] = maps[:, :, *seen]
        np.matmul(self._of_groups(Theta), work.scratch, out=self._of_groups(Z))

    def backward(self, Theta: Array, delta: Array, A: Array, gradient: Array, work: Work, wanted: bool) -> Array | None:
        """As in `Dense`, summed over all places; the patches become their own error terms."""
        patches, of_places = work.scratch, self._of_groups(delta)
        # in this order, for the product of few columns is the faster one
        self._of_groups(gradient)[:] = (patches @ of_places.transpose(0, 2, 1)).transpose(0, 2, 1)
        if not wanted:
            return None
        np.matmul(self._of_groups(Theta)[:, :, 1:].transpose(0, 2, 1), of_places, out=patches[:, 1:])
        maps, taps = self._places(work.delta, work)
        for chosen in in_cache(maps, axis=1):
            maps[:, chosen] = 0
            for row, column, seen in self._shifts(work):
                maps[:, chosen, *seen] += taps[:, chosen, row, column]
        return work.delta

    def _of_groups(self, rows: Array) -> Array:
        """(groups, channels / groups, …), a view."""
        return rows.reshape(self.groups, self.channels // self.groups, -1)

    def _places(self, units: Array, work: Work) -> tuple[Array, Array]:
        """Views of the units below as (groups, channels, rows, columns, m), and of the patches, whose channels,
        rows and columns within a patch come before the places' own rows and columns.
        """
        channels, rows, columns = work.below
        maps = units.reshape(self.groups, channels // self.groups, rows, columns, -1)
        taps = work.scratch[:, 1:]
        return maps, taps.reshape(self.groups, -1, self.size, self.size, *work.above[1:], maps.shape[-1])

    def _shifts(self, work: Work) -> Iterator[tuple[int, int, tuple[slice, slice]]]:
        """Every row and column within a patch, and where the patches' pixels there are in the maps below."""
        _, rows, columns = work.above
        for row in range(self.size):
            for column in range(self.size):
                yield row, column, (slice(row, row + rows), slice(column, column + columns))
