"""The model as an ONNX graph, its preprocessing included, for runtimes that know nothing of digits20."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error
from ..images.geometry import Shape
from ..learning.confidence import Confidence
from ..learning.model import Model
from ..nn.layers.text import layer_dict
from ..types import Output

OPSET, IR_VERSION = 13, 8  # onnx's own defaults are newer than what runtimes in use read
HIDDEN = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}
TINY = float(np.finfo(np.float32).tiny)

log = logging.getLogger("digits20")


def to_onnx(model: Model) -> bytes:
    """The ONNX file: input `image` (N, pixels) float32, row-major, ink 1 on paper 0; outputs `label` (N,) int64, or
    string where the labels are no integers, `scores` (N, K) float32, what `predict_proba` answers, and, where images
    were held out in training, `known` (N,) bool, what `Model.known` answers.

    Steps of `preprocess` that ONNX cannot express are left out, which is said. Raises Digits20Error without onnx.
    """
    try:
        from onnx import checker, helper
    except ImportError:
        raise Digits20Error("ONNX needs the package onnx: pip install 'digits20[onnx]'") from None

    graph = Graph()
    Z, compared = _logits(graph, model, _prepared(graph, "image", model))
    _answers(graph, model, Z)
    if model.confidence:
        _known(graph, model.confidence, model.network.output, compared, Z)
    whole = helper.make_model(
        graph.made(model),
        producer_name="digits20",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    checker.check_model(whole, full_check=True)
    data: bytes = whole.SerializeToString(deterministic=True)
    return data


class Graph:
    """The nodes and constants so far. Every method that adds some returns the name of the result."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{operator}_{len(self.nodes)}"
        results = [name, f"{name}_places"] if operator == "TopK" else [name]
        self.nodes.append(helper.make_node(operator, list(inputs), results, **attributes))
        return name

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def made(self, model: Model) -> Any:
        from onnx import TensorProto, helper

        pixels, K = model.network.layer_sizes[0], model.network.layer_sizes[-1]
        kind = TensorProto.INT64 if _whole_labels(model) else TensorProto.STRING
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", pixels])
        label = helper.make_tensor_value_info("label", kind, ["N"])
        scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", K])
        known = [helper.make_tensor_value_info("known", TensorProto.BOOL, ["N"])] if model.confidence else []
        return helper.make_graph(self.nodes, "digits20", [image], [label, scores, *known], self.constants)


def _prepared(graph: Graph, image: str, model: Model) -> str:
    for step in model.preprocess:
        if step in STEPS:
            image = STEPS[step](graph, image, model.image_shape)
        else:
            log.warning("ONNX: the step %s is left out: give the graph images that have been through it", step)
    return image


def _logits(graph: Graph, model: Model, A: str) -> tuple[str, str]:
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
        A = _reshaped(graph, A, [-1, math.prod(below)])
    if layer.groups == 1:
        return graph.add("Gemm", A, graph.constant(Theta[:, 1:].T), graph.constant(Theta[:, 0]))
    weights = Theta[:, 1:].reshape(layer.groups, -1, Theta.shape[1] - 1).transpose(0, 2, 1)
    of_groups = _reshaped(graph, A, [-1, layer.groups, 1, weights.shape[1]])
    Z = _reshaped(graph, graph.add("MatMul", of_groups, graph.constant(weights)), [-1, len(Theta)])
    return graph.add("Add", Z, graph.constant(Theta[:, 0]))


def _conv(graph: Graph, A: str, layer: Any, below: Maps, Theta: Any) -> str:
    weights = graph.constant(Theta[:, 1:].reshape(-1, *layer.sees(below)))
    return graph.add("Conv", _maps(graph, A, below), weights, graph.constant(Theta[:, 0]), group=layer.groups)


def _pool(graph: Graph, A: str, layer: Any, below: Maps, Theta: Any) -> str:
    window = [layer.size, layer.size]
    return graph.add("MaxPool", _maps(graph, A, below), kernel_shape=window, strides=window)


def _maps(graph: Graph, A: str, below: Maps) -> str:
    return _reshaped(graph, A, [-1, *below])


def _reshaped(graph: Graph, A: str, shape: list[int]) -> str:
    return graph.add("Reshape", A, graph.constant(shape, np.int64))


Maps = tuple[int, int, int]
LAYERS: dict[str, Callable[[Graph, str, Any, Maps, Any], str]] = {"dense": _dense, "conv": _conv, "pool": _pool}


def _answers(graph: Graph, model: Model, Z: str) -> None:
    """`label`, the unit with the largest logit, and `scores`, as Model.predict_proba makes them of the logits."""
    kind = np.int64 if _whole_labels(model) else np.object_
    labels = list(model.labels) if _whole_labels(model) else [str(label) for label in model.labels]
    best = graph.add("ArgMax", Z, axis=1, keepdims=0)
    graph.add("Gather", graph.constant(labels, kind), best, axis=0, output="label")
    if model.confidence:
        Z = graph.add("Div", Z, graph.constant(model.confidence.temperature))
    if model.network.output == "softmax" or model.confidence:
        graph.add("Softmax", Z, axis=1, output="scores")
        return
    H = graph.add("Sigmoid", Z)
    total = graph.add("ReduceSum", H, graph.constant([1], np.int64), keepdims=1)
    graph.add("Div", H, graph.add("Max", total, graph.constant(TINY)), output="scores")


def _known(graph: Graph, confidence: Confidence, output: Output, A: str, Z: str) -> None:
    """`known`: whether the novelty, as `Confidence.novelty` has it, is at most the threshold."""
    K, d = confidence.centres.shape
    flat = _reshaped(graph, A, [-1, d])
    length = graph.add("Max", graph.add("ReduceL2", flat, axes=[1], keepdims=1), graph.constant(1e-12))
    unit = graph.add("Div", flat, length)
    squared = []
    for k in range(K):
        away = graph.add("Sub", unit, graph.constant(confidence.centres[k]))
        across = graph.add("MatMul", away, graph.constant(confidence.directions[k].T))
        squared.append(graph.add("Sub", _sum_of_squares(graph, away), _sum_of_squares(graph, across)))
    distance = graph.add("Sqrt", graph.add("Max", graph.add("Min", *squared), graph.constant(0)))
    limit = graph.constant(confidence.threshold())
    if output == "sigmoid" or K > 1:
        count, signs = (1, [1.0]) if output == "sigmoid" else (2, [1.0, -1.0])
        highest = graph.add("TopK", Z, graph.constant([count], np.int64), axis=1)
        strength = graph.add("MatMul", highest, graph.constant(confidence.margin * np.array(signs)))
        limit = graph.add("Add", strength, limit)
    graph.add("LessOrEqual", distance, limit, output="known")


def _sum_of_squares(graph: Graph, A: str) -> str:
    return graph.add("ReduceSumSquare", A, axes=[1], keepdims=0)


def _whole_labels(model: Model) -> bool:
    return all(type(label) is int for label in model.labels)


def _deskew(graph: Graph, image: str, shape: Shape) -> str:
    """`images.deskew`, step by step, in float64: the moments of the ink, then four taps a pixel."""
    from onnx import TensorProto

    def constant(value: npt.ArrayLike) -> str:
        return graph.constant(value, np.float64)

    def total(values: str) -> str:
        return graph.add("ReduceSum", values, graph.constant([1], np.int64), keepdims=1)

    X = graph.add("Cast", image, to=TensorProto.DOUBLE)
    row, column = np.mgrid[: shape[0], : shape[1]].reshape(2, 1, -1).astype(np.float64)
    ink = graph.add("Max", X, constant(0))
    mass = graph.add("Max", total(ink), constant(np.finfo(np.float64).tiny))
    centre_row, centre_column = (
        graph.add("Div", graph.add("MatMul", ink, constant(place.T)), mass) for place in (row, column)
    )
    down, right = (
        graph.add("Sub", constant(place), centre) for place, centre in ((row, centre_row), (column, centre_column))
    )
    moment = graph.add("Mul", ink, down)
    spread = graph.add("Max", total(graph.add("Mul", moment, down)), constant(1e-12))
    lean = graph.add("Div", total(graph.add("Mul", moment, right)), spread)
    from_middle = row - (shape[0] - 1) / 2
    rows = graph.add("Add", constant(from_middle), centre_row)
    sheared = graph.add("Mul", lean, constant(from_middle))
    columns = graph.add("Add", graph.add("Add", constant(column - (shape[1] - 1) / 2), centre_column), sheared)
    return graph.add("Cast", _bilinear(graph, X, rows, columns, shape), to=TensorProto.FLOAT)


def _bilinear(graph: Graph, X: str, rows: str, columns: str, shape: Shape) -> str:
    """The images X at points (rows, columns) between their pixels, 0 outside: `images.bilinear`."""
    from onnx import TensorProto

    one = graph.constant(1, np.float64)
    axes = []
    for points, size in ((rows, shape[0]), (columns, shape[1])):
        first = graph.add("Floor", points)
        beyond = graph.add("Sub", points, first)
        taps = ((first, graph.add("Sub", one, beyond)), (graph.add("Add", first, one), beyond))
        axes.append([_inside(graph, place, weight, size) for place, weight in taps])
    sampled = []
    for row, vertical in axes[0]:
        for column, horizontal in axes[1]:
            start = graph.add("Mul", row, graph.constant(shape[1], np.float64))
            pixel = graph.add("Cast", graph.add("Add", start, column), to=TensorProto.INT64)
            ink = graph.add("GatherElements", X, pixel, axis=1)
            sampled.append(graph.add("Mul", ink, graph.add("Mul", vertical, horizontal)))
    return graph.add("Sum", *sampled)


def _inside(graph: Graph, place: str, weight: str, size: int) -> tuple[str, str]:
    """The place brought into the image, and the weight, 0 where it had to be."""
    from onnx import TensorProto

    low, high = graph.constant(0, np.float64), graph.constant(size - 1, np.float64)
    inside = graph.add("Min", graph.add("Max", place, low), high)
    same = graph.add("Cast", graph.add("Equal", inside, place), to=TensorProto.DOUBLE)
    return inside, graph.add("Mul", weight, same)


# the steps of `images.PREPROCESS` that ONNX can express
STEPS: dict[str, Callable[[Graph, str, Shape], str]] = {"deskew": _deskew}
