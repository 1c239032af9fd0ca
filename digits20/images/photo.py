"""A picture file to an image for the network: the digit is found, cut out, scaled and centred as in MNIST."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ..errors import ImageError
from ..types import StrPath
from .decode import Floats, display_name, read_picture, read_scaled
from .finding.segment import Mask, Symbol, extent, find_digit
from .finding.symbols import find_symbols
from .geometry import Shape, resize

MNIST, BOX = 28, 20  # rows and columns of MNIST's images, and of the box that a digit fills in them
FINE = 4  # pixels of the fine grid per MNIST pixel, in each direction
HOLE = 5.0  # pixels of the fine grid, the least width of a loop's hole
THIN = 2.0  # pixels of the fine grid
THUMB = 160  # pixels of the longer side of a Photo's `original`
STROKES = (3.0, 3.4)  # MNIST pixels: narrower strokes are widened, wider ones narrowed; thin ones are read worse
NOISY = 0.03  # mean difference of neighbouring pixels: more than a page of writing has
HALF = 0.5 + 1e-6  # of the ink: a pixel that is half ink is paper, whichever way its last bit was rounded


@dataclass(frozen=True, eq=False)
class Photo:
    """A digit that was found in a picture.

    pixels: (n,) float64, the image for the network, row by row, ink 1 on paper 0. original: the picture in grey,
    (rows, columns) from 0 black to 1 white, its longer side at most THUMB pixels.
    """

    pixels: Floats
    original: Floats


def read_photo(source: StrPath | bytes, image_shape: Shape = (20, 20), *, name: str | None = None) -> Photo:
    """The digit in a PNG, JPEG, WebP, BMP or GIF picture, in the style of the training images.

    The ink may be darker or lighter than the paper and of any colour; uneven light and dust do no harm. The digit's box
    is scaled to 20 rows or columns, placed in 28x28 by its centre of mass (LeCun, Cortes & Burges, The MNIST database)
    and reduced to image_shape by `images.resize`, like the training images.

    Parameters
    ----------
    source
        The file's path, or its bytes.
    image_shape
        Rows and columns of the result.
    name
        What error messages call the picture; None for its path.

    Returns
    -------
    Photo
        With `pixels`, (rows * columns,), ink 1 on paper 0.

    Raises
    ------
    ImageError
        One line `name: what was seen`: see `read_picture`, and "no ink found" if there is no digit.

    Examples
    --------
    >>> from PIL import Image
    >>> picture = Image.new("L", (60, 80), 255)
    >>> picture.paste(0, (28, 10, 34, 70))  # a vertical stroke
    >>> picture.save("one.png")
    >>> read_photo("one.png").pixels.shape
    (400,)
    """
    image, picture = _read(source, name)
    return Photo(_reduced(image, image_shape), _thumbnail(picture))


def read_pixels(
    source: StrPath | bytes, image_shapes: Iterable[Shape], *, name: str | None = None
) -> dict[Shape, Floats]:
    """{shape: `read_photo(source, shape).pixels`} for several shapes, decoding once. Raises ImageError likewise."""
    image, _ = _read(source, name)
    return {shape: _reduced(image, shape) for shape in image_shapes}


@dataclass(frozen=True, eq=False)
class Page:
    """The symbols of a picture in reading order, and the picture in grey, as a Photo has it.

    scale: pixels of the file's picture per pixel of `original`.
    """

    symbols: list[Symbol]
    original: Floats
    scale: float


def read_page(source: StrPath | bytes, *, name: str | None = None) -> Page:
    """All symbols in a picture, one or many. Boxes are in the pixels of the file's picture, upright.

    Takes and raises what `read_photo` does.
    """
    picture, scale = read_scaled(source, name)
    symbols = find_symbols(picture)
    if not symbols:
        raise ImageError(f"{display_name(source, name)}: no ink found{_why(picture)}")
    original = _thumbnail(picture)
    in_file = [replace(one, box=_scaled(one.box, scale)) for one in symbols]
    return Page(in_file, original, scale * picture.shape[1] / original.shape[1])


def _scaled(box: tuple[int, int, int, int], scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(side * scale) for side in box)
    return left, top, right, bottom


def symbol_pixels(symbol: Symbol, image_shape: Shape) -> Floats:
    """(n,) the image of a symbol for the network, as a Photo has it."""
    return _reduced(as_mnist(symbol.ink), image_shape)


def _read(source: StrPath | bytes, name: str | None) -> tuple[Floats, Floats]:
    """The digit (28, 28) as MNIST has it, and the picture (rows, columns, 3) that it is in."""
    picture = read_picture(source, name)
    digit = find_digit(picture)
    if digit is None:
        raise ImageError(f"{display_name(source, name)}: no ink found{_why(picture)}")
    return as_mnist(digit), picture


def _why(picture: Floats) -> str:
    """What can be said of a picture without a digit, in brackets."""
    grey = picture.mean(axis=2)
    darkest, lightest = np.percentile(grey, (1, 99))
    if lightest < 0.3:
        return " (the picture is dark all over)"
    if lightest - darkest < 0.08:
        return " (the page is empty)"
    return " (only noise or a texture)" if np.abs(np.diff(grey, axis=1)).mean() > NOISY else ""


def _reduced(image: Floats, shape: Shape) -> Floats:
    pixels: Floats = resize(image.reshape(1, -1), image.shape, shape)[0]
    return pixels


def _thumbnail(picture: Floats) -> Floats:
    grey = picture.mean(axis=2)
    rows, columns = (max(1, round(size * min(1, THUMB / max(grey.shape)))) for size in grey.shape)
    small = resize(grey.reshape(1, -1), grey.shape, (rows, columns))[0].reshape(rows, columns)
    return np.asarray(np.clip(small, 0, 1))


# in the style of MNIST


def as_mnist(digit: Floats, strokes: tuple[float, float] = STROKES) -> Floats:
    """(28, 28) image of `digit` (rows, columns), ink 1 on 0: its box 20 pixels long, its centre of mass central.

    strokes: the narrowest and the widest, in pixels of the image.
    """
    return _centred(_grown(_boxed(digit), strokes))


def _boxed(digit: Floats) -> Floats:
    """The digit scaled to BOX * FINE pixels along its longer side, with a margin.

    Strokes that would be less than THIN pixels wide are widened first: shrunk, they would fade and break.
    """
    from scipy import ndimage

    fine = FINE * BOX
    scale = fine / max(digit.shape)
    missing = THIN / scale - _stroke_width(digit > 0.5) if scale < 1 else 0
    if missing > 0:
        digit = ndimage.grey_dilation(digit, 1 + math.ceil(missing))
    shape = (max(1, round(digit.shape[0] * scale)), max(1, round(digit.shape[1] * scale)))
    return np.pad(resize(digit.reshape(1, -1), digit.shape, shape)[0].reshape(shape), fine // 4)


def _grown(ink: Floats, strokes: tuple[float, float]) -> Floats:
    """The strokes widened or narrowed to that range of MNIST pixels; their edges are where the ink is half."""
    from scipy import ndimage

    inside = ink > HALF
    if not inside.any():
        inside = ink >= ink.max()
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    rows, columns = ndimage.find_objects(inside.astype(np.int8))[0]
    length = max(extent((rows, columns)))
    width = _stroke_width(inside)
    wanted = float(np.clip(width / length * BOX, *strokes)) / BOX
    grow = (wanted * length - width) / 2 / (1 - wanted)
    grow = float(np.clip(grow, -width / 4, length / 5))
    edges = np.clip(distance + _holes_kept(distance, grow) + 0.5, 0, 1)
    rows, columns = ndimage.find_objects((edges > 0).astype(np.int8))[0]
    return np.asarray(edges[rows, columns])


def _holes_kept(distance: Floats, grow: float) -> Floats:
    """How far the outline moves at each pixel: by `grow`, but no hole of a loop gets narrower than HOLE.

    distance: to the outline, negative on paper. Holes that are narrower than half of HOLE are gaps, and close.
    """
    from scipy import ndimage

    moves = np.full(distance.shape, grow)
    if grow <= 0:
        return moves
    paper, count = ndimage.label(distance < 0)
    depths = -ndimage.minimum(distance, paper, np.arange(1, count + 1))
    for hole, depth in enumerate(np.atleast_1d(depths), 1):
        if hole != paper[0, 0] and depth >= HOLE / 4:
            moves[paper == hole] = min(grow, depth - HOLE / 2)
    return moves


def _stroke_width(inside: Mask) -> float:
    """Twice the area over the length of the outline: the width of a long shape, 0 for an empty one."""
    from scipy import ndimage

    slope = np.gradient(ndimage.gaussian_filter(inside.astype(np.float64), 1.0))
    return float(2 * inside.sum() / max(float(np.hypot(*slope).sum()), 1e-9))


def _centred(ink: Floats) -> Floats:
    from scipy import ndimage

    scale = BOX * FINE / max(ink.shape)
    shape = (max(1, round(ink.shape[0] * scale)), max(1, round(ink.shape[1] * scale)))
    ink = np.clip(resize(ink.reshape(1, -1), ink.shape, shape)[0].reshape(shape), 0, 1)
    side = MNIST * FINE
    centre = ndimage.center_of_mass(ink)
    top, left = (
        int(np.clip(round((side + FINE - 1) / 2 - middle), 0, side - size))
        for middle, size in zip(centre, shape, strict=True)
    )
    page = np.zeros((side, side))
    page[top : top + shape[0], left : left + shape[1]] = ink
    return np.asarray(page.reshape(MNIST, FINE, MNIST, FINE).mean(axis=(1, 3)))
