"""Geometry on whole batches of images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Shape = tuple[int, int]


def resize(X: Floats, old_shape: Shape, new_shape: Shape) -> Floats:
    """Images of another size, as MATLAB's imresize makes them: bicubic, antialiased when shrinking.

    X: (m, rows * columns) images of `old_shape`, each row-major. Returns (m, new rows * new columns) in X's dtype.
    Pixels may overshoot the range of X a little, as with any bicubic interpolation.

        new = R old C'    with R (new rows, old rows) and C (new columns, old columns) from `_weights`

    Source: R. Keys, Cubic convolution interpolation for digital image processing, 1981; MATLAB's imresize.
    """
    images = X.reshape(len(X), *old_shape).astype(np.float64, copy=False)
    R, C = _weights(old_shape[0], new_shape[0]), _weights(old_shape[1], new_shape[1])
    return (R @ images @ C.T).reshape(len(X), math.prod(new_shape)).astype(X.dtype, copy=False)


def _weights(old: int, new: int) -> npt.NDArray[np.float64]:
    """(new, old) weights of one axis: the kernel around each new pixel's centre, normalized.

    Shrinking widens the kernel by old / new, which averages away what the new grid cannot hold. Old pixels beyond
    the border mirror those before it: index -1 is 0 again, index `old` is `old - 1`.
    """
    width = max(old / new, 1.0)
    centres = (np.arange(new) + 0.5) * old / new - 0.5
    reach = math.ceil(2 * width) + 1
    beyond = np.arange(-reach, old + reach)
    kernel = _cubic((centres[:, None] - beyond) / width)
    turn = beyond % (2 * old)
    weights = kernel @ np.eye(old)[np.minimum(turn, 2 * old - 1 - turn)]
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _cubic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys' kernel with a = -1/2: 1.5|x|³ - 2.5|x|² + 1 up to 1, -0.5|x|³ + 2.5|x|² - 4|x| + 2 up to 2, then 0."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))
