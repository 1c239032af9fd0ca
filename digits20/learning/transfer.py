"""Transfer learning: training that starts from the layers of a trained model; and merging models into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ..data.dataset import Digits
from ..data.protocol import Images
from ..errors import Digits20Error
from ..nn.layers.layer import Layer
from ..nn.network import Network
from ..types import Label, Output, Vector
from .model import Model

Some = TypeVar("Some", bound=Images)


@dataclass(frozen=True, eq=False)
class Start:
    """The network that is trained and its first weights, on top of the frozen layers of a model.

    network, theta: the layers that are trained, and their weights (network.size,). base: the model that they come
    from, or None for random weights. freeze: how many of its lowest layers stay fixed. They are computed only once:
    their activations are the images that the other layers are trained on.
    """

    network: Network
    theta: Vector
    base: Model | None = None
    freeze: int = 0

    def sees(self, images: Some) -> Some:
        """The input of the trained layers: the images as `base` needs them, or the frozen layers' activations."""
        if self.base is None:
            return images
        return images.map(self._activations) if self.freeze else images.prepared(self.base.preprocess)

    def _activations(self, digits: Digits) -> Digits:
        assert self.base
        prepared = digits.prepared(self.base.preprocess)
        A = self.base.network.layer_activations(self.base.theta, prepared.X, self.freeze)
        shape = (1, A.shape[1])
        return replace(digits, X=np.ascontiguousarray(A), image_shape=shape, preprocess=())

    def whole(self, model: Model) -> Model:
        """The whole model: the frozen layers, if any, below those of `model`, the trained part."""
        if self.base is None or not self.freeze:
            return model
        network = self.base.network.under(model.network, self.freeze)
        return replace(
            model,
            network=network,
            theta=np.concatenate([self.base.theta[: network.size - model.theta.size], model.theta]),
            image_shape=self.base.image_shape,
            preprocess=self.base.preprocess,
        )


def from_scratch(network: Network, rng: np.random.Generator) -> Start:
    """A start with random weights in all layers."""
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
    """A start from the layers of `base`, with an output layer for `labels`.

    The same labels keep the old output layer; others get a new one with random weights, in which `keep_head` keeps
    the units of labels that `base` knows. freeze: how many of the lowest layers stay fixed. output: activation of
    the output layer; None is that of `base`. Raises Digits20Error where freeze is more than the hidden layers.
    """
    hidden_layers = len(base.network.layer_sizes) - 2
    if not 0 <= freeze <= hidden_layers:
        raise Digits20Error(f"cannot freeze {freeze} layers of a network with {hidden_layers} hidden ones")
    network = base.network.with_outputs(len(labels), output or base.network.output)
    Thetas = [*base.Thetas[:-1], _head(base, labels, network, rng, keep_head)]
    theta = np.concatenate([Theta.ravel() for Theta in Thetas[freeze:]])
    return Start(network.above(freeze), theta, base, freeze)


def _head(base: Model, labels: tuple[Label, ...], network: Network, rng: np.random.Generator, keep: bool) -> Any:
    if labels == base.labels:
        return base.Thetas[-1]
    Theta = network.matrices(network.initial_theta(rng))[-1]
    known = {label: unit for unit, label in enumerate(base.labels)}
    for unit, label in enumerate(labels):
        if keep and label in known:
            Theta[unit] = base.Thetas[-1][known[label]]
    return Theta


def merge(models: Sequence[Model]) -> Model:
    """One ordinary network whose logits are the mean of the models': their hidden layers side by side.

    The first Thetas are stacked, the last are averaged. Those in between become groups that see their own model's units
    only: so many models cost as many forward passes. Where widths differ, they stand along a diagonal of blocks. Its
    costs are the means of the models', up to the shortest history. Raises Digits20Error where the models differ in
    more than weights and widths.
    """
    first = models[0]
    for model in models[1:]:
        if _kind(model) != _kind(first):
            raise Digits20Error("only models of the same layers, activation, output, labels and images can be merged")
    if len(models) == 1:
        return first
    layers, Thetas = _side_by_side(models)
    return replace(
        first,
        network=replace(first.network, layers=tuple(layers)),
        theta=np.concatenate([Theta.ravel() for Theta in Thetas]),
        costs=[float(np.mean(costs)) for costs in zip(*(model.costs for model in models), strict=False)],
        scores={"cost": float(np.mean([model.scores["cost"] for model in models]))},
    )


def _kind(model: Model) -> tuple[object, ...]:
    network = model.network
    kinds = tuple(layer.resized(1, 1) for layer in network.layers[:-1])
    return kinds, network.inputs, network.hidden, network.output, model.labels, model.image_shape, model.preprocess


def _side_by_side(models: Sequence[Model]) -> tuple[list[Layer], list[Vector]]:
    """The merged layers and their Thetas."""
    networks = [model.network for model in models]
    layers, of_models = list(networks[0].layers), list(zip(*(model.Thetas for model in models), strict=True))
    Thetas: list[Vector] = []
    for depth, (number, Theta) in enumerate(zip(networks[0].weighted, of_models, strict=True)):
        same = [network.layers[number] for network in networks]
        if depth == len(of_models) - 1:
            Thetas.append(_averaged(Theta, shared_inputs=not depth))
            continue
        width = sum(map(len, Theta))
        grouped = depth > 0 and len(set(same)) == 1 and len({part.shape for part in Theta}) == 1
        groups = sum(layer.groups for layer in same) if grouped else 1
        if not grouped and max(layer.groups for layer in same) > 1:
            raise Digits20Error("models with groups of units can be merged only with models of the same widths")
        layers[number] = layers[number].resized(width, groups)
        Thetas.append(np.vstack(Theta) if grouped or not depth else _blocks(Theta))
    return layers, Thetas


def _blocks(layer: Sequence[Vector]) -> Vector:
    from scipy.linalg import block_diag

    return np.hstack([np.vstack([Theta[:, :1] for Theta in layer]), block_diag(*(Theta[:, 1:] for Theta in layer))])


def _averaged(layer: Sequence[Vector], shared_inputs: bool) -> Vector:
    if shared_inputs:
        return np.asarray(np.mean(layer, axis=0))
    bias = np.mean([Theta[:, :1] for Theta in layer], axis=0)
    return np.hstack([bias, *(Theta[:, 1:] / len(layer) for Theta in layer)])
