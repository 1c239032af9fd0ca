"""The cells that hold labels, to indices into the labels that they stand for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..system.arguments import one_of
from ..types import Label
from .convert import MAX_LABEL, fits_a_line
from .dataset import DIGITS
from .readers.table import LabelKind, is_label
from .readers.text.csv_cells import BLANKS, number, shown_cell
from .readers.unscaled import UnscaledImages

Indexed = tuple[list[int], tuple[Label, ...]]  # (m,) indices into the labels, and the labels

ANY = " (--labels any takes words and other numbers)"

log = logging.getLogger("digits20")


def indexed(raw: UnscaledImages, kind: LabelKind) -> Indexed:
    """(m,) indices into the labels of those images, and the labels. Raises DataFileError for one that is none."""
    readers: dict[LabelKind, Callable[[UnscaledImages], Indexed]] = {
        "digits": _digit_labels,
        "one-based": _one_based_labels,
        "any": _any_labels,
    }
    one_of(kind, "labels", tuple(readers))
    return readers[kind](raw)


def _digit_labels(raw: UnscaledImages) -> Indexed:
    """(m,) labels 0 to 9, which are their own indices, and their names."""
    digits = {cell: number(cell) for cell in set(raw.labels)}
    for row, cell in enumerate(raw.labels):
        if digits[cell] not in range(11):
            raise raw.refuse(
                f"{_label_seen(cell)}, expected 0 to 9, or 1 to 10 with 10 for zero{ANY if is_label(cell) else ''}", row
            )
    values = [int(digits[cell] or 0) for cell in raw.labels]
    if 0 in values and 10 in values:
        first, second = sorted((values.index(0), values.index(10)))
        raise raw.refuse(f"label {values[second]}, but{raw.place(first)} has {values[first]}: which is zero?", second)
    return [value % 10 for value in values], DIGITS


def _one_based_labels(raw: UnscaledImages) -> Indexed:
    """1 to 10, which mean the digits 0 to 9."""
    values = [number(cell) for cell in raw.labels]
    for row, (cell, value) in enumerate(zip(raw.labels, values, strict=True)):
        if value not in range(1, 11):
            raise raw.refuse(f"{_label_seen(cell)}, expected 1 to 10 that mean 0 to 9 (--labels one-based)", row)
    return [int(value or 1) - 1 for value in values], DIGITS


def _any_labels(raw: UnscaledImages) -> Indexed:
    """(m,) indices into the labels, and the labels: sorted as numbers if all are numbers, else as text."""
    for row, cell in enumerate(raw.labels):
        if not is_label(cell):
            raise raw.refuse(_label_seen(cell), row)
        if not fits_a_line(cell.strip(BLANKS)):
            raise raw.refuse(f"label {shown_cell(cell)}, expected at most {MAX_LABEL} letters that can be printed", row)
    cells = set(raw.labels)
    numeric = all(number(cell) is not None for cell in cells)
    labels = {cell: _plain_number(cell) if numeric else cell.strip(BLANKS) for cell in cells}
    names = tuple(sorted(set(labels.values()), key=lambda label: label))
    index = {name: i for i, name in enumerate(names)}
    if len(names) > max(10, len(raw.labels) // 2):
        log.warning("%s: %d labels for %d images (--label-column)", raw.name, len(names), len(raw.labels))
    return [index[labels[cell]] for cell in raw.labels], names


def _label_seen(cell: str) -> str:
    return f"label {shown_cell(cell)}" if is_label(cell) else "no label"


def _plain_number(cell: str) -> int | float:
    try:
        return int(cell)
    except ValueError:
        value = float(cell)
        return int(value) if value.is_integer() else value
