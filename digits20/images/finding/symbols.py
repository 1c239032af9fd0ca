"""The ink of a picture to its symbols in reading order: pieces are joined, frames and dust left out, lines found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..decode import Floats
from .segment import Box, Mask, Symbol, cut_out, extent, on_page, one_symbol, threshold, without_cut_pieces

SMALLEST = 6  # pixels: no symbol is lower and narrower than this
TALL = 0.45  # of the tallest symbol: what is lower is a mark, not a symbol of the same writing
THIN_INK = 0.06  # of the largest symbol's ink: with less it is dust
CLEAN = 0.6  # of all ink belongs to symbols: with less the picture is a texture
FRAME = 0.85  # of its own rectangle is filled by the hole of a box drawn around a symbol
MOST = 1000  # pieces of ink that are looked at


def find_symbols(picture: Floats) -> list[Symbol]:
    """The symbols in `picture` (rows, columns, 3), line by line and from left to right; [] if there are none.

    Pieces of one broken symbol stay together, symbols that touch are one: see `wide` and `cut`. Boxes around symbols,
    ruled lines and small marks are left out. A picture of one symbol without them gives what `find_digit` finds.
    """
    return on_page(picture, _symbols)


def _symbols(ink: Floats) -> list[Symbol]:
    groups, marks, framed = _groups(ink > threshold(ink))
    found = [symbol for kept, box, line in groups for symbol in cut_out(ink, kept, box, line)]
    if len(found) > 1 or (found and framed):
        return found
    return [replace(one, marks=max(marks, 1)) for one in one_symbol(ink)]


@dataclass
class _Group:
    """Pieces of ink that make one symbol: their numbers, their common box (top, left, bottom, right), their area."""

    pieces: list[int]
    box: tuple[int, int, int, int]
    area: float

    @property
    def height(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def width(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def slices(self) -> Box:
        top, left, bottom, right = self.box
        return slice(top, bottom), slice(left, right)

    def joined(self, other: _Group) -> _Group:
        low, high = np.minimum(self.box, other.box), np.maximum(self.box, other.box)
        box = (int(low[0]), int(low[1]), int(high[2]), int(high[3]))
        return _Group(self.pieces + other.pieces, box, self.area + other.area)


def _groups(mask: Mask) -> tuple[list[tuple[Mask, Box, int]], int, bool]:
    """Each symbol's pixels within its box, the box and the number of its line, in reading order; [] for a texture.

    Also how many marks are as large as symbols of one writing, those of a texture included; and whether frames or ruled
    lines were left out.
    """
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if not 1 < count <= MOST:
        return [], count, False
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(float)
    boxes = ndimage.find_objects(labels)
    kept = _without_cut(areas, labels, boxes)
    frames = [piece for piece in range(count) if kept[piece] and _is_frame(labels, piece, boxes, kept)]
    kept[frames] = 0
    pieces = [_Group([piece + 1], _sides(boxes[piece]), kept[piece]) for piece in range(count) if kept[piece] >= 4]
    if not pieces:
        return [], 0, False
    symbols = _of_one_writing(_joined(pieces))
    if sum(symbol.area for symbol in symbols) < CLEAN * kept.sum():
        return [], len(symbols), False
    lines = enumerate(_lines(symbols))
    found = [(np.isin(labels[one.slices], one.pieces), one.slices, number) for number, line in lines for one in line]
    return found, len(found), bool(frames)


def _without_cut(areas: Floats, labels: np.ndarray[tuple[int, ...], np.dtype[np.int32]], boxes: list[Box]) -> Floats:
    """The areas, 0 for pieces that the border cuts; in a strip not much higher than its symbols all are kept."""
    tallest = max(extent(box)[0] for box in boxes)
    strip = labels.shape[0] < 1.6 * tallest < 0.8 * labels.shape[1]
    return areas if strip else without_cut_pieces(areas, labels)


def _sides(box: Box) -> tuple[int, int, int, int]:
    return box[0].start, box[1].start, box[0].stop, box[1].stop


def _is_frame(
    labels: np.ndarray[tuple[int, ...], np.dtype[np.int32]], piece: int, boxes: list[Box], areas: Floats
) -> bool:
    """Whether a piece is a box, or a row of boxes, drawn around other ink; or a ruled line."""
    from scipy import ndimage

    rows, columns = extent(boxes[piece])
    if columns > 6 * rows and columns > 3 * np.median([extent(box)[0] for box in boxes]):
        return True
    own = labels[boxes[piece]] == piece + 1
    if max(rows, columns) < 3 * SMALLEST or own.mean() > 0.5:
        return False
    holes, _ = ndimage.label(~np.pad(own, 1))
    for number, hole in enumerate(ndimage.find_objects(holes), 1):
        inside = holes[hole] == number
        if number == holes[0, 0] or inside.mean() < FRAME or min(inside.shape) < SMALLEST:
            continue
        other = np.unique(labels[boxes[piece]][holes[1:-1, 1:-1] == number])
        if any(areas[label - 1] and extent(boxes[label - 1])[0] > 0.25 * inside.shape[0] for label in other if label):
            return True
    return False


# which pieces make one symbol


def _joined(pieces: list[_Group]) -> list[_Group]:
    """The pieces of broken symbols joined, largest first."""
    groups: list[_Group] = []
    for piece in sorted(pieces, key=lambda piece: -piece.area):
        near = [group for group in groups if _belong(group, piece)]
        if near:
            closest = min(near, key=lambda group: _distance(group, piece))
            groups[groups.index(closest)] = closest.joined(piece)
        else:
            groups.append(piece)
    return groups


def _belong(group: _Group, piece: _Group) -> bool:
    """Whether a smaller piece belongs to the symbol: over or under it, beside it almost without a gap, or within it."""
    over, beside = _overlap(group, piece, 1), _overlap(group, piece, 0)
    narrower, lower = min(group.width, piece.width), min(group.height, piece.height)
    size = max(group.height, group.width)
    if over >= 0.35 * narrower and beside >= 0.5 * lower:  # boxes lie in one another: the stroke of a 4
        return True
    if over >= 0.5 * narrower and -beside <= 0.05 * size:  # one over the other, almost without a gap
        return True
    small = piece.height < 0.5 * group.height
    if over >= 0.4 * narrower:
        return small and -beside <= 0.3 * size  # the hat of a 5
    return small and beside > 0 and -over <= 0.08 * size


def _overlap(a: _Group, b: _Group, axis: int) -> int:
    """Pixels that two boxes share along an axis (0 rows, 1 columns); negative, the gap between them."""
    return min(a.box[axis + 2], b.box[axis + 2]) - max(a.box[axis], b.box[axis])


def _distance(a: _Group, b: _Group) -> float:
    return math.hypot(max(0, -_overlap(a, b, 0)), max(0, -_overlap(a, b, 1)))


def _of_one_writing(groups: list[_Group]) -> list[_Group]:
    """Those as tall as symbols of the same writing are; dust and other small marks are left out."""
    largest = max(group.area for group in groups)
    solid = [group for group in groups if group.area >= THIN_INK * largest and group.height >= SMALLEST]
    tallest = float(np.percentile([group.height for group in solid], 90)) if solid else 0
    return [group for group in solid if group.height >= TALL * tallest]


# lines of writing


def _lines(symbols: list[_Group]) -> list[list[_Group]]:
    """The symbols by line, top to bottom, each from left to right. A line may be tilted: neighbours decide."""
    lines: list[list[_Group]] = []
    for symbol in sorted(symbols, key=lambda symbol: symbol.box[1]):
        shares = [_overlap(line[-1], symbol, 0) / min(line[-1].height, symbol.height) for line in lines]
        best = int(np.argmax(shares)) if shares else -1
        if shares and shares[best] >= 0.4:
            lines[best].append(symbol)
        else:
            lines.append([symbol])
    return sorted(lines, key=lambda line: sum(one.box[0] + one.box[2] for one in line) / len(line))
