"""Knowledge carried over: where training starts, from nothing or from the layers of a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .dataset import Digits, Label
from .errors import Digits20Error
from .gradcheck import Vector
from .model import Model
from .network import Network, Output


@dataclass(frozen=True, eq=False)
class Start:
    """What is trained and from which weights, on top of the lowest `freeze` layers of `base`, which stay as they are.

    Frozen layers are no mask over a gradient: their activations are the images that the rest is trained on.
    """

    network: Network
    theta: Vector
    base: Model | None = None
    freeze: int = 0

    def sees(self, digits: Digits) -> Digits:
        """What the trained part sees of images: they themselves, or the activations of the frozen layers."""
        if self.base is None:
            return digits
        prepared = digits.prepared(self.base.preprocess)
        if not self.freeze:
            return prepared
        A = self.base.network.activations(self.base.theta, prepared.X)[self.freeze - 1]
        return Digits(np.ascontiguousarray(A), digits.y, digits.labels, image_shape=(1, A.shape[1]))

    def whole(self, model: Model) -> Model:
        """The trained part, `model`, on top of the frozen layers."""
        if self.base is None or not self.freeze:
            return model
        below = self.base.network.layer_sizes[: self.freeze]
        network = replace(model.network, layer_sizes=below + model.network.layer_sizes)
        return replace(
            model,
            network=network,
            theta=np.concatenate([self.base.theta[: network.size - model.theta.size], model.theta]),
            image_shape=self.base.image_shape,
            preprocess=self.base.preprocess,
        )


def from_scratch(network: Network, rng: np.random.Generator) -> Start:
    """All layers drawn at random."""
    return Start(network, network.initial_theta(rng))


def from_model(
    base: Model,
    labels: tuple[Label, ...],
    rng: np.random.Generator,
    *,
    freeze: int = 0,
    keep_head: bool = False,
    output: Output | None = None,
) -> Start:
    """The layers of `base` under an output layer for `labels`, the lowest `freeze` of them frozen.

    The same labels go on with the old output layer; for others a new one is drawn, in which `keep_head` keeps the
    units of labels that `base` knows. Raises Digits20Error where there is nothing left to train.
    """
    hidden_layers = len(base.network.layer_sizes) - 2
    if not 0 <= freeze <= hidden_layers:
        raise Digits20Error(f"cannot freeze {freeze} layers of a network with {hidden_layers} hidden ones")
    network = replace(
        base.network, layer_sizes=(*base.network.layer_sizes[:-1], len(labels)), output=output or base.network.output
    )
    Thetas = [*base.Thetas[:-1], _head(base, labels, network, rng, keep_head)]
    theta = np.concatenate([Theta.ravel() for Theta in Thetas[freeze:]])
    return Start(replace(network, layer_sizes=network.layer_sizes[freeze:]), theta, base, freeze)


def _head(base: Model, labels: tuple[Label, ...], network: Network, rng: np.random.Generator, keep: bool) -> Any:
    if labels == base.labels:
        return base.Thetas[-1]
    Theta = network.matrices(network.initial_theta(rng))[-1]
    known = {label: unit for unit, label in enumerate(base.labels)}
    for unit, label in enumerate(labels):
        if keep and label in known:
            Theta[unit] = base.Thetas[-1][known[label]]
    return Theta
