"""Classic neural networks on small sets of grey images."""

__version__ = "0.1.0"
