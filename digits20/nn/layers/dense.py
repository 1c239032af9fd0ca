"""The dense layer: every unit sees all units below."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...types import Array
from .layer import Layer, Shape, Work
from .weights import check_groups, check_sizes, groups_text, uniform


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
        check_sizes(self, self.units, self.groups)

    def __str__(self) -> str:
        return f"{self.units}{groups_text(self.groups)}"

    def above(self, below: Shape) -> Shape:
        check_groups(self, self.units, math.prod(below), self.groups)
        return self.units, 1, 1

    def sees(self, below: Shape) -> Shape:
        return below if self.groups == 1 else (math.prod(below) // self.groups, 1, 1)

    def weights(self, below: Shape) -> tuple[int, int]:
        return self.units, 1 + math.prod(self.sees(below))

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        return uniform(self.weights(below), self.units // self.groups, gain, rng)

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
