"""Saliency and activation maximization: a unit's gradient by the pixels, and the image that excites it most."""

from __future__ import annotations

import numpy as np

from ..errors import Digits20Error
from ..types import Array
from .network import ACTIVATIONS, Network, with_ones

TYPICAL_NORM = 0.35  # times sqrt(pixels): the length of a handwritten digit's row of pixels


def unit_inputs(network: Network, theta: Array, X: Array, layer: int = -1) -> list[Array]:
    """What the units of `layer` get before their activation, last, after the activations below it.

    Arrays (1 + units, m), the images X (m, n) first, all with a first row of ones but the last (units, m).
    """
    Thetas = network.matrices(theta)[: _depth(network, layer)]
    below = Network(network.layer_sizes[: len(Thetas) + 1], network.hidden)
    layers = below.new_layers(with_ones(X.astype(np.float64)).T.copy())
    below.propagate(Thetas, layers)
    return layers


def input_gradient(network: Network, theta: Array, X: Array, unit: int, layer: int = -1) -> Array:
    """(m, n) float64: the derivative of a unit's input z, of an output's logit that is, by each pixel of X (m, n).

        delta of the unit is 1;  delta_l = Theta_l[:, 1:]' delta_{l+1} * g'(z_l);  dz/dx = Theta_1[:, 1:]' delta_1

    the very backpropagation of the weights' gradient, one step further down (Simonyan, Vedaldi & Zisserman, Deep
    inside convolutional networks, 2014). layer: 1 the first hidden one, -1 the outputs. Raises Digits20Error where
    there is no such unit.
    """
    Thetas = network.matrices(theta)[: _depth(network, layer)]
    if not 0 <= unit < len(Thetas[-1]):
        raise Digits20Error(f"no unit {unit} in a layer of {len(Thetas[-1])}")
    layers = unit_inputs(network, theta, X, layer)
    delta = np.repeat(Thetas[-1][unit, 1:, None], len(X), axis=1)
    for Theta, A in zip(Thetas[-2::-1], layers[-2:0:-1], strict=True):
        ACTIVATIONS[network.hidden].backprop(delta, A[1:])
        delta = Theta[:, 1:].T @ delta
    return np.ascontiguousarray(delta.T)


def preferred_image(
    network: Network, theta: Array, unit: int, layer: int = -1, *, norm: float | None = None, steps: int = 200
) -> Array:
    """(n,) float64: the image, pixels from 0 to 1 and of length `norm` at most, that excites a unit most.

    Activation maximization (Erhan, Bengio, Courville & Vincent, Visualizing higher-layer features of a deep network,
    2009).

    Gradient ascent from an evenly grey image, each step clipped to the box and pulled back to the ball; steps shrink
    to nothing. Without a bound on its length any unit would want an image of black and white dots. Nothing in it is
    random; a network of several layers may have other, better summits. norm: a typical digit's unless given.
    """
    n = network.layer_sizes[0]
    longest = TYPICAL_NORM * n**0.5 if norm is None else norm
    x = _within(np.full((1, n), 0.5), longest)
    for step in np.linspace(0.2, 0, steps, endpoint=False):
        gradient = input_gradient(network, theta, x, unit, layer)
        size = np.linalg.norm(gradient)
        if not size:  # dead relu units: every image is as good
            break
        x = _within(np.clip(x + step * longest / size * gradient, 0, 1), longest)
    return np.asarray(x[0])


favourite_image = preferred_image  # its name in 0.1.0


def _within(x: Array, longest: float) -> Array:
    return x * min(1.0, longest / max(float(np.linalg.norm(x)), 1e-12))


def _depth(network: Network, layer: int) -> int:
    """How many Thetas lead up to `layer`."""
    layers = len(network.layer_sizes) - 1
    depth = layers if layer == -1 else layer
    if not 1 <= depth <= layers:
        raise Digits20Error(f"no layer {layer}, expected 1 to {layers}, or -1 for the outputs")
    return depth
