"""Classic neural networks on small sets of grey images."""
