"""Orders the pixels of a file: row-major images with ink 1 on paper 0."""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError
from ..system.arguments import one_of
from .convert import square_shape, squares_near
from .readers.unscaled import Order, Shape, UnscaledImages
from .scale import Floats, Scale, to_unit

BRIGHT, DARK = 0.75, 0.25  # paper, and the paper of the others where only some are bright
MOST, SOME = 0.9, 0.02  # shares of the images
SMALLEST_BORDER = 5  # rows or columns: below, most of an image is its border

log = logging.getLogger("digits20")


def row_major(raw: UnscaledImages, order: Order | None, scale: Scale) -> tuple[Floats, Shape]:
    """(m, n) row-major float64 images with ink 1 on paper 0, and their (rows, columns).

    order, scale: override what the file tells and what is inferred; None does not.
    Raises DataFileError for pixels of no known scale or shape.
    """
    X, shape, _ = scaled(raw, order, scale)
    return X, shape


def scaled(raw: UnscaledImages, order: Order | None, scale: Scale) -> tuple[Floats, Shape, tuple[object, ...]]:
    """What row_major returns, and all that was inferred, which two parts of one file must have alike."""
    one_of(order, "order", ("C", "F", None))
    shape = image_shape(raw)
    X, paper, ink, several = to_unit(raw, scale)
    X = _transposed(X.astype(np.float64, copy=False), order or raw.order, shape)
    if scale.invert is not None:
        return 1 - X if scale.invert else X, shape, (paper, ink, several)
    dark_ink = _with_dark_ink(X, shape)
    if count := int(dark_ink.sum()):
        which = "" if count == len(X) else f" in {count} of {len(X)} images"
        leave = "it as it is" if count == len(X) else "all as they are"
        log.warning("%s: bright paper and dark ink%s, inverted (--no-invert leaves %s)", raw.name, which, leave)
        X = 1 - X if count == len(X) else np.where(dark_ink[:, None], 1 - X, X)
    return X, shape, (paper, ink, several, count and (count == len(X) or "some"))


def _with_dark_ink(X: Floats, shape: Shape) -> npt.NDArray[np.bool_]:
    """(m,) which images are dark ink on bright paper, as their borders look: none, all, or some beside dark paper.

    Borders between dark and bright, as photos of the world have them, tell nothing.
    """
    borders = _borders(X, shape)
    bright = borders > BRIGHT
    if bright.mean() < SOME or X[bright].mean() < 0.5 or X[bright].min() > 0.5:
        return np.zeros(len(X), bool)
    if np.count_nonzero(borders < DARK) >= MOST * np.count_nonzero(~bright):
        return bright
    return np.full(len(X), bright.mean() > MOST)


def _borders(X: Floats, shape: Shape) -> Floats:
    """(m,) the median along each image's borders; 0 where most of an image is its border."""
    if min(shape) < SMALLEST_BORDER:
        return np.zeros(len(X))
    images = X.reshape(-1, *shape)
    edges = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    return np.asarray(np.median(np.concatenate(edges, axis=1), axis=1))


def image_shape(raw: UnscaledImages) -> Shape:
    """(rows, columns) of an image: as the file tells, or the square."""
    pixels = raw.X.shape[1]
    shape = raw.shape or square_shape(pixels)
    if shape is None:
        raise DataFileError(f"{raw.name}: {pixels} pixels, expected {squares_near(pixels)}")
    return shape


def _transposed(X: Floats, order: Order, shape: Shape) -> Floats:
    return X if order == "C" else X.reshape(-1, *shape[::-1]).swapaxes(1, 2).reshape(X.shape)
