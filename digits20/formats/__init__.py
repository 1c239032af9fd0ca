"""Exports a model for other programs: JSON, ONNX, .mat and .npz."""
