"""Saliency and activation maximization: a unit's gradient by the pixels, and the image that excites it most."""

from __future__ import annotations

import numpy as np

from ..errors import Digits20Error
from ..types import Array
from .network import Network, with_ones
from .run import Run

TYPICAL_NORM = 0.35  # times sqrt(pixels): the length of a handwritten digit's row of pixels


def input_gradient(network: Network, theta: Array, X: Array, unit: int, layer: int = -1) -> Array:
    """(m, n) float64: the derivative of a unit's input z, of an output's logit that is, by each pixel of X (m, n).

        delta of the unit is 1;  delta_l = Theta_l[:, 1:]' delta_{l+1} * g'(z_l);  dz/dx = Theta_1[:, 1:]' delta_1

    the very backpropagation of the weights' gradient, one step further down (Simonyan, Vedaldi & Zisserman, Deep
    inside convolutional networks, 2014). layer: 1 the first hidden one, -1 the outputs; the units of a convolution are
    those above its pools. Raises Digits20Error where there is no such unit.
    """
    depth = _depth(network, layer)
    if not 0 <= unit < network.layer_sizes[depth]:
        raise Digits20Error(f"no unit {unit} in a layer of {network.layer_sizes[depth]}")
    theta = np.asarray(theta, np.float64)
    Thetas, unused = (network.matrices(of)[:depth] for of in (theta, np.empty(network.size)))
    run = Run(network.inputs, network.layers[: network.ends[depth - 1]], network.hidden, len(X), np.float64)
    run.load(with_ones(X.astype(np.float64)))
    run.forward(Thetas)
    delta = np.zeros((network.layer_sizes[depth], len(X)))
    delta[unit] = 1
    by_pixels = run.backward(Thetas, delta, unused, to_images=True)
    assert by_pixels is not None
    return np.ascontiguousarray(by_pixels.T)


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
