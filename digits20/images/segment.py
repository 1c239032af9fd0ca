"""A picture to the ink of its one symbol: paper and light taken out, dust, shadows and the table left behind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .decode import Floats
from .geometry import border

Mask = npt.NDArray[np.bool_]
Box = tuple[slice, slice]

FAINTEST = 0.08  # contrast that can be ink, of all that there is from black to white
ALONE = 0.2  # of all ink: a symbol that is less is a part of a texture
SOFT = 0.25  # of the symbol's length: what fades more slowly is a shadow
BROAD = 0.33  # of the picture's longer side: no stroke is so wide
PAGE, STRAIGHT = 0.2, 0.85  # a page is at least so much of the picture, and of the rectangle around it


def contrast(picture: Floats) -> tuple[Floats, bool]:
    """How far each pixel of `picture` (rows, columns, 3) is from the paper, towards the ink: 0 paper, 1 black on white;
    and whether the ink is lighter than the paper.

    Colours are looked at along the one direction in which they differ most from the paper.
    """
    paper = _paper(picture)
    apart = (picture - paper).reshape(-1, 3)
    marked = apart[:, 0].astype(bool) | apart[:, 1].astype(bool) | apart[:, 2].astype(bool)
    where = marked if 2 * np.count_nonzero(marked) < marked.size else slice(None)  # a drawing is mostly bare paper
    pixels = apart[where]
    direction = np.linalg.eigh((pixels * (pixels**2).sum(axis=1, keepdims=True)).T @ pixels)[1][:, -1]
    direction *= np.sign(direction.sum()) or 1.0
    most = np.abs(direction).sum()
    along = pixels @ (direction / most)
    light = bool(np.sum(along**3) > 0)
    if not light:  # dark ink: what a shadow leaves of it is a share of what it leaves of the paper
        along = -along / np.maximum(paper.reshape(-1, 3)[where] @ (np.abs(direction) / most), 0.3)
    ink = np.zeros(picture.shape[:2])
    ink.reshape(-1)[where] = along
    return ink, light


def _paper(picture: Floats) -> Floats:
    """(rows, columns, 3) the colour of the paper under each pixel: a cubic surface, as the border is.

    A picture of one colour all along its border, the median colour too, was drawn, not photographed: that is its paper.
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
    rows, columns = picture.shape[:2]
    return np.clip(_surface(coefficients, _along(rows), _along(columns)), 0, 1)


def _along(size: int) -> Floats:
    return (np.arange(size) + 0.5) / size * 2 - 1


def _coarse(picture: Floats, most: int = 48) -> tuple[Floats, tuple[Floats, Floats]]:
    """Means over blocks of the picture, and where those lie from -1 to 1, by row and by column."""
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
    """(rows, columns, terms): each product of powers of row and column, up to that degree."""
    return np.stack([np.outer(places[0] ** i, places[1] ** j) for i, j in _powers(degree)], axis=-1)


def _fit(coarse: Floats, weights: Floats, terms: Floats, degree: int) -> Floats:
    """(degree + 1, degree + 1, 3) coefficients of the polynomial in row and column that is nearest to the colours."""
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


def without_shadows(ink: Floats) -> Floats:
    """Ink less what is as broad as no stroke is, a shadow or the table: the local threshold.

    A morphological opening leaves just that, its edges too, be they sharp or soft.
    """
    from scipy import ndimage

    longest = max(ink.shape)
    smooth = ndimage.uniform_filter(ink, max(1, longest // 100))
    return np.asarray(ink - ndimage.grey_opening(smooth, max(3, round(longest * BROAD)), mode="nearest"))


# the digit


def find_digit(picture: Floats, pages: int = 2) -> Floats | None:
    """The part of `picture` (rows, columns, 3) that holds the digit and nothing else, as ink: 0 paper, 1 a stroke.

    Where the "ink" is a page on a darker table, the digit is looked for on it first, on up to `pages` pages one upon
    another. None where no digit is.
    """
    from scipy import ndimage

    ink, light = contrast(picture)
    if max(ink.shape) > 150:
        ink = ndimage.gaussian_filter(ink, max(ink.shape) / 600)
    page = _page(picture, ink) if light and pages else None
    digit = find_digit(page, pages - 1) if page is not None else None
    if digit is not None:
        return digit
    ink = without_shadows(ink)
    kept = _symbol(ink > _threshold(ink))
    if not kept.any():
        return None
    level = float(np.percentile(ink[kept], 75))
    if _softness(kept, ink / level) > SOFT:
        return None
    reach = 2 + max(ink.shape) // 200
    rows, columns = ndimage.find_objects(kept.astype(np.int8))[0]
    box = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in (rows, columns))
    near = ndimage.binary_dilation(kept[box], np.ones((3, 3)), iterations=reach)
    return np.where(near, ink[box], 0) / level


def _softness(kept: Mask, ink: Floats) -> float:
    """How far the ink takes to fade at the symbol's edges, as a share of the symbol's length."""
    from scipy import ndimage

    rows, columns = ndimage.find_objects(np.pad(kept, 1).astype(np.int8))[0]
    box = tuple(slice(max(0, side.start - 2), side.stop) for side in (rows, columns))
    outline = kept[box] & ~ndimage.binary_erosion(kept[box], border_value=1)
    slope = np.hypot(*np.gradient(ink[box]))[outline]
    return float(1 / max(slope.mean(), 1e-9) / max(extent((rows, columns)))) if outline.any() else 0.0


def _page(picture: Floats, ink: Floats) -> Floats | None:
    """The page that lies on a table of another shade, the table blotted out; None where the ink is no page."""
    from scipy import ndimage

    labels, count = ndimage.label(ink > _threshold(ink))
    if not count:
        return None
    largest = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
    box = ndimage.find_objects(largest.astype(np.int8))[0]
    page = ndimage.binary_fill_holes(largest[box])
    if page.sum() < PAGE * ink.size or _rectangularity(page) < STRAIGHT:
        return None
    page = ndimage.binary_erosion(page, iterations=2 + max(page.shape) // 50)
    if not page.any():
        return None
    return np.asarray(np.where(page[:, :, None], picture[box], np.median(picture[box][page], axis=0)))


def _rectangularity(shape: Mask) -> float:
    """The share that a shape without holes has of the smallest rectangle around it, tilted by up to 20 degrees."""
    rows = np.flatnonzero(shape.any(axis=1))
    left, right = shape[rows].argmax(axis=1), shape.shape[1] - shape[rows, ::-1].argmax(axis=1)
    corners = np.concatenate([np.stack([rows + side, ends]) for side in (0, 1) for ends in (left, right)], axis=1)
    angles = np.deg2rad(np.linspace(-20, 20, 11))
    turns = np.stack([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]])
    turned = turns.transpose(2, 0, 1) @ corners
    return float(shape.sum() / np.ptp(turned, axis=2).prod(axis=1).min())


def _threshold(ink: Floats) -> float:
    """What is ink for sure: far above the noise, and not far below the darkest spot."""
    from scipy import ndimage

    noise = 1.4826 * float(np.median(np.abs(np.diff(ink, axis=1)))) if ink.shape[1] > 1 else 0.0
    return max(FAINTEST, 5 * noise, 0.35 * float(ndimage.uniform_filter(ink, 3).max()))


def _symbol(mask: Mask) -> Mask:
    """The pieces of ink that make the symbol: the largest one and what is large and near enough to belong to it."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return mask
    areas = np.bincount(labels.ravel())[1:].astype(float)
    boxes = ndimage.find_objects(labels)
    areas = _without_cut_pieces(areas, labels)
    main = int(areas.argmax())
    if max(extent(boxes[main])) < 6 or areas[main] < 8:
        return np.zeros_like(mask)
    reach = 0.35 * max(extent(boxes[main]))
    belongs = [
        area >= 0.05 * areas[main] and _gap(box, boxes[main]) <= reach for area, box in zip(areas, boxes, strict=True)
    ]
    symbol = np.isin(labels, np.flatnonzero(belongs) + 1)
    return np.asarray(symbol & (symbol.sum() >= ALONE * areas.sum()))


def _without_cut_pieces(areas: Floats, labels: npt.NDArray[np.int32]) -> Floats:
    """The areas of the pieces, 0 for those that the border cuts: a table, a shadow, a ruled line.

    All stay as they are where nothing within is large enough to be the digit: then the digit itself is cut.
    """
    outline = border(labels)
    contact = np.bincount(outline, minlength=len(areas) + 1)[1:]
    within = np.where(contact == 0, areas, 0).max()
    lying_along = contact > 0.15 * len(outline)
    lost = (contact > 0) & (within >= np.where(lying_along, 0.02, 0.3) * areas)
    return np.where(lost, 0, areas)


def extent(box: Box) -> tuple[int, int]:
    return box[0].stop - box[0].start, box[1].stop - box[1].start


def _gap(a: Box, b: Box) -> float:
    """Pixels between two boxes along the axis on which they are farther apart."""
    return float(max(max(p.start - q.stop, q.start - p.stop) for p, q in zip(a, b, strict=True)))
