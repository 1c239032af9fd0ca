"""A photographed sheet to a straightened one: its four corner marks are found, and the perspective undone."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from ...errors import ImageError
from ..decode import Floats
from ..finding.segment import Mask
from ..geometry import bilinear
from .layout import HEIGHT, MARK, WIDTH

SCALE = 4  # pixels per millimetre of a straightened form


def find_marks(picture: Floats) -> Floats:
    """(4, 2) row and column of the marks' centres in `picture` (rows, columns, 3): top left, then clockwise."""
    with_hole: list[tuple[Floats, float]] = []
    solid: list[tuple[Floats, float]] = []
    for centre, area, hole in _squares(picture.min(axis=2)):
        (with_hole if hole > 0.1 else solid).append((centre, area))
    best, found = 0.0, None
    for first, area in with_hole:
        alike = [centre for centre, other in solid if 0.3 < other / area < 3]
        for three in itertools.combinations(alike[:14], 3):
            corners = _clockwise(np.array([first, *three]))
            if (size := _convex_area(corners)) > best:
                best, found = size, corners
    if found is None or best < 0.05 * picture[:, :, 0].size:
        marks = f"{len(with_hole)} with a hole, {len(solid)} without"
        raise ImageError(f"the four corner marks were not found (squares seen: {marks}); photograph the whole sheet")
    return found


def _squares(grey: Floats) -> list[tuple[Floats, float, float]]:
    """Centre, area and the hole's share of each dark square, largest first."""
    from scipy import ndimage

    paper = ndimage.uniform_filter(ndimage.maximum_filter(grey, 9), max(grey.shape) // 8)
    labels, _ = ndimage.label(grey < 0.6 * paper)
    squares = []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        rows, columns = (side.stop - side.start for side in box)
        if min(rows, columns) < 5 or max(rows, columns) > max(grey.shape) / 6:
            continue
        own = labels[box] == number
        whole = ndimage.binary_fill_holes(own)
        if _is_square(whole):
            centre = np.add(ndimage.center_of_mass(whole), (box[0].start, box[1].start))
            squares.append((centre, float(whole.sum()), 1 - own.sum() / whole.sum()))
    return sorted(squares, key=lambda square: -square[1])


def _is_square(shape: Mask) -> bool:
    """Whether its second moments are a square's, seen at a slant perhaps: area² = 144 det(covariance)."""
    points = np.argwhere(shape).astype(float)
    if len(points) < 20:
        return False
    covariance = np.cov(points.T) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(covariance)
    filled = len(points) / (12 * np.sqrt(max(small * large, 1e-9)))
    return bool(large < 4 * small and 0.93 < filled < 1.06)


def _clockwise(points: Floats) -> Floats:
    """The first point, then the others in the order in which they follow it clockwise."""
    down, right = (points - points.mean(axis=0)).T
    order = np.argsort(np.arctan2(down, right))
    return np.asarray(points[np.roll(order, -int(np.flatnonzero(order == 0)[0]))])


def _convex_area(corners: Floats) -> float:
    """The area of a quadrilateral, 0 where it is not convex or far from the shape of a sheet."""
    sides = np.roll(corners, -1, axis=0) - corners
    turns = sides[:, 1] * np.roll(sides[:, 0], -1) - sides[:, 0] * np.roll(sides[:, 1], -1)
    lengths = np.linalg.norm(sides, axis=1)
    if not (turns > 0).all() or lengths.max() > 4 * lengths.min():
        return 0.0
    across, along = lengths[[0, 2]].mean(), lengths[[1, 3]].mean()
    return float(turns.sum() / 4) if along > 0.9 * across else 0.0


def straightened(picture: Floats, marks: Floats) -> Floats:
    """The ink of the sheet seen from above, SCALE pixels per millimetre, with MARK millimetres around the marks."""
    from scipy import ndimage

    sheet = np.array([[0, 0], [0, WIDTH], [HEIGHT, WIDTH], [HEIGHT, 0]])
    H = homography(sheet, marks)
    rows, columns = (round(SCALE * (size + 2 * MARK)) for size in (HEIGHT, WIDTH))
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")) / SCALE - MARK
    down, right, depth = np.tensordot(H, np.concatenate([grid, np.ones((1, rows, columns))]), 1)
    taps = bilinear(down / depth, right / depth, picture.shape[:2])
    colours = picture.reshape(-1, 3)
    seen = sum(colours[pixels] * weights[..., None] for pixels, weights in zip(*taps, strict=True))
    size = round(SCALE * 3)
    paper = np.stack([ndimage.percentile_filter(seen[::4, ::4, k], 80, size) for k in range(3)], axis=2)
    paper = np.stack([ndimage.zoom(paper[:, :, k], 4, order=1)[:rows, :columns] for k in range(3)], axis=2)
    return np.asarray(np.max(1 - seen / np.maximum(paper, 0.05), axis=2).clip(0, 1))


def homography(source: npt.NDArray[np.generic], target: Floats) -> Floats:
    """(3, 3) H that takes each of four points (row, column, 1) of source to a multiple of target's."""
    equations = []
    for (y, x), (v, u) in zip(source.astype(float), target, strict=True):
        equations.append([y, x, 1, 0, 0, 0, -v * y, -v * x, -v])
        equations.append([0, 0, 0, y, x, 1, -u * y, -u * x, -u])
    return np.asarray(np.linalg.svd(np.array(equations))[2][-1].reshape(3, 3))
