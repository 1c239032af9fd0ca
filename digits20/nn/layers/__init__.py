"""The layers that a network can have: dense, convolution and max pooling, each with its forward and backward pass.

A layer is a frozen value without weights or memory of its own. Its weights are one matrix Theta (out, 1 + in), bias in
column 0; activations are arrays A (1 + units, m), one image a column, whose first row holds the ones that the biases
multiply. Where units stand in maps, A[1:] is seen as (channels, rows, columns, m) without a copy.
"""

from .conv import Conv
from .dense import Dense
from .pool import MaxPool

__all__ = ["Conv", "Dense", "MaxPool"]
