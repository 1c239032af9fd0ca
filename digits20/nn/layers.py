"""The layers that a network can have: dense, convolution and max pooling, each with its forward and backward pass.

A layer is a frozen value without weights or memory of its own. Its weights are one matrix Theta (out, 1 + in), bias in
column 0; activations are arrays A (1 + units, m), one image a column, whose first row holds the ones that the biases
multiply. Where units stand in maps, A[1:] is seen as (channels, rows, columns, m) without a copy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..types import Array
from .layer import Layer, Shape, Work

IN_CACHE = 2**19  # bytes that elementwise passes go through at once: half of a core's own cache


@dataclass(frozen=True)
class Dense:
    """Every unit sees all units below: Z = Theta [1; A].

    Parameters
    ----------
    units
        How many.
    groups
        The units, and those below, fall into so many equal groups, of which each sees its own only; Theta is then
        (units, 1 + units below / groups). Ensembles are merged that way.
    """

    units: int
    groups: int = 1

    def __post_init__(self) -> None:
        _check_sizes(self, self.units, self.groups)

    def __str__(self) -> str:
        return f"{self.units}{_groups(self.groups)}"

    def above(self, below: Shape) -> Shape:
        _check_groups(self, self.units, math.prod(below), self.groups)
        return self.units, 1, 1

    def sees(self, below: Shape) -> Shape:
        return below if self.groups == 1 else (math.prod(below) // self.groups, 1, 1)

    def weights(self, below: Shape) -> tuple[int, int]:
        return self.units, 1 + math.prod(self.sees(below))

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        return _uniform(self.weights(below), self.units // self.groups, gain, rng)

    def resized(self, width: int, groups: int) -> Layer:
        return Dense(width, groups)

    def memory(self, below: Shape) -> int:
        return math.prod(below)

    def work(self, below: Shape, m: int, dtype: npt.DTypeLike) -> Work:
        return Work(below, self.above(below), np.empty((math.prod(below), m), dtype), np.empty(0, dtype))

    def forward(self, Theta: Array, A: Array, Z: Array, work: Work) -> None:
        if self.groups == 1:
            np.matmul(Theta, A, out=Z)
            return
        of_groups = self._of_groups
        np.matmul(of_groups(Theta)[:, :, 1:], of_groups(A[1:]), out=of_groups(Z))
        Z += Theta[:, :1]

    def backward(self, Theta: Array, delta: Array, A: Array, gradient: Array, work: Work, wanted: bool) -> Array | None:
        """delta below = Theta[:, 1:]' delta;  gradient = delta [1; A]'."""
        of_groups = self._of_groups
        if self.groups == 1:
            np.matmul(delta, A.T, out=gradient)
        else:
            np.matmul(of_groups(delta), of_groups(A[1:]).transpose(0, 2, 1), out=of_groups(gradient)[:, :, 1:])
            delta.sum(axis=1, out=gradient[:, 0])
        if not wanted:
            return None
        if self.groups == 1:
            np.matmul(Theta[:, 1:].T, delta, out=work.delta)
        else:
            np.matmul(of_groups(Theta)[:, :, 1:].transpose(0, 2, 1), of_groups(delta), out=of_groups(work.delta))
        return work.delta

    def _of_groups(self, rows: Array) -> Array:
        """(groups, rows / groups, …), a view."""
        return rows.reshape(self.groups, -1, rows.shape[1])


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
        _check_sizes(self, self.channels, self.size, self.groups)

    def __str__(self) -> str:
        return f"conv {self.channels} {self.size}{_groups(self.groups)}"

    def above(self, below: Shape) -> Shape:
        channels, rows, columns = below
        _check_groups(self, self.channels, channels, self.groups)
        if min(rows, columns) < self.size:
            raise Digits20Error(f"{self}: the maps below are {rows}×{columns}, smaller than a patch")
        return self.channels, rows - self.size + 1, columns - self.size + 1

    def sees(self, below: Shape) -> Shape:
        return below[0] // self.groups, self.size, self.size

    def weights(self, below: Shape) -> tuple[int, int]:
        return self.channels, 1 + math.prod(self.sees(below))

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        return _uniform(self.weights(below), self.size**2 * self.channels // self.groups, gain, rng)

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
        for chosen in _in_cache(maps, axis=1):
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


@dataclass(frozen=True)
class MaxPool:
    """The largest of every size × size window; rows and columns that fill no window are left out.

    The gradient goes to the first of equal values, row by row. The backward pass works in place: A becomes delta.
    """

    size: int

    groups: ClassVar[int] = 1

    def __post_init__(self) -> None:
        _check_sizes(self, self.size)

    def __str__(self) -> str:
        return f"pool {self.size}"

    def above(self, below: Shape) -> Shape:
        channels, rows, columns = below
        if min(rows, columns) < self.size:
            raise Digits20Error(f"{self}: the maps below are {rows}×{columns}, smaller than a window")
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
        for chosen in _in_cache(maps):
            _largest(self._columns(maps[chosen], work), out=work.scratch[chosen])
            _largest(self._rows(work.scratch[chosen]), out=above[chosen])

    def backward(self, Theta: Array, delta: Array, A: Array, gradient: Array, work: Work, wanted: bool) -> Array | None:
        if not wanted:
            return None
        maps, above = A[1:].reshape(*work.below, -1), delta.reshape(*work.above, -1)
        _, rows, columns = work.above
        for chosen in _in_cache(maps):
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


def _in_cache(maps: Array, axis: int = 0) -> Iterator[slice]:
    """Slices of the channels along `axis`, together all of them, each of so many as fit into the cache."""
    channels = maps.shape[axis]
    step = max(1, IN_CACHE * channels // max(maps.nbytes, 1))
    return (slice(start, start + step) for start in range(0, channels, step))


def _uniform(shape: tuple[int, int], out: int, gain: float, rng: np.random.Generator) -> Array:
    """Signals keep their spread on the way up, and errors on the way down (Glorot & Bengio 2010, eq. 16).

    The course's exercise 4 uses the same bound with gain 1. out: how many weights each unit below sends its answer to.
    """
    Theta = np.zeros(shape)
    bound = gain * (6 / (shape[1] - 1 + out)) ** 0.5
    Theta[:, 1:] = rng.uniform(-bound, bound, size=(shape[0], shape[1] - 1))
    return Theta


def _groups(groups: int) -> str:
    return f" groups {groups}" if groups > 1 else ""


def _check_sizes(layer: Dense | Conv | MaxPool, *sizes: int) -> None:
    if min(sizes) < 1:
        raise Digits20Error(f"{layer}: sizes are 1 or more")


def _check_groups(layer: Dense | Conv, units: int, below: int, groups: int) -> None:
    if units % groups or below % groups:
        raise Digits20Error(f"{layer}: {below} units or channels below do not fall into {groups} equal groups")
