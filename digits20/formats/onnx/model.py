"""The whole file: preprocessing, layers and answers as one graph."""

from __future__ import annotations

import logging
from typing import Any

from ...errors import Digits20Error
from ...learning.model import Model
from .answers import answers, known, whole_labels
from .deskew import STEPS
from .graph import Graph
from .layers import logits

OPSET, IR_VERSION = 13, 8  # onnx's own defaults are newer than what runtimes in use read

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
    Z, compared = logits(graph, model, _prepared(graph, "image", model))
    answers(graph, model, Z)
    if model.confidence:
        known(graph, model.confidence, model.network.output, compared, Z)
    whole = helper.make_model(
        _made(graph, model),
        producer_name="digits20",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    checker.check_model(whole, full_check=True)
    data: bytes = whole.SerializeToString(deterministic=True)
    return data


def _made(graph: Graph, model: Model) -> Any:
    from onnx import TensorProto, helper

    pixels, K = model.network.layer_sizes[0], model.network.layer_sizes[-1]
    kind = TensorProto.INT64 if whole_labels(model) else TensorProto.STRING
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", pixels])
    label = helper.make_tensor_value_info("label", kind, ["N"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", K])
    known = [helper.make_tensor_value_info("known", TensorProto.BOOL, ["N"])] if model.confidence else []
    return helper.make_graph(graph.nodes, "digits20", [image], [label, scores, *known], graph.constants)


def _prepared(graph: Graph, image: str, model: Model) -> str:
    for step in model.preprocess:
        if step in STEPS:
            image = STEPS[step](graph, image, model.image_shape)
        else:
            log.warning("ONNX: the step %s is left out: give the graph images that have been through it", step)
    return image
