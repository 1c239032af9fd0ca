"""How large the numbers of a network can get: a model whose answers could overflow is refused when it is loaded."""

from __future__ import annotations

import math

import numpy as np

from ..nn.network import Network
from ..types import Vector
from .payload import require

LARGEST_PIXEL = 2.0  # of an image: ink is 1, and interpolation overshoots a little
LIMIT = 1e150  # whose square is a float64 still; trained networks stay below 1e20


def check_reach(network: Network, theta: Vector) -> None:
    """Raise ModelFileError where some image could produce activations, or gradients by its pixels, above LIMIT.

    theta: (network.size,) finite weights. The bound takes Frobenius norms: |Z| <= |Theta[:, 1:]| |A| + |bias|, for a
    convolution times the places that a pixel is seen from; g makes relu's numbers no larger and others at most 1.
    """
    up, down = LARGEST_PIXEL * math.sqrt(network.layer_sizes[0]), 1.0
    for number, (layer, Theta) in enumerate(zip(network.weighted, network.matrices(theta), strict=True), start=1):
        below, (_, rows, columns) = network.maps[layer], network.maps[layer + 1]
        _, *patch = network.layers[layer].sees(below)
        with np.errstate(over="ignore"):
            weights, biases = float(np.linalg.norm(Theta[:, 1:])), float(np.linalg.norm(Theta[:, 0]))
        weights *= math.sqrt(min(math.prod(patch), rows * columns))
        up = weights * up + biases * math.sqrt(rows * columns)
        down *= max(weights, 1.0)
        require(max(up, down) < LIMIT, f"theta {number} holds weights so large that no image has a finite answer")
        if network.hidden != "relu":
            up = math.sqrt(network.layer_sizes[number])
