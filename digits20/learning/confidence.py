"""How sure a model may be: probabilities calibrated on held-out images, and whether an image is like any it learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..nn.network import Network
from ..types import Array, Output

REJECT = 0.01  # of held-out images: so many are called unknown unless told otherwise


@dataclass(frozen=True, eq=False)
class Confidence:
    """What held-out images have told about a model; `calibrated` finds it.

    temperature: the logits are divided by it before the softmax that makes probabilities of them (Guo et al. 2017, On
        calibration of modern neural networks).
    layer: whose activations, scaled to length 1, are compared with those of the training images; see `compared_layer`.
    centres: (K, d) the mean of each class's. directions: (K, r, d) orthonormal, in which a class varies most.
    margin: how much less novel an image is for each 1 of its `strength`.
    novelties: of the held-out images, ascending.
    """

    temperature: float
    layer: int
    centres: Array
    directions: Array
    margin: float
    novelties: Array

    def log_proba(self, Z: Array) -> Array:
        """(m, K) logarithms of the calibrated probabilities for logits Z (m, K)."""
        Z = (Z - Z.max(axis=1, keepdims=True)) / self.temperature
        return np.asarray(Z - np.log(np.exp(Z).sum(axis=1, keepdims=True)))

    def novelty(self, A: Array, strengths: Array) -> Array:
        """(m,): how unlike the training images, from the activations A (m, d) of `layer` and the `strength` (m,)."""
        return np.asarray(distance(A, self.centres, self.directions) - self.margin * strengths)

    def threshold(self, reject: float = REJECT) -> float:
        """The novelty that the share `reject` of the held-out images exceeds; infinite for 0."""
        return float(np.quantile(self.novelties, 1 - reject)) if reject > 0 else float("inf")


def compared_layer(network: Network) -> int:
    """The layer whose activations tell best what is new: the last one with maps, or else the last hidden one.

    Counted as in `Network.layer_activations`; 0, the images themselves, without hidden layers.
    """
    hidden = range(1, len(network.stages) - 1)
    with_maps = [layer for layer in hidden if network.stages[layer][1:] != (1, 1)]
    return max(with_maps or hidden, default=0)


def distance(A: Array, centres: Array, directions: Array) -> Array:
    """(m,) from each row of A (m, d), scaled to length 1, to the nearest of the K classes' subspaces.

    As residuals on subspaces are used for novelty by Wang et al. 2022, ViM: out-of-distribution with virtual-logit
    matching.
    """
    unit = scaled(A)
    nearest = np.full(len(unit), np.inf)
    for centre, across in zip(centres, directions, strict=True):
        away = unit - centre
        squared = (away**2).sum(axis=1) - ((away @ across.T) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, squared)
    return np.asarray(np.sqrt(np.maximum(nearest, 0)))


def scaled(A: Array) -> Array:
    """The rows of A (m, d) scaled to length 1; those of zeros stay."""
    return np.asarray(A / np.maximum(np.linalg.norm(A, axis=1, keepdims=True), 1e-12))


def strength(Z: Array, output: Output) -> Array:
    """(m,) how strongly a label is told by each row of the logits Z (m, K).

    Of sigmoid outputs it is the largest logit. Of softmax outputs, to whose logits any number could be added, it is by
    how much the largest exceeds the second, and 0 where there is only one.
    """
    if output == "sigmoid":
        return np.asarray(Z.max(axis=1))
    if Z.shape[1] == 1:
        return np.zeros(len(Z))
    highest = np.sort(Z, axis=1)[:, -2:]
    return np.asarray(highest[:, 1] - highest[:, 0])
