"""The memory of some images on their way through a network: up to the logits, and the error terms down again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..types import Array, Hidden
from .activations import ACTIVATIONS
from .layers.layer import Layer, Shape

NONE = np.empty((0, 0))


class Run:
    """All arrays that m images need in `layers`, made once and overwritten by every pass.

    A: the activations, one (1 + units, m) array a layer, the images first; row 0 holds the ones that the biases
    multiply. The last has no such row: (K, m) logits. Where pools follow a layer, g comes after them: it never falls,
    so the largest comes out the same, and there is less to do.

    inputs: the shape of an image. hidden: g of all layers with weights but the last.
    """

    def __init__(self, inputs: Shape, layers: Sequence[Layer], hidden: Hidden, m: int, dtype: npt.DTypeLike) -> None:
        self.layers, self.g, self.m = layers, ACTIVATIONS[hidden], m
        shapes = list(shapes_of(inputs, layers))
        self.works = [layer.work(below, m, dtype) for layer, below in zip(layers, shapes, strict=False)]
        self.A = [np.ones((1 + math.prod(shape), m), dtype) for shape in shapes[:-1]]
        self.A.append(np.empty((math.prod(shapes[-1]), m), dtype))
        self.weighted = [layer.weights(below) is not None for layer, below in zip(layers, shapes, strict=False)]
        self.rows = self.A[0].T

    def load(self, rows: Array, once: bool = False) -> None:
        """Take the images `rows` (m, 1 + n), behind a column of ones, and keep them until the next come.

        once: for a single forward pass.
        """
        self.rows = rows
        if once:
            self.A[0] = rows.T
        else:
            np.copyto(self.A[0], rows.T)  # forward products run a third faster on it than on a transposed view

    def forward(self, Thetas: Iterable[Array]) -> Array:
        """The logits (K, m) of the loaded images."""
        for number, (layer, Theta) in enumerate(zip(self.layers, self._of_layers(Thetas), strict=True)):
            above = self.A[number + 1]
            last = number == len(self.layers) - 1
            layer.forward(Theta, self.A[number], above if last else above[1:], self.works[number])
            if self._squashed(number):
                self.g.apply(above[1:])
        return self.A[-1]

    def backward(
        self, Thetas: Iterable[Array], delta: Array, gradients: Iterable[Array], to_images: bool = False
    ) -> Array | None:
        """The gradients by Thetas, written into `gradients`, for the error term delta (K, m) of the logits.

            delta_l = Theta_l[:, 1:]' delta_{l+1} * g'(z_l);  gradient of Theta_l = delta_{l+1} [1; A_l]'

        Answers the images' own error term (n, m) where wanted. Uses up delta and what `forward` has left.
        """
        matrices = list(zip(self._of_layers(Thetas), self._of_layers(gradients), strict=True))
        for number in range(len(self.layers) - 1, -1, -1):
            if self._squashed(number):
                self.g.backprop(delta, self.A[number + 1][1:])
            wanted = to_images or any(self.weighted[:number])
            Theta, gradient = matrices[number]
            A = self.A[number] if number else self.rows.T  # whose product with delta is a third faster
            below = self.layers[number].backward(Theta, delta, A, gradient, self.works[number], wanted=wanted)
            if below is None:
                return None
            delta = below
        return delta

    def _squashed(self, number: int) -> bool:
        """Whether g follows that layer: the last one before a layer with weights that has such a layer below."""
        return number < len(self.layers) - 1 and self.weighted[number + 1] and any(self.weighted[: number + 1])

    def _of_layers(self, matrices: Iterable[Array]) -> list[Array]:
        """One for each layer: an empty one for those without weights."""
        of_weighted = iter(matrices)
        return [next(of_weighted) if weighted else NONE for weighted in self.weighted]


def shapes_of(inputs: Shape, layers: Sequence[Layer]) -> Iterator[Shape]:
    """The inputs' shape, then what every layer makes of the one before. Raises Digits20Error where one does not fit."""
    yield inputs
    for layer in layers:
        inputs = layer.above(inputs)
        yield inputs
