"""Layers on top of one another as a value: the shapes that follow, and how one flat vector holds all their weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..system.arguments import vector
from ..types import Array
from .layers import Dense
from .layers.layer import Layer, Shape
from .run import shapes_of

AT_ONCE = 8 * 2**20  # bytes of the images worked on at once where layers have maps: some 50 on a LeNet, the fastest


@dataclass(frozen=True)
class Stack:
    """The layers of a network and what follows from them; `Network` says the rest."""

    inputs: Shape
    layers: tuple[Layer, ...]

    @property
    def title(self) -> str:
        """The inputs and layers alone: "400-25-10", or "20×20, conv 8 5, pool 2, 30, 10"."""
        if self.is_dense:
            return "-".join(map(str, self.layer_sizes))
        channels, rows, columns = self.inputs
        inputs = f"{rows}×{columns}" if channels == 1 else f"{channels}×{rows}×{columns}"
        return ", ".join([inputs, *map(str, self.layers)])

    @cached_property
    def is_dense(self) -> bool:
        """Whether `layer_sizes` say all: every unit sees all units below."""
        return all(isinstance(layer, Dense) and layer.groups == 1 for layer in self.layers)

    @cached_property
    def maps(self) -> tuple[Shape, ...]:
        """(channels, rows, columns) of an image and of what each layer makes of it."""
        return tuple(shapes_of(self.inputs, self.layers))

    @cached_property
    def weighted(self) -> tuple[int, ...]:
        """Which of the layers have weights, counted from 0."""
        return tuple(n for n, layer in enumerate(self.layers) if layer.weights(self.maps[n]))

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """How many layers there are up to each of those with weights, its pools included."""
        return *self.weighted[1:], len(self.layers)

    @cached_property
    def stages(self) -> tuple[Shape, ...]:
        """(channels, rows, columns) of an image and of the activations of each layer with weights, after its pools."""
        return self.inputs, *(self.maps[end] for end in self.ends)

    @cached_property
    def layer_sizes(self) -> tuple[int, ...]:
        """How many pixels there are, then how many activations of each layer with weights, after its pools."""
        return tuple(math.prod(stage) for stage in self.stages)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The same, of a layer with maps how many maps there are: all places share their weights."""
        return self.layer_sizes[0], *(channels for channels, _, _ in self.stages[1:])

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(out, 1 + in) of each layer's Theta."""
        found = (layer.weights(below) for layer, below in zip(self.layers, self.maps, strict=False))
        return [shape for shape in found if shape]

    @property
    def size(self) -> int:
        """How many weights there are, biases included."""
        return sum(out * into for out, into in self.shapes)

    def patch(self, image_shape: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) of the part of an image that a unit of the first layer with weights sees."""
        channels, rows, columns = self.layers[self.weighted[0]].sees(self.maps[self.weighted[0]])
        return image_shape if channels == math.prod(image_shape) else (channels * rows, columns)

    def bytes_of(self, images: int, dtype: npt.DTypeLike) -> int:
        """What a forward and backward pass of so many images takes, without the weights."""
        below = zip(self.layers, self.maps, strict=False)
        numbers = sum(map(math.prod, self.maps)) + sum(layer.memory(shape) for layer, shape in below)
        return images * numbers * np.dtype(dtype).itemsize

    def blocks(self, m: int, dtype: npt.DTypeLike) -> list[slice]:
        """The blocks in which m images are worked on: all at once, but for maps, which take up to a hundred times more.

        Decided by network and dtype alone, since the last bits depend on it.
        """
        at_once = m
        if any(max(rows, columns) > 1 for _, rows, columns in self.maps):
            at_once = AT_ONCE // self.bytes_of(1, dtype)
        blocks = -(-m // max(1, at_once)) if m else 1
        step = -(-m // blocks) or 1  # all about as large
        return [slice(start, min(start + step, m)) for start in range(0, max(m, 1), step)]

    def matrices(self, theta: Array) -> list[Array]:
        """The Thetas, as writable views into theta (size,)."""
        theta = vector(theta)
        if theta.shape != (self.size,):
            raise Digits20Error(f"theta of shape {theta.shape}, but {self.title} has {self.size} weights")
        Thetas, start = [], 0
        for out, into in self.shapes:
            Thetas.append(theta[start : start + out * into].reshape(out, into))
            start += out * into
        return Thetas
