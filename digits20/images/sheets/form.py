"""Reading the boxes of a photographed form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import ImageError
from ...types import StrPath
from ..decode import Floats, display_name, read_picture
from ..finding.segment import Mask, one_symbol
from ..geometry import Shape
from ..photo import symbol_pixels
from .code import SHAPE, decoded
from .layout import BIT, BITS, CELL, CODE_LEFT, LEFT, MARK, MOST, SMALL, SMALL_LEFT, SMALL_TOP, TOP, Layout, names_of
from .marks import SCALE, find_marks, straightened

MISREAD = 3  # squares of the code that may be covered or dirty
LONGEST = 1000  # pixels of a picture: the marks and codes of a sheet are small
INSET = 0.8  # from the cell's edge to the part that is read
EMPTY = 2.0  # millimetres: ink of less extent than this is a dot, and the box empty
INK = 0.23  # contrast that is ink, more than the boxes' faint lines have
FILLED = 0.75  # share of the ink's own rectangle that no written symbol covers
BROAD = 3.0  # millimetres: the least side of such a rectangle; a 1 fills a narrower one
COMMON = tuple("0123456789"), tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), tuple("abcdefghijklmnopqrstuvwxyz")
AWRY = 0.75  # millimetres that the upper code may lie beside its place
SURE = 1  # squares of the upper code that may differ where the labels are guessed, one of the COMMON


@dataclass(frozen=True, eq=False)
class Box:
    """A box that somebody has written in. pixels: (n,) its image for the network, ink 1 on 0.

    place: sheet, row and column, for people: from 1 on. doubt: why the image may be wrong, "" where it seems right.
    """

    label: str
    pixels: Floats
    place: tuple[int, int, int]
    doubt: str


@dataclass(frozen=True, eq=False)
class Form:
    """A filled sheet. boxes: those with ink. empty: how many have none. sheet: its number, from 1; of how many."""

    boxes: list[Box]
    empty: int
    sheet: int
    of: int


def read_form(source: StrPath | bytes, layout: Layout | None, image_shape: Shape, name: str | None = None) -> Form:
    """What is written on a photographed or scanned sheet of `layout`.

    layout: None for the one that the sheet itself tells. The sheet may be tilted, upside down, in perspective, and
    unevenly lit. Raises ImageError as `read_picture` does, and if the four marks are not found, the code is not one of
    the layout's, or the layout cannot be read.
    """
    name = display_name(source, name)
    picture = read_picture(source, name, LONGEST)
    try:
        page = straightened(picture, find_marks(picture))
        layout = layout or _layout_on(page)
        sheet = _sheet_number(page, layout)
        _check_marks(page, layout.code(sheet))
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    found = [_read_box(page, box, sheet, image_shape) for box in layout.boxes(sheet)]
    boxes = [box for box in found if box]
    return Form(boxes, len(found) - len(boxes), sheet + 1, layout.sheets)


def _part(page: Floats, top: float, left: float, height: float, width: float) -> Floats:
    """The part of a straightened sheet at those millimetres."""
    row, column = round(SCALE * (top + MARK)), round(SCALE * (left + MARK))
    return page[row : row + round(SCALE * height), column : column + round(SCALE * width)]


def _layout_on(page: Floats) -> Layout:
    """What the sheet itself tells; raises ImageError where that cannot be read."""
    for levels in _levels(page, SHAPE, SMALL, SMALL_TOP, SMALL_LEFT):
        told = decoded(levels > (levels.min() + levels.max()) / 2)
        if told and told[1]:
            return Layout(names_of(told[0]), told[1])
    found = _common_layout(page)
    if found is None:
        raise ImageError(
            "the code that tells its labels cannot be read; photograph the whole sheet, with all four corner marks, or "
            "where the code is covered give --labels and --per-label"
        )
    return found


def _common_layout(page: Floats) -> Layout | None:
    """The one of the usual labels that the upper code, which holds their checksum, fits; None where none does."""
    seen = _upper_code(page)
    layouts = (Layout(labels, count) for labels in COMMON for count in range(1, MOST + 1))
    return next((one for one in layouts if _nearest_sheet(seen, one)[0] <= SURE), None)


def _sheet_number(page: Floats, layout: Layout) -> int:
    """The number of the sheet, from 0; raises ImageError where the code is of another layout."""
    wrong, sheet = _nearest_sheet(_upper_code(page), layout)
    if wrong <= MISREAD:
        return sheet
    raise ImageError("a sheet of other --labels or --per-label, or its code between the upper marks is covered")


def _check_marks(page: Floats, code: list[bool]) -> None:
    """Raises ImageError where the upper code is not where the marks say: something else was taken for one of them.

    Where a mark is wrong, the code's middle moves along: its ends are held by the upper marks.
    """
    side = round(BIT * SCALE)
    wanted = np.repeat(np.array(code, float), side)
    seen = _part(page, -BIT / 4, CODE_LEFT, BIT / 2, BITS * BIT).mean(axis=0)
    middle, steps = np.arange(len(wanted) // 4, len(wanted) * 3 // 4), np.arange(-side // 2, side // 2 + 1)
    fits = [np.corrcoef(wanted[middle], seen[middle + step])[0, 1] for step in steps]
    if abs(int(steps[np.argmax(fits)])) > AWRY * SCALE:
        raise ImageError("the corner marks do not fit the code between the upper ones; is one of them covered?")


def _upper_code(page: Floats) -> list[Mask]:
    """Its BITS squares, black where True, in both readings of `_levels`."""
    readings = _levels(page, (1, BITS), BIT, -BIT / 2, CODE_LEFT)
    return [levels[0] > (levels.min() + levels.max()) / 2 for levels in readings]


def _nearest_sheet(seen: list[Mask], layout: Layout) -> tuple[int, int]:
    """How many squares of the upper code differ from those of the sheet that is most like it, and its number."""
    codes = np.array([layout.code(sheet) for sheet in range(layout.sheets)])
    wrong = np.min([np.count_nonzero(codes != black, axis=1) for black in seen], axis=0)
    return int(wrong.min()), int(wrong.argmin())


def _levels(page: Floats, shape: tuple[int, int], side: float, top: float, left: float) -> Iterator[Floats]:
    """How dark each square of a code is: the middle's mean, and then the lightest fifth, which a thin stroke spares."""
    for part, level in ((0.5, np.mean), (0.7, lambda square: np.quantile(square, 0.2))):
        edge = (1 - part) / 2
        rows = [top + side * (row + edge) for row in range(shape[0])]
        columns = [left + side * (column + edge) for column in range(shape[1])]
        squares = ((_part(page, row, column, side * part, side * part) for column in columns) for row in rows)
        yield np.array([[level(square) for square in row] for row in squares])


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
    return Box(label, pixels, (sheet + 1, row + 1, column + 1), _doubt(ink, rows, columns))


def _doubt(ink: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> str:
    """Why what is written may be no symbol, "" where it seems right. rows, columns: those that have ink."""
    own = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if min(own.shape) > BROAD * SCALE and np.count_nonzero(own) > FILLED * own.size:
        return "filled or crossed out"
    edge = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    return "its ink reaches the box's line" if np.count_nonzero(edge) > SCALE else ""
