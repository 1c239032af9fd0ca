"""What the graph answers: labels, scores, and whether an image looks like anything that was learned."""

from __future__ import annotations

import numpy as np

from ...learning.confidence import Confidence
from ...learning.model import Model
from ...types import Output
from .graph import Graph

TINY = float(np.finfo(np.float32).tiny)


def answers(graph: Graph, model: Model, Z: str) -> None:
    """`label`, the unit with the largest logit, and `scores`, as Model.predict_proba makes them of the logits."""
    kind = np.int64 if whole_labels(model) else np.object_
    labels = list(model.labels) if whole_labels(model) else [str(label) for label in model.labels]
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


def known(graph: Graph, confidence: Confidence, output: Output, A: str, Z: str) -> None:
    """`known`: whether the novelty, as `Confidence.novelty` has it, is at most the threshold."""
    K, d = confidence.centres.shape
    flat = graph.reshaped(A, [-1, d])
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


def whole_labels(model: Model) -> bool:
    return all(type(label) is int for label in model.labels)
