"""Reading the boxes of a photographed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import ImageError
from ...types import StrPath
from ..decode import Floats, display_name, read_picture
from ..finding.segment import one_symbol
from ..geometry import Shape
from ..photo import symbol_pixels
from .code import SHAPE, decoded
from .layout import BIT, BITS, CELL, CODE_LEFT, LEFT, MARK, SMALL, SMALL_LEFT, SMALL_TOP, TOP, Layout, names_of
from .marks import SCALE, find_marks, straightened

MISREAD = 3  # squares of the code that may be covered or dirty
INSET = 0.8  # from the cell's edge to the part that is read
EMPTY = 2.0  # millimetres: ink of less extent than this is a dot, and the box empty
INK = 0.23  # contrast that is ink, more than the boxes' faint lines have


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
        page = straightened(picture, find_marks(picture))
        layout = layout or _layout_on(page)
        sheet = _sheet_number(page, layout)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    found = (_read_box(page, box, sheet, image_shape) for box in layout.boxes(sheet))
    return [box for box in found if box]


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
