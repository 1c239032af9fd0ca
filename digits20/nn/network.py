"""The network as a value: which layers it has, how they answer, and how one flat vector holds all their weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..system.arguments import generator, whole
from ..types import Array, Hidden, Output, Seed
from .activations import ACTIVATIONS, OUTPUTS, sigmoid, softmax
from .layers import Dense
from .layers.layer import Layer, Shape
from .run import Run
from .stack import Stack

__all__ = ["ACTIVATIONS", "OUTPUTS", "Network", "with_ones"]


@dataclass(frozen=True, init=False, repr=False)
class Network(Stack):
    """A stack of layers, from the pixels of an image to one output unit per label.

        Network((400, 25, 10))                                 # dense layers by their sizes, the pixels first
        Network((20, 20), [Conv(32, 5), MaxPool(2), Dense(256), Dense(10)], "relu", "softmax")

    A layer with Theta (out, 1 + in), bias in column 0, takes the activations A of the layer below to g(Theta [1; A]);
    g is `hidden`, and on the last layer `output`. Where pools follow a layer, g comes after them. All Thetas together
    are one flat vector `theta`, unrolled row by row, first layer first.

    Parameters
    ----------
    inputs
        (channels, rows, columns) of an image, of which channels may be left out; (n, 1, 1) where all layers are dense;
        or the sizes of all layers, as above.
    layers
        The layers, the outputs last; a number stands for a dense layer.
    hidden
        The activation g: "sigmoid", "tanh" or "relu".
    output
        "sigmoid", K outputs each on its own, or "softmax" over them.
    layer_sizes
        The name of `inputs` in release 0.1.0.

    Raises
    ------
    Digits20Error
        For sizes, layers or names that make no network.

    Examples
    --------
    >>> network = Network((400, 25, 10), hidden="tanh", output="softmax")
    >>> network
    Network(400-25-10 tanh, softmax outputs)
    >>> network.size, network.shapes
    (10285, [(25, 401), (10, 26)])
    >>> from digits20.nn.layers import Conv, MaxPool
    >>> Network((20, 20), [Conv(8, 5), MaxPool(2), 30, 10], "relu")
    Network(20×20, conv 8 5, pool 2, 30, 10; relu)
    """

    hidden: Hidden = "sigmoid"
    output: Output = "sigmoid"

    @overload
    def __init__(self, layer_sizes: Sequence[int], hidden: Hidden = ..., output: Output = ...) -> None: ...

    @overload
    def __init__(
        self, inputs: Sequence[int], layers: Sequence[Layer | int], hidden: Hidden = ..., output: Output = ...
    ) -> None: ...

    def __init__(  # type: ignore[misc]  # the first overload calls inputs layer_sizes
        self,
        inputs: Sequence[int] = (),
        layers: Sequence[Layer | int] | str = (),
        hidden: Any = None,
        output: Any = None,
        *,
        layer_sizes: Sequence[int] = (),
    ) -> None:
        if isinstance(layers, str):  # Network(sizes, "relu", "softmax")
            layers, hidden, output = (), layers, hidden if output is None else output
        if not layers:
            sizes = _sizes(layer_sizes or inputs)
            inputs, layers = sizes[:1], sizes[1:]
        stack = tuple(layer if hasattr(layer, "above") else Dense(whole(layer, "a layer")) for layer in layers)
        for name, value in (
            ("inputs", _image(inputs, flat=all(isinstance(layer, Dense) for layer in stack))),
            ("layers", stack),
            ("hidden", type(self).hidden if hidden is None else hidden),
            ("output", type(self).output if output is None else output),
        ):
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        if not isinstance(self.layers[-1], Dense) or self.layers[-1].groups > 1:
            raise Digits20Error(f"{self.layers[-1]}: the last layer holds the outputs and is dense, without groups")
        if self.hidden not in ACTIVATIONS:
            raise Digits20Error(f"hidden activation {self.hidden!r}, expected one of {', '.join(ACTIVATIONS)}")
        if self.output not in OUTPUTS:
            raise Digits20Error(f"output {self.output!r}, expected one of {', '.join(OUTPUTS)}")
        self.maps  # noqa: B018 - raises where a layer does not fit on the one below

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.inputs, self.layers, self.hidden, self.output)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Networks that 0.1.0 has pickled have layer_sizes, hidden and output."""
        self.__init__(**state)  # type: ignore[misc]

    def __str__(self) -> str:
        outputs = "" if self.output == "sigmoid" else f", {self.output} outputs"
        return f"{self.heading}{outputs}"

    def __repr__(self) -> str:
        return f"Network({self})"

    @property
    def heading(self) -> str:
        """Inputs, layers and activation: "400-25-10 sigmoid", or "20×20, conv 8 5, pool 2, 30, 10; relu"."""
        return f"{self.title}{'' if self.is_dense else ';'} {self.hidden}"

    def run(self, m: int, dtype: npt.DTypeLike) -> Run:
        """Memory for m images."""
        return Run(self.inputs, self.layers, self.hidden, m, dtype)

    def above(self, weighted: int) -> Network:
        """The layers above the lowest `weighted` ones with weights, and their pools, as a network of its own."""
        end = self.weighted[weighted]
        return replace(self, inputs=self.maps[end], layers=self.layers[end:])

    def under(self, above: Network, weighted: int) -> Network:
        """The lowest `weighted` layers of this network under the layers of that one, whose output it has."""
        return replace(above, inputs=self.inputs, layers=self.layers[: self.weighted[weighted]] + above.layers)

    def with_outputs(self, K: int, output: Output) -> Network:
        """The same with K outputs of that kind."""
        return replace(self, layers=(*self.layers[:-1], Dense(K)), output=output)

    def initial_theta(self, rng: Seed) -> npt.NDArray[np.float64]:
        """(size,) random weights to start from, biases zero; `rng` is a generator or a seed. See `layers`."""
        rng, gain = generator(rng), ACTIVATIONS[self.hidden].gain
        Thetas = [layer.draw(below, gain, rng) for layer, below in zip(self.layers, self.maps, strict=False)]
        return np.concatenate([Theta.ravel() for Theta in Thetas], dtype=np.float64)

    def activations(self, theta: Array, X: Array) -> list[Array]:
        """Activations of every layer for images X (m, n): A of each hidden layer (m, units), then H (m, K).

        In the dtype of X.
        """
        return self._answers(theta, X, range(1, len(self.shapes) + 1))

    def layer_activations(self, theta: Array, X: Array, layer: int) -> Array:
        """The same of one layer alone: 1 is the first hidden one."""
        return self._answers(theta, X, [layer])[0]

    def logits(self, theta: Array, X: Array) -> Array:
        """(m, K): inputs of the output units, before the sigmoid or softmax, for images X (m, n), in the dtype of X."""
        logits = np.empty((self.layer_sizes[-1], len(X)), X.dtype)
        for where, run in self._forward(theta, X):
            logits[:, where] = run.A[-1]
        return logits.T

    def _answers(self, theta: Array, X: Array, stages: Sequence[int]) -> list[Array]:
        answers = [np.empty((self.layer_sizes[stage], len(X)), X.dtype) for stage in stages]
        for where, run in self._forward(theta, X):
            for answer, stage in zip(answers, stages, strict=True):
                A = run.A[self.ends[stage - 1]]
                answer[:, where] = A[-answer.shape[0] :]
        if len(self.shapes) in stages:
            squash = sigmoid if self.output == "sigmoid" else softmax
            squash(answers[-1])
        return [answer.T for answer in answers]

    def _forward(self, theta: Array, X: Array) -> Iterator[tuple[slice, Run]]:
        """Where a block of images is, and what its forward pass has left."""
        if X.ndim != 2 or X.shape[1] != self.layer_sizes[0]:
            raise Digits20Error(f"images of shape {X.shape}, but the network takes (m, {self.layer_sizes[0]})")
        Thetas, run = self.matrices(theta.astype(X.dtype, copy=False)), None
        for where in self.blocks(len(X), X.dtype):
            rows = with_ones(X[where])
            if run is None or run.m != len(rows):
                run = self.run(len(rows), X.dtype)
            run.load(rows, once=True)
            run.forward(Thetas)
            yield where, run


def _sizes(given: Any) -> tuple[int, ...]:
    """The layer sizes of dense layers; raises Digits20Error."""
    if isinstance(given, str) or not np.iterable(given):
        raise Digits20Error(f"layer sizes {given!r}, expected those of all layers, such as (400, 25, 10)")
    sizes = tuple(whole(size, "a layer size") for size in given)
    if len(sizes) < 2:
        raise Digits20Error(f"layer sizes {sizes}, expected two or more: pixels, units of hidden layers, outputs")
    if min(sizes) < 1:
        raise Digits20Error(f"layer sizes {sizes}, expected 1 or more each")
    return sizes


def _image(sizes: Sequence[int], flat: bool) -> Shape:
    """(channels, rows, columns)."""
    shape = tuple(int(size) for size in sizes)
    if not 1 <= len(shape) <= 3 or min(shape) < 1:
        raise Digits20Error(f"inputs {shape}: expected (rows, columns) or (channels, rows, columns)")
    if flat or len(shape) == 1:
        return math.prod(shape), 1, 1
    return (1, *shape) if len(shape) == 2 else shape  # type: ignore[return-value]


def with_ones(X: Array) -> Array:
    """(m, 1 + n): X (m, n) behind a column of ones."""
    rows = np.ones((X.shape[0], 1 + X.shape[1]), X.dtype)
    rows[:, 1:] = X
    return rows
