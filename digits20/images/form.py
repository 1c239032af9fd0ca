"""Forms to fill in by hand: where marks, code and boxes are, and reading the boxes of a photographed form."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import ImageError
from ..types import StrPath
from .decode import Floats, display_name, read_picture
from .form_code import SHAPE, decoded
from .geometry import Shape, bilinear
from .photo import symbol_pixels
from .segment import Mask, one_symbol

# Lengths in millimetres from the centre of the top left mark; the same on A4 and letter paper.
WIDTH, HEIGHT = 176.0, 250.0  # between the marks' centres
MARK = 7.0  # side of a corner mark; the top left one has a hole of half that side
BITS, BIT = 32, 4.0  # the code between the upper marks: its squares, and the side of one
CODE_LEFT = (WIDTH - BITS * BIT) / 2
SMALL = 1.5  # side of a square of the code that tells the labels
SMALL_LEFT, SMALL_TOP = (WIDTH - SHAPE[1] * SMALL) / 2, 2.6  # of that code
MISREAD = 3  # squares of the code that may be covered or dirty
PER_LABEL = 20  # boxes, unless told otherwise
COLUMNS, ROWS = 10, 20  # boxes of a sheet
LEFT, TOP = 20.0, 8.0  # of the first box's cell
CELL = 15.0, 12.0  # width and height of a box's cell
GAP = 1.0  # from the cell's edge to the box's line
INSET = 0.8  # from the cell's edge to the part that is read
SCALE = 4  # pixels per millimetre of a straightened form
EMPTY = 2.0  # millimetres: ink of less extent than this is a dot, and the box empty
INK = 0.23  # contrast that is ink, more than the boxes' faint lines have


@dataclass(frozen=True)
class Layout:
    """Which box is for which label: each label has rows of its own, `per_label` boxes."""

    labels: tuple[str, ...]
    per_label: int = PER_LABEL

    def rows(self) -> list[tuple[str, int]]:
        """The label and the number of boxes of each row, over all sheets."""
        full, rest = divmod(self.per_label, COLUMNS)
        return [(label, boxes) for label in self.labels for boxes in [*[COLUMNS] * full, *[rest] * (rest > 0)]]

    @property
    def sheets(self) -> int:
        return -(-len(self.rows()) // ROWS)

    def boxes(self, sheet: int) -> Iterator[tuple[str, int, int]]:
        """Label, row and column of each box of a sheet."""
        for row, (label, boxes) in enumerate(self.rows()[sheet * ROWS : (sheet + 1) * ROWS]):
            yield from ((label, row, column) for column in range(boxes))

    def code(self, sheet: int) -> list[bool]:
        """The BITS squares of a sheet's code, black where True: its number, then a checksum of labels and boxes."""
        text = repr((self.labels, self.per_label, sheet)).encode()
        return [bool(number >> bit & 1) for number, size in ((sheet, 8), (zlib.crc32(text), 24)) for bit in range(size)]


@dataclass(frozen=True, eq=False)
class Box:
    """A box that somebody has written in. pixels: (n,) its image for the network, ink 1 on 0.

    place: sheet, row and column, for people: from 1 on. doubt: why the image may be wrong, "" where it seems right.
    """

    label: str
    pixels: Floats
    place: tuple[int, int, int]
    doubt: str


def read_form(source: StrPath | bytes, layout: Layout | None, image_shape: Shape, name: str | None = None) -> list[Box]:
    """The boxes written in on a photographed or scanned sheet of `layout`, empty ones left out.

    layout: None for the one that the sheet itself tells. The sheet may be tilted, upside down, in perspective, and
    unevenly lit. Raises ImageError as `read_picture` does, and if the four marks are not found, the code is not one of
    the layout's, or the layout cannot be read.
    """
    name = display_name(source, name)
    picture = read_picture(source, name)
    try:
        page = _straightened(picture, find_marks(picture))
        layout = layout or _layout_on(page)
        sheet = _sheet_number(page, layout)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    found = (_read_box(page, box, sheet, image_shape) for box in layout.boxes(sheet))
    return [box for box in found if box]


# the marks


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


# the straightened sheet


def _straightened(picture: Floats, marks: Floats) -> Floats:
    """The ink of the sheet seen from above, SCALE pixels per millimetre, with MARK millimetres around the marks."""
    from scipy import ndimage

    sheet = np.array([[0, 0], [0, WIDTH], [HEIGHT, WIDTH], [HEIGHT, 0]])
    H = _homography(sheet, marks)
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


def _homography(source: npt.NDArray[np.generic], target: Floats) -> Floats:
    """(3, 3) H that takes each of four points (row, column, 1) of source to a multiple of target's."""
    equations = []
    for (y, x), (v, u) in zip(source.astype(float), target, strict=True):
        equations.append([y, x, 1, 0, 0, 0, -v * y, -v * x, -v])
        equations.append([0, 0, 0, y, x, 1, -u * y, -u * x, -u])
    return np.asarray(np.linalg.svd(np.array(equations))[2][-1].reshape(3, 3))


def _part(page: Floats, top: float, left: float, height: float, width: float) -> Floats:
    """The part of a straightened sheet at those millimetres."""
    row, column = round(SCALE * (top + MARK)), round(SCALE * (left + MARK))
    return page[row : row + round(SCALE * height), column : column + round(SCALE * width)]


def _layout_on(page: Floats) -> Layout:
    """What the sheet itself tells; raises ImageError where that cannot be read."""
    squares = [
        [
            _part(page, SMALL_TOP + SMALL * (row + 0.25), SMALL_LEFT + SMALL * (column + 0.25), SMALL / 2, SMALL / 2)
            for column in range(SHAPE[1])
        ]
        for row in range(SHAPE[0])
    ]
    levels = np.array([[square.mean() for square in row] for row in squares])
    told = decoded(levels > (levels.min() + levels.max()) / 2)
    if told is None or not told[1]:
        raise ImageError("its labels cannot be read from the sheet; give --labels and --per-label")
    return Layout(names_of(told[0]), told[1])


def _sheet_number(page: Floats, layout: Layout) -> int:
    """The number of the sheet, from 0; raises ImageError where the code is of another layout."""
    levels = np.array([_part(page, -1, CODE_LEFT + BIT * (bit + 0.25), 2, BIT / 2).mean() for bit in range(BITS)])
    black = levels > (levels.min() + levels.max()) / 2
    wrong = [np.count_nonzero(black != layout.code(sheet)) for sheet in range(layout.sheets)]
    if min(wrong) <= MISREAD:
        return int(np.argmin(wrong))
    raise ImageError("a sheet of other --labels or --per-label, or its code between the upper marks is covered")


def _read_box(page: Floats, box: tuple[str, int, int], sheet: int, image_shape: Shape) -> Box | None:
    label, row, column = box
    top, left = TOP + row * CELL[1] + INSET, LEFT + column * CELL[0] + INSET
    cell = _part(page, top, left, CELL[1] - 2 * INSET, CELL[0] - 2 * INSET)
    ink = np.where(cell > max(INK, 0.45 * float(np.percentile(cell, 99))), cell, 0)  # more than a shadow's edge
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows) or max(np.ptp(rows), np.ptp(columns)) < EMPTY * SCALE:
        return None
    found = one_symbol(np.pad(ink, 3))
    if not found:
        return None
    pixels = symbol_pixels(found[0], image_shape)
    edge = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    doubt = "its ink reaches the box's line" if np.count_nonzero(edge) > SCALE else ""
    return Box(label, pixels, (sheet + 1, row + 1, column + 1), doubt)


def names_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels as they stand on a sheet; raises ImageError for none, twice the same or one that cannot be printed."""
    names = tuple(labels)
    if not names or len(set(names)) < len(names):
        raise ImageError("labels: each once, one at least")
    if any(not name.isprintable() or name != name.strip() or not 0 < len(name) <= 12 for name in names):
        raise ImageError("labels: each of 1 to 12 printable characters")
    return names
