"""Symbols that touch: where their ink may be cut, and what the parts are."""

from __future__ import annotations

import numpy as np

from .segment import Symbol

NARROWEST, WIDEST = 0.12, 1.5  # of the symbol's height: no part is narrower or wider
LOWEST = 0.75  # of the height: parts are at least so high
APART = 0.07  # of the height: no two places are nearer to each other
MOST = 14  # places


def aspect(symbol: Symbol) -> float:
    """Width over height of its box."""
    left, top, right, bottom = symbol.box
    return (right - left) / (bottom - top)


def places(symbol: Symbol) -> list[int]:
    """Columns at which the symbol may be cut, ascending: where its ink is thinnest, and both its ends."""
    height, columns = symbol.box[3] - symbol.box[1], symbol.ink.shape[1]
    ink = symbol.ink.sum(axis=0)
    within = np.arange(round(NARROWEST * height), columns - round(NARROWEST * height))
    within = within[(ink[within] > 0) | (ink[within - 1] > 0)]  # one place of a gap is enough
    chosen: list[int] = []
    for place in within[np.argsort(ink[within], kind="stable")].tolist():
        if len(chosen) < MOST and all(abs(place - other) > APART * height for other in chosen):
            chosen.append(place)
    return [0, *sorted(chosen), columns]


def parts(symbol: Symbol) -> dict[tuple[int, int], Symbol]:
    """What is between any two of its places, by their numbers; the whole, and what is too narrow or low, left out."""
    at, height = places(symbol), symbol.box[3] - symbol.box[1]
    found = {}
    for i, start in enumerate(at):
        for j, stop in enumerate(at[i + 1 :], i + 1):
            part = _part(symbol, slice(start, stop))
            if NARROWEST * height <= part.width <= WIDEST * height and part.box[3] - part.box[1] > LOWEST * height:
                found[i, j] = part
    found.pop((0, len(at) - 1), None)
    return found


def _part(symbol: Symbol, columns: slice) -> Symbol:
    """The symbol's ink in those columns, cropped; its box, near enough, in pixels of the picture."""
    ink = symbol.ink[:, columns]
    rows, across = np.flatnonzero((ink > 0.3).any(axis=1)), np.flatnonzero((ink > 0.3).any(axis=0))
    if not len(rows):
        return Symbol(ink, (0, 0, 0, 0), symbol.line)
    margin = (symbol.ink.shape[0] - symbol.box[3] + symbol.box[1]) // 2
    inset = (symbol.ink.shape[1] - symbol.box[2] + symbol.box[0]) // 2
    left, top = symbol.box[0] - inset + columns.start + across[0], symbol.box[1] - margin + rows[0]
    box = (int(left), int(top), int(left + np.ptp(across) + 1), int(top + np.ptp(rows) + 1))
    around = slice(max(0, rows[0] - 2), rows[-1] + 3), slice(max(0, across[0] - 2), across[-1] + 3)
    return Symbol(ink[around], box, symbol.line)
