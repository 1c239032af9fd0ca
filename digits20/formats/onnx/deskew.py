"""Deskewing as nodes, and every other step of preprocessing that ONNX can express."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ...images.geometry import Shape
from .graph import Graph


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
