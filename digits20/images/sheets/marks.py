"""A photographed sheet to a straightened one: its four corner marks are found, and the perspective undone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import ImageError
from ..decode import Floats
from ..finding.segment import Mask
from ..geometry import bilinear
from .layout import HEIGHT, MARK, WIDTH

SCALE = 4  # pixels per millimetre of a straightened form
SMALLEST = 0.05  # of the picture: no sheet between its marks is smaller
CORNERS = ("upper left", "upper right", "lower right", "lower left")


def find_marks(picture: Floats) -> Floats:
    """(4, 2) row and column of the marks' centres in `picture` (rows, columns, 3): top left, then clockwise.

    Raises ImageError that names the mark that is missing, or says that there are none.
    """
    grey = picture.min(axis=2)
    dark = _dark(grey)
    squares = _squares(dark, dark)
    found = _corners(grey, squares)
    if found is None:  # a stroke of a pen may hang on a mark
        squares = sorted([*squares, *_squares(_without_strokes(dark), dark)], key=lambda square: -square.area)
        found = _corners(grey, squares)
    if found is None:
        missing = _missing(grey, squares)
        seen = f"the {missing} one is missing, outside the picture or covered" if missing else "not even three of them"
        raise ImageError(f"the four corner marks were not found ({seen}); photograph the whole sheet with all four")
    others = [square for square in squares if not (found == square.centre).all(axis=1).any()]
    if _corners(grey, others) is not None:
        raise ImageError("the corner marks of more than one sheet; photograph each by itself")
    return found


def is_form(picture: Floats) -> bool:
    """Whether the four corner marks of a form are seen at a quick look: among the largest squares."""
    grey = picture.min(axis=2)
    dark = _dark(grey)
    return _corners(grey, _squares(dark, dark)[:20]) is not None


@dataclass(frozen=True)
class _Square:
    """A dark square: its centre (row, column), its area in pixels, and the share of it that is a hole."""

    centre: Floats
    area: float
    hole: float

    @property
    def with_hole(self) -> bool:
        return self.hole > 0.1


def _corners(grey: Floats, squares: list[_Square]) -> Floats | None:
    """The largest four squares that lie and look as the marks do; None if there are none."""
    found: list[tuple[float, Floats]] = []
    for first in filter(lambda square: square.with_hole, squares):
        others = np.array([one.centre for one in _alike(first, squares)])
        threes = np.array(list(itertools.combinations(range(len(others)), 3)), dtype=int).reshape(-1, 3)
        firsts = np.broadcast_to(first.centre, (len(threes), 1, 2))
        corners = _clockwise(np.concatenate([firsts, others.reshape(-1, 2)[threes]], axis=1))
        areas = _convex_area(corners)
        large = np.flatnonzero((areas >= SMALLEST * grey.size) & _is_in_scale(first, areas))
        found += [(float(areas[place]), corners[place]) for place in large]
    ordered = (corners for _, corners in sorted(found, key=lambda one: -one[0]))
    return next((corners for corners in ordered if all(_are_marks(grey, corners))), None)


def _missing(grey: Floats, squares: list[_Square]) -> str | None:
    """Where the mark that is not seen would be, if the three others are; None if they are not."""
    for first in squares:
        others = [one for one in squares if one.with_hole and 0.5 < one.area / first.area < 2]
        if others and not first.with_hole:  # then it is not the first mark that is missing
            continue
        for two in itertools.combinations(_alike(first, squares), 2):
            three = np.array([first.centre, *(one.centre for one in two)])
            apart = np.linalg.norm(three[:, None] - three, axis=2).sum(axis=1)
            fourth = three.sum(axis=0) - 2 * three[apart.argmin()]  # opposite the mark at the right angle
            whole = np.array([*three, fourth] if first.with_hole else [fourth, *three])
            corners = _clockwise(whole)
            place = int(np.flatnonzero((corners == fourth).all(axis=1))[0])
            area = _convex_area(corners)
            if area >= SMALLEST * grey.size and _is_in_scale(first, area).all() and sum(_are_marks(grey, corners)) == 3:
                return CORNERS[place]
    return None


def _alike(first: _Square, squares: list[_Square]) -> list[_Square]:
    """The largest squares without a hole whose area is like that of the first."""
    return [one for one in squares if one is not first and not one.with_hole and 0.3 < one.area / first.area < 3][:14]


def _is_in_scale(mark: _Square, areas: Floats) -> Mask:
    """Whether a mark is about as large as those of a sheet whose marks are around such an area, seen at a slant."""
    scale = mark.area * WIDTH * HEIGHT / MARK**2
    return np.asarray((areas < 4 * scale) & (scale < 4 * areas))


def _are_marks(grey: Floats, corners: Floats) -> list[bool]:
    """Whether there is a dark square of the marks' size at each corner, paper around it and a hole in the first."""
    centres = np.array([[0, 0], [0, WIDTH], [HEIGHT, WIDTH], [HEIGHT, 0]])
    H = homography(centres, corners)
    y, x = np.meshgrid(*[np.arange(-0.9 * MARK, 0.9 * MARK + 0.1, MARK / 20)] * 2, indexing="ij")
    away = np.maximum(np.abs(y), np.abs(x)) / MARK  # 0.5 on the mark's edge, 0.25 on the hole's
    solid, hole, around = (away > 0.3) & (away < 0.42), away < 0.15, away > 0.65
    answers = []
    for number, (down, right) in enumerate(centres):
        at = np.tensordot(H, np.stack([y + down, x + right, np.ones_like(y)]), 1)
        rows, columns = (np.rint(at[:2] / at[2]).astype(int).T.clip(0, np.array(grey.shape) - 1)).T
        seen = grey[rows, columns]
        paper = float(np.percentile(seen[around], 25))
        is_mark = float(np.percentile(seen[solid], 90)) < 0.7 * paper
        answers.append(is_mark and (number > 0 or float(np.median(seen[hole])) > float(np.median(seen[solid])) + 0.1))
    return answers


def _dark(grey: Floats) -> Mask:
    from scipy import ndimage

    paper = ndimage.uniform_filter(ndimage.maximum_filter(grey, 9), max(grey.shape) // 8)
    return np.asarray(grey < 0.6 * paper)


def _without_strokes(dark: Mask) -> Mask:
    """The dark shapes with small holes filled and all that is as narrow as a pen's stroke taken away."""
    from scipy import ndimage

    holes, _ = ndimage.label(~dark)
    small = np.bincount(holes.ravel()) < (max(dark.shape) / 40) ** 2
    small[0] = True
    radius = max(2.0, max(dark.shape) / 400)
    core = ndimage.distance_transform_edt(small[holes]) > radius
    return np.asarray(ndimage.distance_transform_edt(~core) <= radius)


def _squares(shapes: Mask, dark: Mask) -> list[_Square]:
    """Those of the connected shapes that are squares, largest first; holes are where they are not dark."""
    from scipy import ndimage

    labels, _ = ndimage.label(shapes)
    squares = []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        rows, columns = (side.stop - side.start for side in box)
        if min(rows, columns) < 5 or max(rows, columns) > max(shapes.shape) / 6:
            continue
        whole = ndimage.binary_fill_holes(labels[box] == number)
        if _is_square(whole):
            centre = np.add(ndimage.center_of_mass(whole), (box[0].start, box[1].start))
            squares.append(_Square(centre, float(whole.sum()), 1 - float(dark[box][whole].mean())))
    return sorted(squares, key=lambda square: -square.area)


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
    """Of each four points (…, 4, 2) the first, then the others in the order in which they follow it clockwise."""
    down, right = np.moveaxis(points - points.mean(axis=-2, keepdims=True), -1, 0)
    order = np.argsort(np.arctan2(down, right), axis=-1)
    turned = (np.argmax(order == 0, axis=-1)[..., None] + np.arange(4)) % 4
    order = np.take_along_axis(order, turned, axis=-1)
    return np.take_along_axis(points, order[..., None], axis=-2)


def _convex_area(corners: Floats) -> Floats:
    """The areas of quadrilaterals (…, 4, 2), 0 where one is not convex or far from the shape of a sheet."""
    sides = np.roll(corners, -1, axis=-2) - corners
    down, right = np.moveaxis(sides, -1, 0)
    turns = right * np.roll(down, -1, axis=-1) - down * np.roll(right, -1, axis=-1)
    lengths = np.linalg.norm(sides, axis=-1)
    across, along = lengths[..., [0, 2]].mean(axis=-1), lengths[..., [1, 3]].mean(axis=-1)
    is_sheet = (turns > 0).all(axis=-1) & (lengths.max(axis=-1) <= 4 * lengths.min(axis=-1)) & (along > 0.9 * across)
    return np.where(is_sheet, turns.sum(axis=-1) / 4, 0.0)


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
