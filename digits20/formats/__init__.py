"""A model out, for other programs: JSON, ONNX, .mat and .npz."""
