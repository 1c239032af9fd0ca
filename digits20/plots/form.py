"""Forms to fill in by hand, drawn to scale as PDF or PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from ..images.finding.segment import Mask
from ..images.sheets.code import encoded
from ..images.sheets.layout import (
    BIT,
    CELL,
    CODE_LEFT,
    GAP,
    HEIGHT,
    LEFT,
    MARK,
    SMALL,
    SMALL_LEFT,
    SMALL_TOP,
    TOP,
    WIDTH,
    Layout,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAPER = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}  # width and height in millimetres
INCH = 25.4
DPI = 200  # of a PNG


def form_files(layout: Layout, paper: str, suffix: str) -> list[bytes]:
    """The content of the files: one PDF of all sheets, or a PNG for each. paper: one of PAPER."""
    from matplotlib.backends.backend_pdf import PdfPages

    figures = [_sheet(layout, sheet, *PAPER[paper]) for sheet in range(layout.sheets)]
    if suffix == ".pdf":
        file = io.BytesIO()
        with PdfPages(file, metadata={"CreationDate": None}) as pages:
            for figure in figures:
                pages.savefig(figure)
        return [file.getvalue()]
    contents = []
    for figure in figures:
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
        contents.append(file.getvalue())
    return contents


def _sheet(layout: Layout, sheet: int, width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / INCH, height / INCH))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    left, top = (width - WIDTH) / 2, (height - HEIGHT) / 2
    ax.set_xlim(-left, width - left)
    ax.set_ylim(height - top, -top)
    ax.set_axis_off()
    _draw_marks(ax, layout.code(sheet), encoded(layout.labels, layout.per_label))
    for label, row, column in layout.boxes(sheet):
        at = (LEFT + column * CELL[0] + GAP, TOP + row * CELL[1] + GAP)
        _square(ax, *at, CELL[0] - 2 * GAP, CELL[1] - 2 * GAP, fill=False, edgecolor="0.85", linewidth=0.6)
        if column == 0:
            middle = TOP + (row + 0.5) * CELL[1]
            size = 16 if len(label) <= 3 else 7
            ax.text(LEFT - 4, middle, label, ha="right", va="center", fontsize=size, color="0.35", parse_math=False)
    told = f"Write each label once in every box of its row, within the lines. Sheet {sheet + 1} of {layout.sheets}"
    ax.text(WIDTH / 2, HEIGHT, told, ha="center", va="center", fontsize=8, color="0.35")
    return figure


def _draw_marks(ax: Any, code: list[bool], labels: Mask | None) -> None:
    """The corner marks, the sheet's code, and the code that tells the labels, if they have room in one."""
    for x in (0, WIDTH):
        for y in (0, HEIGHT):
            _square(ax, x - MARK / 2, y - MARK / 2, MARK, MARK, facecolor="black", linewidth=0)
    _square(ax, -MARK / 4, -MARK / 4, MARK / 2, MARK / 2, facecolor="white", linewidth=0)
    for bit in np.flatnonzero(code):
        _square(ax, CODE_LEFT + bit * BIT, -BIT / 2, BIT, BIT, facecolor="black", linewidth=0)
    for row, column in np.argwhere([[]] if labels is None else labels):
        _square(ax, SMALL_LEFT + column * SMALL, SMALL_TOP + row * SMALL, SMALL, SMALL, facecolor="black", linewidth=0)


def _square(ax: Any, x: float, y: float, width: float, height: float, **style: Any) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x, y), width, height, **style))
