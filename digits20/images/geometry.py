"""Geometry of whole batches of images: resizing, bilinear sampling, deskewing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Shape = tuple[int, int]


def resize(X: Floats, old_shape: Shape, new_shape: Shape) -> Floats:
    """Resize images as MATLAB's imresize does: bicubic interpolation, with antialiasing when shrinking.

        new = R old C'    with R (new rows, old rows) and C (new columns, old columns) from `_weights`

    Pixels may lie slightly outside the range of X, as with any bicubic interpolation.
    Source: R. Keys, Cubic convolution interpolation for digital image processing, 1981; MATLAB's imresize.

    Parameters
    ----------
    X
        (m, rows * columns) images of `old_shape`, each row-major.
    old_shape, new_shape
        (rows, columns) before and after.

    Returns
    -------
    Floats
        (m, new rows * new columns) in X's dtype.

    Examples
    --------
    >>> resize(np.ones((3, 784)), (28, 28), (20, 20)).shape
    (3, 400)
    """
    images = X.reshape(len(X), *old_shape).astype(np.float64, copy=False)
    R, C = _weights(old_shape[0], new_shape[0]), _weights(old_shape[1], new_shape[1])
    return (R @ images @ C.T).reshape(len(X), math.prod(new_shape)).astype(X.dtype, copy=False)


class Taps(NamedTuple):
    """The four pixels and weights that each bilinear sample is made of; weight 0 outside the image.

    pixels: (4, …) indices into an image's row. weights: (4, …), float64.
    """

    pixels: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float64]


def bilinear(rows: Floats, columns: Floats, shape: Shape) -> Taps:
    """The taps that sample images of `shape` at points (rows, columns), two arrays of one shape, in pixels.

    The image is zero outside, as with scipy.ndimage.map_coordinates(order=1, mode="grid-constant").
    """
    top, left = np.floor(rows), np.floor(columns)
    down, right = rows - top, columns - left
    pixels, weights = [], []
    for row, vertical in ((top, 1 - down), (top + 1, down)):
        for column, horizontal in ((left, 1 - right), (left + 1, right)):
            inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
            pixels.append(np.where(inside, row * shape[1] + column, 0).astype(np.intp))
            weights.append(np.where(inside, vertical * horizontal, 0))
    return Taps(np.array(pixels), np.array(weights))


def deskew(X: Floats, shape: Shape) -> Floats:
    """Deskew and centre images: shear the rows so that the ink is upright, move the centre of mass to the middle.

    With the ink's central moments mu, the columns move by mu11 / mu20 for each row from the middle (LeCun et al.,
    Gradient-based learning applied to document recognition, 1998, section III; R. Kohler's moment deskewing of MNIST).

    Parameters
    ----------
    X
        (m, rows * columns) images. A blank one stays blank.
    shape
        (rows, columns).

    Returns
    -------
    Floats
        As many images, in X's dtype.
    """
    return np.concatenate([_deskew(X[start : start + 1024], shape) for start in range(0, max(len(X), 1), 1024)])


def _deskew(X: Floats, shape: Shape) -> Floats:
    row, column = np.mgrid[: shape[0], : shape[1]].reshape(2, 1, -1).astype(np.float64)
    ink = np.maximum(X, 0).astype(np.float64)
    mass = np.maximum(ink.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    centre_row, centre_column = (ink @ row.T) / mass, (ink @ column.T) / mass
    down, right = row - centre_row, column - centre_column
    lean = (ink * down * right).sum(axis=1) / np.maximum((ink * down * down).sum(axis=1), 1e-12)
    from_middle = row - (shape[0] - 1) / 2
    rows = from_middle + centre_row
    columns = column - (shape[1] - 1) / 2 + centre_column + lean[:, None] * from_middle
    taps = bilinear(rows, columns, shape)
    sampled = sum(
        weights * np.take_along_axis(X, pixels, axis=1)
        for pixels, weights in zip(taps.pixels, taps.weights, strict=True)
    )
    return np.asarray(sampled).astype(X.dtype, copy=False)


# preprocessing steps, by the names that a model file keeps
PREPROCESS: dict[str, Callable[[Floats, Shape], Floats]] = {"deskew": deskew}


def prepare(X: Floats, shape: Shape, preprocess: tuple[str, ...]) -> Floats:
    """Images X (m, rows * columns) of `shape` after the named steps of PREPROCESS, in that order."""
    for name in preprocess:
        X = PREPROCESS[name](X, shape)
    return X


def _weights(old: int, new: int) -> npt.NDArray[np.float64]:
    """(new, old) weights for one axis: the kernel around each new pixel's centre, normalized.

    Shrinking widens the kernel by old / new, which avoids aliasing. Beyond the border the border pixel is repeated, as
    MATLAB's `imresize` did when the course's images were made.
    """
    width = max(old / new, 1.0)
    centres = ((np.arange(new) + 0.5) * old / new - 0.5)[:, None]
    pixels = np.floor(centres - 2 * width).astype(np.intp) + np.arange(math.ceil(4 * width) + 2)
    weights = np.zeros((new, old))
    kernel = _cubic((centres - pixels) / width)
    np.add.at(weights, (np.arange(new)[:, None], np.clip(pixels, 0, old - 1)), kernel)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _cubic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys' kernel with a = -1/2: 1.5|x|³ - 2.5|x|² + 1 up to 1, -0.5|x|³ + 2.5|x|² - 4|x| + 2 up to 2, then 0."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def border(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The outermost pixels of an array (rows, columns, ...), one after another."""
    return np.concatenate([array[0], array[-1], array[1:-1, 0], array[1:-1, -1]])
