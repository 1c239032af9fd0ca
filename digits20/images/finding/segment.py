"""A picture to the ink of its digit: dust, shadows, ruled lines and the table are left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..decode import Floats
from ..geometry import border
from .paper import ink_map, subtract_shadows

Mask = npt.NDArray[np.bool_]
Box = tuple[slice, slice]

FAINTEST = 0.08  # contrast of ink, where 1 is black on white
FAINTEST_DRAWN = 0.05  # on paper of exactly one shade, as drawing programs have it
ALONE = 0.2  # of all ink: a symbol with less is part of a texture
SOFT = 0.25  # of the symbol's length: an edge that fades over more is a shadow's
PAGE, STRAIGHT = 0.2, 0.85  # a page is at least this share of the picture, and of the rectangle around it


@dataclass(frozen=True, eq=False)
class Symbol:
    """One symbol of a picture. ink: (rows, columns), cut out, 0 paper to 1 a stroke.

    box: (left, top, right, bottom) of its ink in pixels of the picture, right and bottom exclusive. line: the number of
    its line of writing, from 0 at the top. marks: of one that was taken alone, how many like it the picture seems to
    have, itself included.
    """

    ink: Floats
    box: tuple[int, int, int, int]
    line: int = 0
    marks: int = 1

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def area(self) -> int:
        """Pixels of its box."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def find_digit(picture: Floats) -> Floats | None:
    """The ink of the one digit in `picture` (rows, columns, 3), cut out: 0 paper, 1 a stroke. None if there is none.

    Of several symbols it is the largest, with what stands close to it.
    """
    found = on_page(picture, one_symbol)
    return found[0].ink if found else None


def on_page(picture: Floats, find: Callable[[Floats], list[Symbol]], pages: int = 2) -> list[Symbol]:
    """The symbols that `find` makes of the ink map (rows, columns) of `picture` (rows, columns, 3).

    If the "ink" is a light page on a darker table, they are looked for on that page first. pages: how many pages may
    lie upon each other.
    """
    from scipy import ndimage

    ink, light = ink_map(picture)
    if max(ink.shape) > 150:
        ink = ndimage.gaussian_filter(ink, max(ink.shape) / 600)
    page = _page(picture, ink) if light and pages else None
    if page is not None and (found := on_page(page[0], find, pages - 1)):
        return [_moved(symbol, page[1]) for symbol in found]
    return find(subtract_shadows(ink))


def _moved(symbol: Symbol, corner: tuple[int, int]) -> Symbol:
    left, top, right, bottom = symbol.box
    row, column = corner
    return replace(symbol, box=(left + column, top + row, right + column, bottom + row))


def one_symbol(ink: Floats) -> list[Symbol]:
    """The main symbol of an ink map; [] if there is none."""
    from scipy import ndimage

    kept = _symbol(ink > threshold(ink))
    if not kept.any():
        return []
    box = ndimage.find_objects(kept.astype(np.int8))[0]
    return cut_out(ink, kept[box], box)


def cut_out(ink: Floats, kept: Mask, box: Box, line: int = 0) -> list[Symbol]:
    """The ink at and around the pixels `kept` of a box as a symbol; [] if its edges fade as slowly as a shadow's."""
    from scipy import ndimage

    reach = 2 + max(ink.shape) // 200
    around = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
    ink = ink[around]
    starts = [side.start - wide.start for side, wide in zip(box, around, strict=True)]
    sizes = zip(starts, ink.shape, kept.shape, strict=True)
    kept = np.pad(kept, [(start, whole - start - part) for start, whole, part in sizes])
    level = float(np.percentile(ink[kept], 75))
    if _edge_width(kept, ink / level) > SOFT:
        return []
    near = ndimage.binary_dilation(kept, np.ones((3, 3)), iterations=reach)
    rows, columns = box
    return [Symbol(np.where(near, ink, 0) / level, (columns.start, rows.start, columns.stop, rows.stop), line)]


def _edge_width(kept: Mask, ink: Floats) -> float:
    """Over what length the ink fades at the symbol's edges, as a share of the symbol's length."""
    from scipy import ndimage

    rows, columns = ndimage.find_objects(np.pad(kept, 1).astype(np.int8))[0]
    box = tuple(slice(max(0, side.start - 2), side.stop) for side in (rows, columns))
    outline = kept[box] & ~ndimage.binary_erosion(kept[box], border_value=1)
    slope = np.hypot(_steepest(ink[box], 0), _steepest(ink[box], 1))[outline]
    return float(1 / max(slope.mean(), 1e-9) / max(extent((rows, columns)))) if outline.any() else 0.0


def _steepest(ink: Floats, axis: int) -> Floats:
    """The larger of each pixel's differences to its two neighbours; their mean is 0 on a stroke one pixel wide."""
    steps = np.abs(np.diff(ink, axis=axis))
    ends = [(0, 0), (0, 0)]
    ends[axis] = (1, 1)
    steps = np.pad(steps, ends)
    return np.asarray(np.maximum(np.delete(steps, 0, axis), np.delete(steps, -1, axis)))


def _page(picture: Floats, ink: Floats) -> tuple[Floats, tuple[int, int]] | None:
    """The page on a table of another shade, with the table painted over, and its corner (row, column) in the picture.

    None if the ink is no page.
    """
    from scipy import ndimage

    labels, count = ndimage.label(ink > threshold(ink))
    if not count:
        return None
    largest = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
    box = ndimage.find_objects(largest.astype(np.int8))[0]
    page = ndimage.binary_fill_holes(largest[box])
    if largest.sum() < page.sum() / 2 or page.sum() < PAGE * ink.size or _rectangularity(page) < STRAIGHT:
        return None
    page = ndimage.binary_erosion(page, iterations=2 + max(page.shape) // 50)
    if not page.any():
        return None
    painted = np.where(page[:, :, None], picture[box], np.median(picture[box][page], axis=0))
    return painted, (box[0].start, box[1].start)


def _rectangularity(shape: Mask) -> float:
    """The share of the smallest rectangle around a shape that the shape fills; tilts of up to 20 degrees are tried."""
    rows = np.flatnonzero(shape.any(axis=1))
    left, right = shape[rows].argmax(axis=1), shape.shape[1] - shape[rows, ::-1].argmax(axis=1)
    corners = np.concatenate([np.stack([rows + side, ends]) for side in (0, 1) for ends in (left, right)], axis=1)
    angles = np.deg2rad(np.linspace(-20, 20, 11))
    turns = np.stack([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]])
    turned = turns.transpose(2, 0, 1) @ corners
    return float(shape.sum() / np.ptp(turned, axis=2).prod(axis=1).min())


def threshold(ink: Floats) -> float:
    """The level above which a pixel is ink: far above the noise, and not far below the darkest spot.

    Faint ink counts where most of the paper is exactly bare.
    """
    from scipy import ndimage

    noise = 1.4826 * float(np.median(np.abs(np.diff(ink, axis=1)))) if ink.shape[1] > 1 else 0.0
    level = max(5 * noise, 0.35 * float(ndimage.uniform_filter(ink, 3).max()))
    if level < FAINTEST and ink.max() > FAINTEST_DRAWN and not np.median(ink):
        return level
    return max(FAINTEST, level)


def _symbol(mask: Mask) -> Mask:
    """The connected pieces of ink that make up the digit: the largest one, and those large and near enough to it."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return mask
    areas = np.bincount(labels.ravel())[1:].astype(float)
    boxes = ndimage.find_objects(labels)
    areas = without_cut_pieces(areas, labels)
    main = int(areas.argmax())
    if max(extent(boxes[main])) < 6 or areas[main] < 8:
        return np.zeros_like(mask)
    reach = 0.35 * max(extent(boxes[main]))
    belongs = [
        area >= 0.05 * areas[main] and _gap(box, boxes[main]) <= reach for area, box in zip(areas, boxes, strict=True)
    ]
    symbol = np.isin(labels, np.flatnonzero(belongs) + 1)
    return np.asarray(symbol & (symbol.sum() >= ALONE * areas.sum()))


def without_cut_pieces(areas: Floats, labels: npt.NDArray[np.int32]) -> Floats:
    """The areas of the pieces, with 0 for those cut by the border: a table, a shadow, a ruled line.

    If nothing else is large enough to be the digit, all keep their areas: the digit itself is cut.
    """
    outline = border(labels)
    contact = np.bincount(outline, minlength=len(areas) + 1)[1:]
    within = np.where(contact == 0, areas, 0).max()
    lying_along = contact > 0.15 * len(outline)
    lost = (contact > 0) & (within >= np.where(lying_along, 0.02, 0.3) * areas)
    return np.where(lost, 0, areas)


def extent(box: Box) -> tuple[int, int]:
    """Rows and columns of a box."""
    return box[0].stop - box[0].start, box[1].stop - box[1].start


def _gap(a: Box, b: Box) -> float:
    """Pixels between two boxes, along the axis on which they are farther apart."""
    return float(max(max(p.start - q.stop, q.start - p.stop) for p, q in zip(a, b, strict=True)))
