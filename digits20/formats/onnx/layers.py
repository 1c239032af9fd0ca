"""The network's layers as nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...learning.model import Model
from ...nn.layers.text import layer_dict
from .graph import Graph

HIDDEN = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}
Maps = tuple[int, int, int]


def logits(graph: Graph, model: Model, A: str) -> tuple[str, str]:
    """Layer upon layer; g where the network has it, after the pools. Also what the model's confidence compares."""
    network, Thetas, compared = model.network, iter(model.Thetas), A
    layer_end = network.ends[model.confidence.layer - 1] if model.confidence and model.confidence.layer else 0
    for number, (layer, below) in enumerate(zip(network.layers, network.maps, strict=False)):
        kind = layer_dict(layer)["kind"]
        A = LAYERS[kind](graph, A, layer, below, next(Thetas) if number in network.weighted else None)
        if number + 1 in network.weighted and any(n <= number for n in network.weighted):
            A = graph.add(HIDDEN[network.hidden], A)
        compared = A if number + 1 == layer_end else compared
    return A, compared


def _dense(graph: Graph, A: str, layer: Any, below: Maps, Theta: Any) -> str:
    """A Theta' with its biases; of groups each its own product."""
    if math.prod(below[1:]) > 1:
        A = graph.reshaped(A, [-1, math.prod(below)])
    if layer.groups == 1:
        return graph.add("Gemm", A, graph.constant(Theta[:, 1:].T), graph.constant(Theta[:, 0]))
    weights = Theta[:, 1:].reshape(layer.groups, -1, Theta.shape[1] - 1).transpose(0, 2, 1)
    of_groups = graph.reshaped(A, [-1, layer.groups, 1, weights.shape[1]])
    Z = graph.reshaped(graph.add("MatMul", of_groups, graph.constant(weights)), [-1, len(Theta)])
    return graph.add("Add", Z, graph.constant(Theta[:, 0]))


def _conv(graph: Graph, A: str, layer: Any, below: Maps, Theta: Any) -> str:
    weights = graph.constant(Theta[:, 1:].reshape(-1, *layer.sees(below)))
    return graph.add("Conv", _maps(graph, A, below), weights, graph.constant(Theta[:, 0]), group=layer.groups)


def _pool(graph: Graph, A: str, layer: Any, below: Maps, Theta: Any) -> str:
    window = [layer.size, layer.size]
    return graph.add("MaxPool", _maps(graph, A, below), kernel_shape=window, strides=window)


def _maps(graph: Graph, A: str, below: Maps) -> str:
    return graph.reshaped(A, [-1, *below])


LAYERS: dict[str, Callable[[Graph, str, Any, Maps, Any], str]] = {"dense": _dense, "conv": _conv, "pool": _pool}
