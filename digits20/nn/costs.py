"""The costs of sigmoid and softmax outputs with the error terms that they start, and the penalty."""

from __future__ import annotations

import math

import numpy as np

from ..types import Array, Output


def chance_cost(K: int, output: Output) -> float:
    """J without the penalty where all weights are zero."""
    return K * math.log(2) if output == "sigmoid" else math.log(K)


def add_penalty(Thetas: list[Array], Theta_gradients: list[Array], decay: float) -> float:
    """The penalty decay/2 Σ Theta[:, 1:]², whose gradient is added to Theta_gradients; no bias is counted."""
    squares = 0.0
    for Theta, gradient in zip(Thetas, Theta_gradients, strict=True):
        weights = Theta[:, 1:]
        squares += float(np.einsum("ij,ij", weights, weights))
        gradient[:, 1:] += decay * weights
    return 0.5 * decay * squares


def _sigmoid_cost(Z: Array, Y: Array, delta: Array) -> Array:
    """(m,): - Σ Y log H + (1-Y) log(1-H) of each image, with H = sigmoid(Z);  delta = H - Y;  Z is used up.

    It is Σ softplus(Z) - Y Z with softplus(z) = max(z, 0) - log max(h, 1-h), where h and 1-h are
    (1 ± tanh(z/2)) / 2: nothing in it can overflow or take the logarithm of zero.
    """
    np.multiply(Z, 0.5, out=delta)
    np.tanh(delta, out=delta)
    larger = np.abs(delta)  # of H and 1-H
    larger += 1
    larger *= 0.5
    costs = np.maximum(Z, 0)
    costs -= np.log(larger, out=larger)
    Z *= Y
    costs -= Z
    delta += 1
    delta *= 0.5
    delta -= Y
    return np.asarray(costs.sum(axis=0))


def _softmax_cost(Z: Array, Y: Array, delta: Array) -> Array:
    """(m,): - Σ Y log H of each image, with H = softmax(Z), which is log Σ exp(Z) - Y Z.

    delta = H - Y;  Z is used up.
    """
    Z -= Z.max(axis=0)
    np.exp(Z, out=delta)
    total = delta.sum(axis=0)
    delta /= total
    delta -= Y
    Z *= Y
    return np.asarray(np.log(total) - Z.sum(axis=0))


COSTS = {"sigmoid": _sigmoid_cost, "softmax": _softmax_cost}
