"""One picture of a stranger's to one image as the network knows them: the digit found, cut out, set as MNIST does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..errors import ImageError
from ..types import StrPath
from .decode import Floats, called, read_picture
from .geometry import Shape, resize
from .segment import Mask, extent, find_digit

MNIST, BOX = 28, 20  # rows and columns of MNIST's images, and of the box that the digit fills there
FINE = 4  # pixels on the way for each of MNIST's
THUMB = 160  # pixels of the longer side that a Photo keeps of the picture
STROKES = (2.2, 3.2)  # pixels of MNIST: pens narrower or wider than its own are brought up or down to this


@dataclass(frozen=True, eq=False)
class Photo:
    """A digit that was found in a picture.

    pixels: (n,) float64, the image for the network: rows one after another, ink 1 on paper 0. original: the picture
    in grey, (rows, columns) from 0 black to 1 white, small.
    """

    pixels: Floats
    original: Floats


def read_photo(source: StrPath | bytes, image_shape: Shape = (20, 20), *, name: str | None = None) -> Photo:
    """The digit in a PNG, JPEG, WebP, BMP or GIF picture, in the style of the training images.

    source: the file's path, or its bytes. name: what messages call it. Dark ink on light paper or light on dark, any
    colour, uneven light, dust around. The digit's box is scaled to 20 rows or columns, put into 28x28 by its centre of
    mass (LeCun, Cortes & Burges, The MNIST database) and reduced to image_shape by `images.resize`, as the training
    images were.

    Raises ImageError, one line `name: what was seen`: see `read_picture`, and "no ink found" for a blank picture.
    """
    image, picture = _read(source, name)
    return Photo(_reduced(image, image_shape), _thumbnail(picture))


def read_pixels(
    source: StrPath | bytes, image_shapes: Iterable[Shape], *, name: str | None = None
) -> dict[Shape, Floats]:
    """`read_photo(source, shape).pixels` by shape, the picture looked at once. Raises ImageError as that does."""
    image, _ = _read(source, name)
    return {shape: _reduced(image, shape) for shape in image_shapes}


def _read(source: StrPath | bytes, name: str | None) -> tuple[Floats, Floats]:
    """The digit (28, 28) as MNIST has it, and the picture (rows, columns, 3) that it is in."""
    picture = read_picture(source, name)
    digit = find_digit(picture)
    if digit is None:
        raise ImageError(f"{called(source, name)}: no ink found")
    return as_mnist(digit), picture


def _reduced(image: Floats, shape: Shape) -> Floats:
    pixels: Floats = resize(image.reshape(1, -1), image.shape, shape)[0]
    return pixels


def _thumbnail(picture: Floats) -> Floats:
    grey = picture.mean(axis=2)
    rows, columns = (max(1, round(size * min(1, THUMB / max(grey.shape)))) for size in grey.shape)
    small = resize(grey.reshape(1, -1), grey.shape, (rows, columns))[0].reshape(rows, columns)
    return np.asarray(np.clip(small, 0, 1))


# MNIST's way


def as_mnist(digit: Floats) -> Floats:
    """(28, 28) image of `digit` (rows, columns), strokes 1 on 0: its box 20 pixels long, its mass in the middle."""
    ink = _grown(_boxed(digit))
    return _centred(ink)


def _boxed(digit: Floats) -> Floats:
    """The digit scaled to BOX * FINE pixels along its longer side, with a margin."""
    fine = 4 * BOX
    scale = fine / max(digit.shape)
    shape = (max(1, round(digit.shape[0] * scale)), max(1, round(digit.shape[1] * scale)))
    return np.pad(resize(digit.reshape(1, -1), digit.shape, shape)[0].reshape(shape), fine // 4)


def _grown(ink: Floats) -> Floats:
    """Strokes thickened or thinned to what MNIST's pens left; their edges where the ink is half."""
    from scipy import ndimage

    inside = ink > 0.5
    if not inside.any():
        inside = ink >= ink.max()
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    rows, columns = ndimage.find_objects(inside.astype(np.int8))[0]
    length = max(extent((rows, columns)))
    width = _stroke_width(inside)
    wanted = float(np.clip(width / length * BOX, *STROKES)) / BOX
    grow = (wanted * length - width) / 2 / (1 - wanted)
    grow = float(np.clip(grow, -width / 4, length / 5))
    edges = np.clip(distance + grow + 0.5, 0, 1)
    rows, columns = ndimage.find_objects((edges > 0).astype(np.int8))[0]
    return np.asarray(edges[rows, columns])


def _stroke_width(inside: Mask) -> float:
    """Twice area over outline, which is right for any long shape of even width."""
    from scipy import ndimage

    slope = np.gradient(ndimage.gaussian_filter(inside.astype(np.float64), 1.0))
    return float(2 * inside.sum() / np.hypot(*slope).sum())


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
