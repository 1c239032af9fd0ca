"""A picture to a map of its ink: the paper's colour and uneven light are removed."""

from __future__ import annotations

import numpy as np

from ..decode import Floats
from ..geometry import border

BROAD = 0.33  # of the picture's longer side: no stroke is so wide
STEP = 0.15  # how far colours lie from the surface where that does not follow the light,
UNEVEN, PATCHY = 0.08, 0.3  # at such a share of the border or, as ink does not, of the whole


def ink_map(picture: Floats) -> tuple[Floats, bool]:
    """How much ink each pixel of `picture` (rows, columns, 3) has, (rows, columns): 0 paper, 1 black on white.

    The second value is whether the ink is lighter than the paper. Colours are projected onto the one direction in which
    they differ most from the paper.
    """
    paper = _paper(picture)
    apart = (picture - paper).reshape(-1, 3)
    marked = apart[:, 0].astype(bool) | apart[:, 1].astype(bool) | apart[:, 2].astype(bool)
    where = marked if 2 * np.count_nonzero(marked) < marked.size else slice(None)  # bare paper is skipped
    pixels = apart[where]
    direction = np.linalg.eigh((pixels * (pixels**2).sum(axis=1, keepdims=True)).T @ pixels)[1][:, -1]
    direction *= np.sign(direction.sum()) or 1.0
    most = np.abs(direction).sum()
    along = pixels @ (direction / most)
    light = bool(np.sum(along**3) > 0)
    if not light:  # a shadow darkens dark ink and paper by the same factor
        along = -along / np.maximum(paper.reshape(-1, 3)[where] @ (np.abs(direction) / most), 0.3)
    ink = np.zeros(picture.shape[:2])
    ink.reshape(-1)[where] = along
    return ink, light


def _paper(picture: Floats) -> Floats:
    """(rows, columns, 3) the colour of the paper under each pixel: a cubic surface, fitted robustly from the border on.

    A picture whose border has one colour, which is the median too, was drawn, not photographed: that is its paper.
    """
    edges = border(picture)
    if (edges == edges[0]).all() and np.all(np.median(picture.reshape(-1, 3), axis=0) == edges[0]):
        return np.broadcast_to(edges[0], picture.shape)
    coarse, places = _coarse(picture)
    edge = np.median(border(coarse), axis=0)
    surface = np.broadcast_to(edge, coarse.shape)
    terms = {degree: _terms(places, degree) for degree in (0, 1, 3)}
    coefficients = np.zeros((1, 1, 3))
    for degree in (0, 1, 1, 1, 3, 3, 3, 3):
        distance = np.linalg.norm(coarse - surface, axis=2)
        usual = max(2 * float(np.median(border(distance))), 0.02)
        weights = 1 / (1 + (distance / usual) ** 2) ** 2
        coefficients = _fit(coarse, weights, terms[degree], degree)
        surface = _surface(coefficients, *places)
    apart = np.linalg.norm(coarse - surface, axis=2) > STEP
    if border(apart).mean() > UNEVEN or apart.mean() > PATCHY:
        return _between_strokes(picture)
    rows, columns = picture.shape[:2]
    return np.clip(_surface(coefficients, _along(rows), _along(columns)), 0, 1)


def _between_strokes(picture: Floats) -> Floats:
    """(rows, columns, 3) what is between and beside the strokes, shadows with their edges included.

    A morphological closing takes away dark strokes, an opening light ones. Narrow strokes tell which of them are ink:
    the paper between strokes is wider than these.
    """
    from scipy import ndimage

    longest, grey, balance = max(picture.shape[:2]), picture.mean(axis=2), 0.0
    sizes = [max(3, round(longest * BROAD * share)) for share in (1 / 8, 1 / 4, 1 / 2, 1)]
    for size in sizes:
        light = grey - ndimage.grey_opening(grey, (size, size), mode="nearest")
        dark = ndimage.grey_closing(grey, (size, size), mode="nearest") - grey
        balance += float(np.sum(light**3) - np.sum(dark**3)) / size
    rest = ndimage.grey_opening if balance > 0 else ndimage.grey_closing
    channels = [rest(picture[:, :, channel], sizes[-1:] * 2, mode="nearest") for channel in range(3)]
    return np.stack(channels, axis=2)


def _along(size: int) -> Floats:
    return (np.arange(size) + 0.5) / size * 2 - 1


def _coarse(picture: Floats, most: int = 48) -> tuple[Floats, tuple[Floats, Floats]]:
    """Means over blocks of the picture, and their row and column coordinates from -1 to 1."""
    places, edges = [], []
    for size in picture.shape[:2]:
        starts = np.linspace(0, size, min(size, most) + 1).astype(int)
        edges.append(starts)
        places.append((starts[:-1] + starts[1:]) / size - 1)
    sums = np.add.reduceat(np.add.reduceat(picture, edges[0][:-1], axis=0), edges[1][:-1], axis=1)
    areas = np.outer(*(np.diff(starts) for starts in edges))
    return sums / areas.reshape(areas.shape + (1,) * (picture.ndim - 2)), (places[0], places[1])


def _powers(degree: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]


def _terms(places: tuple[Floats, Floats], degree: int) -> Floats:
    """(rows, columns, terms): the products of powers of row and column up to that degree."""
    return np.stack([np.outer(places[0] ** i, places[1] ** j) for i, j in _powers(degree)], axis=-1)


def _fit(coarse: Floats, weights: Floats, terms: Floats, degree: int) -> Floats:
    """(degree + 1, degree + 1, 3) coefficients of the weighted least-squares polynomial in row and column."""
    root = np.sqrt(weights)[:, :, None]
    A, B = (terms * root).reshape(-1, terms.shape[-1]), (coarse * root).reshape(-1, 3)
    solved = np.linalg.lstsq(A, B, rcond=None)[0]
    coefficients = np.zeros((degree + 1, degree + 1, 3))
    for (i, j), colour in zip(_powers(degree), solved, strict=True):
        coefficients[i, j] = colour
    return coefficients


def _surface(coefficients: Floats, rows: Floats, columns: Floats) -> Floats:
    degree = np.arange(len(coefficients))
    down, right = rows[:, None] ** degree, columns[:, None] ** degree
    return np.stack([down @ channel @ right.T for channel in np.moveaxis(coefficients, 2, 0)], axis=2)


def subtract_shadows(ink: Floats) -> Floats:
    """Ink without what is broader than any stroke, such as a shadow or the table: a top-hat transform.

    A morphological opening with a square of BROAD of the longer side keeps exactly those broad parts.
    """
    from scipy import ndimage

    longest = max(ink.shape)
    smooth = ndimage.uniform_filter(ink, max(1, longest // 100))
    return np.asarray(ink - ndimage.grey_opening(smooth, max(3, round(longest * BROAD)), mode="nearest"))
