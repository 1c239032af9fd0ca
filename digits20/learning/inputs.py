"""Images in any form that Python users hold them in, as the rows that a network takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..data.convert import as_floats, check_finite, grey_array, hint_at_scale, square_shape
from ..data.dataset import Digits
from ..errors import Digits20Error
from ..images.geometry import resize
from ..types import Array

COLOURS = (3, 4)  # channels: red, green, blue and perhaps opacity


def image_rows(images: Any, image_shape: tuple[int, int]) -> Array:
    """(m, rows * columns) float32 or float64: the images as one row each, ink 1 on paper 0.

    images: an array, a list or a DataFrame of shape (m, rows * columns), (m, rows, columns), with a channel of one or
        without, (rows, columns) or (rows * columns,), the last two one image; or Digits. Images of another size are
        resized where their shape is given; so is (rows, rows), one image, unless it may be as many flat ones.
        Floats are taken as they are; whole numbers up to 255 (uint8 among them) are divided by 255 where any is above
        1. image_shape: (rows, columns) that the network takes.

    Raises Digits20Error, with what was seen, for anything else.

    >>> image_rows([[[0, 255], [51, 0]]], (2, 2)).tolist()
    [[0.0, 1.0, 0.20000000298023224, 0.0]]
    """
    if isinstance(images, Digits):
        if images.preprocess:
            raise Digits20Error(f"Digits that went through {list(images.preprocess)} already, expected plain images")
        images = images.X.reshape(-1, *images.image_shape)
    rows = _rows(as_floats(grey_array(images), np.float32), image_shape)
    check_finite(rows)
    hint_at_scale(rows)
    return rows


def _is_one_image(X: Array) -> bool:
    """Whether a square array can only be one image: its rows have no square number of pixels."""
    side = X.shape[1]
    return X.shape[0] == side and square_shape(side) is None


def _rows(X: Array, shape: tuple[int, int]) -> Array:
    pixels = math.prod(shape)
    if X.ndim == 1 and X.size == pixels:
        return X[None]
    if X.ndim == 2:
        if X.shape[1] == pixels:
            return X
        if X.shape == shape or _is_one_image(X):
            return _rows(X[None], shape)
    if X.ndim == 3 and X.shape[2] in COLOURS and shape[1] not in COLOURS:
        raise Digits20Error(f"images of shape {X.shape}, which is one in colour: expected grey, as images.mean(axis=2)")
    if X.ndim == 3 and min(X.shape[1:]) > 0:
        old = X.shape[1], X.shape[2]
        flat = X.reshape(len(X), math.prod(old))
        return flat if old == shape else resize(flat, old, shape)
    rows, columns = shape
    raise Digits20Error(
        f"images of shape {X.shape}, expected (m, {pixels}), (m, {rows}, {columns}) or one image of {rows}x{columns}; "
        "those of another size as (m, rows, columns)"
    )
