"""The functions g of hidden and output layers, in place, with their derivatives and the gain of first weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..types import Array


class Activation(NamedTuple):
    """g of a hidden layer; both functions work in place, on arrays of any shape. g never falls.

    apply(Z): Z becomes A = g(Z).
    backprop(delta, A): delta becomes delta * g'(Z), written through A; A is overwritten.
    gain: of the uniform initialization in `layers`.
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


def softmax(Z: Array) -> None:
    """Z (K, m) becomes exp(Z) / sum over K of exp(Z), in place; shifted by the largest, so that nothing overflows."""
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)


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
