"""What every layer of a network can do, and the memory in which it does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...types import Array

Shape = tuple[int, int, int]  # of an image's maps: channels, rows, columns; (units, 1, 1) above a dense layer


@dataclass(frozen=True, eq=False)
class Work:
    """The memory in which a layer works on m images, made once and overwritten by every pass.

    delta: (units below, m), the error term that `backward` hands down. scratch: whatever the layer keeps from its
    forward to its backward pass: a convolution its patches, a pool the maxima of its windows' rows.
    """

    below: Shape
    above: Shape
    delta: Array
    scratch: Array


class Layer(Protocol):
    """What every layer can do. `below` is the shape of the maps that it works on."""

    @property
    def groups(self) -> int:
        """How many equal parts of its units see each their own part of the units below only."""
        ...

    def above(self, below: Shape) -> Shape:
        """The shape that it makes of that one. Raises Digits20Error where it does not fit."""
        ...

    def sees(self, below: Shape) -> Shape:
        """The shape of the part of the maps below that one of its units sees."""
        ...

    def weights(self, below: Shape) -> tuple[int, int] | None:
        """(out, 1 + in) of its Theta; None where it has no weights."""
        ...

    def draw(self, below: Shape, gain: float, rng: np.random.Generator) -> Array:
        """A first Theta, float64, biases zero: uniform within gain * sqrt(6 / (in + out)). Empty without weights."""
        ...

    def resized(self, width: int, groups: int) -> Layer:
        """The same kind of layer with that many units or channels, as far as it has a choice."""
        ...

    def memory(self, below: Shape) -> int:
        """How many numbers per image its Work holds."""
        ...

    def work(self, below: Shape, m: int, dtype: npt.DTypeLike) -> Work: ...

    def forward(self, Theta: Array, A: Array, Z: Array, work: Work) -> None:
        """Z (units, m) of the activations A (1 + units below, m). Theta is empty where the layer has no weights."""
        ...

    def backward(self, Theta: Array, delta: Array, A: Array, gradient: Array, work: Work, wanted: bool) -> Array | None:
        """The gradient by Theta, written into `gradient`; the error term (units below, m), None where not `wanted`.

        delta: (units, m), which is used up. A: what `forward` was given, since when it has not run again.
        """
        ...

    def __str__(self) -> str:
        """As `layers_from` reads it: "256", "conv 32 5", "pool 2"."""
        ...
