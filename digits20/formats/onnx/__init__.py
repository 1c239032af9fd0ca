"""The model as an ONNX graph, its preprocessing included, for runtimes that know nothing of digits20."""

from .model import to_onnx

__all__ = ["to_onnx"]
