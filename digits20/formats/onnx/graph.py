"""The graph as it grows: its nodes and its constants."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


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

    def reshaped(self, A: str, shape: list[int]) -> str:
        return self.add("Reshape", A, self.constant(shape, np.int64))
