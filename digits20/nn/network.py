"""The network: its layers, their forward pass, and how one flat vector holds all their weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..types import Array, Hidden, Output, Seed


class Activation(NamedTuple):
    """g of a hidden layer; both functions work in place, on arrays of any shape.

    apply(Z): Z becomes A = g(Z).
    backprop(delta, A): delta becomes delta * g'(Z), written through A; A is overwritten.
    gain: of the uniform initialization below.
    """

    apply: Callable[[Array], object]
    backprop: Callable[[Array, Array], object]
    gain: float


def sigmoid(Z: Array) -> None:
    """Z becomes 1 / (1 + exp(-Z)), in place: by tanh, which cannot overflow and runs on the vector units."""
    Z *= 0.5
    np.tanh(Z, out=Z)
    Z *= 0.5
    Z += 0.5


def _sigmoid_backprop(delta: Array, A: Array) -> None:
    delta *= A
    np.subtract(1, A, out=A)
    delta *= A


def _tanh_backprop(delta: Array, A: Array) -> None:
    A *= A
    np.subtract(1, A, out=A)
    delta *= A


def _relu_backprop(delta: Array, A: Array) -> None:
    delta *= A > 0


ACTIVATIONS: dict[str, Activation] = {
    # gain 1: Glorot & Bengio 2010, eq. 16; relu, which loses half its inputs: He et al. 2015
    "sigmoid": Activation(sigmoid, _sigmoid_backprop, gain=1.0),
    "tanh": Activation(lambda Z: np.tanh(Z, out=Z), _tanh_backprop, gain=1.0),
    "relu": Activation(lambda Z: np.maximum(Z, 0, out=Z), _relu_backprop, gain=2.0**0.5),
}
OUTPUTS = ("sigmoid", "softmax")


@dataclass(frozen=True)
class Network:
    """A fully connected network: `layer_sizes` units, from the pixels over the hidden layers to one unit per label.

    A layer with Theta (out, 1 + in), bias in column 0, takes the activations A of the layer below to g(Theta [1; A]);
    g is `hidden`, and on the last layer `output`: K sigmoids of their own, or one softmax over them.
    All Thetas together are one flat vector `theta`, unrolled row by row, first layer first.

    Raises Digits20Error for sizes or names that make no network.

    >>> network = Network((400, 25, 10), hidden="tanh", output="softmax")
    >>> network
    Network(400-25-10 tanh, softmax outputs)
    >>> network.size, network.shapes
    (10285, [(25, 401), (10, 26)])
    """

    layer_sizes: tuple[int, ...]
    hidden: Hidden = "sigmoid"
    output: Output = "sigmoid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer_sizes", tuple(int(size) for size in self.layer_sizes))
        if len(self.layer_sizes) < 2 or min(self.layer_sizes) < 1:
            raise Digits20Error(f"layer sizes {self.layer_sizes}: expected an input and an output layer at least")
        if self.hidden not in ACTIVATIONS:
            raise Digits20Error(f"hidden activation {self.hidden!r}, expected one of {', '.join(ACTIVATIONS)}")
        if self.output not in OUTPUTS:
            raise Digits20Error(f"output {self.output!r}, expected one of {', '.join(OUTPUTS)}")

    def __str__(self) -> str:
        outputs = "" if self.output == "sigmoid" else f", {self.output} outputs"
        return f"{'-'.join(map(str, self.layer_sizes))} {self.hidden}{outputs}"

    def __repr__(self) -> str:
        return f"Network({self})"

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(out, 1 + in) of each layer's Theta."""
        return [(out, 1 + into) for into, out in zip(self.layer_sizes, self.layer_sizes[1:], strict=False)]

    @property
    def size(self) -> int:
        """How many weights there are, biases included."""
        return sum(out * into for out, into in self.shapes)

    def matrices(self, theta: Array) -> list[Array]:
        """The Thetas, as writable views into theta (size,)."""
        if theta.shape != (self.size,):
            raise Digits20Error(f"theta of shape {theta.shape}, but {self.layer_sizes} has {self.size} weights")
        Thetas, start = [], 0
        for out, into in self.shapes:
            Thetas.append(theta[start : start + out * into].reshape(out, into))
            start += out * into
        return Thetas

    def initial_theta(self, rng: Seed) -> npt.NDArray[np.float64]:
        """(size,) random weights to start from, biases zero; `rng` is a generator or a seed.

        Uniform within gain * sqrt(6 / (in + out)), so that signals keep their spread on the way up and errors on the
        way down (Glorot & Bengio 2010); the course's exercise 4 uses the same bound with gain 1.
        """
        rng, theta = np.random.default_rng(rng), np.zeros(self.size)
        for Theta in self.matrices(theta):
            out, into = Theta.shape[0], Theta.shape[1] - 1
            bound = ACTIVATIONS[self.hidden].gain * (6 / (into + out)) ** 0.5
            Theta[:, 1:] = rng.uniform(-bound, bound, size=(out, into))
        return theta

    def propagate(self, Thetas: Sequence[Array], layers: Sequence[Array]) -> None:
        """The forward pass, written into `layers`, a (1 + units, m) array per layer, for the last (K, m) logits.

        Row 0 of all but the last holds the ones that the biases multiply; layers[0][1:] holds the images' pixels, one
        image per column, as in the lecture. With the rows of ones in place a layer is a single product.
        """
        for Theta, A_in, A_out in zip(Thetas[:-1], layers, layers[1:], strict=False):
            np.matmul(Theta, A_in, out=A_out[1:])
            ACTIVATIONS[self.hidden].apply(A_out[1:])
        np.matmul(Thetas[-1], layers[-2], out=layers[-1])

    def new_layers(self, inputs: Array) -> list[Array]:
        """The arrays that `propagate` writes into, for inputs (1 + n, m) with a first row of ones."""
        m = inputs.shape[1]
        above = [np.ones((1 + units, m), inputs.dtype) for units in self.layer_sizes[1:-1]]
        return [inputs, *above, np.empty((self.layer_sizes[-1], m), inputs.dtype)]

    def activations(self, theta: Array, X: Array) -> list[Array]:
        """Activations of every layer for images X (m, n): A of each hidden layer (m, units), then H (m, K).

        In the dtype of X.
        """
        layers = self._forward(theta, X)
        H = layers[-1]
        squash = sigmoid if self.output == "sigmoid" else softmax
        squash(H)
        return [A[1:].T for A in layers[1:-1]] + [H.T]

    def logits(self, theta: Array, X: Array) -> Array:
        """(m, K): inputs of the output units, before the sigmoid or softmax, for images X (m, n), in the dtype of X."""
        return self._forward(theta, X)[-1].T

    def _forward(self, theta: Array, X: Array) -> list[Array]:
        if X.ndim != 2 or X.shape[1] != self.layer_sizes[0]:
            raise Digits20Error(f"images of shape {X.shape}, but the network takes (m, {self.layer_sizes[0]})")
        layers = self.new_layers(with_ones(X).T)
        self.propagate(self.matrices(theta.astype(X.dtype, copy=False)), layers)
        return layers


def softmax(Z: Array) -> None:
    """Z (K, m) becomes exp(Z) / sum over K of exp(Z), in place; shifted by the largest, so that nothing overflows."""
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)


def with_ones(X: Array) -> Array:
    """(m, 1 + n): X (m, n) behind a column of ones."""
    rows = np.ones((X.shape[0], 1 + X.shape[1]), X.dtype)
    rows[:, 1:] = X
    return rows
