"""Pictures of no digit, of which a network learns that no output is to be high.

Hendrycks, Mazeika & Dietterich 2019, Deep anomaly detection with outlier exposure. They go the way of a picture's
digit, as those of `digits` do. `benchmarks/doubt.py` tests with letters, shapes and scribbles of other kinds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..decode import Floats
from ..geometry import Shape, resize
from .ink import Line, blurred, corners, drawn_by_pen, fonts, printed_ink, seen, thickened

# those that look like a digit are left out, and so are the fonts that the benchmark's letters are printed in
LETTERS = "ACEFHJKLMNPQRTUVWXabcdefhjkmnprtuvwx&@#%"
FONTS = ("DejaVu", "STIXGeneral")
# letters and marks by hand, on the places of a keypad
MARKS = tuple(
    corners(points)
    for points in (
        *("729 46", "3179 46", "317 46", "17 39 46", "17 357 59", "71539", "7193", "183", "17593", "19 37", "13 28"),
        *("28 46", "71364", "713649", "483", "46 369", "46 147", "28 426", "28 486", "13 46 79"),
    )
)


def no_digits(shape: Shape, digits: Floats, count: int, rng: np.random.Generator) -> Floats:
    """(count, n) letters, outlines, marks, scribbles, and two of the images `digits` (m, n) in the place of one."""
    kinds = rng.choice(len(KINDS), count, p=np.array([share for share, _ in KINDS]))
    X = [seen(KINDS[kind][1](shape, digits, rng), shape) for kind in kinds]
    return np.array(X).reshape(count, -1)


def _letter(shape: Shape, digits: Floats, rng: np.random.Generator) -> Floats:
    files = fonts(FONTS)
    ink = printed_ink(LETTERS[rng.integers(len(LETTERS))], files[rng.integers(len(files))])
    change = rng.random()
    return blurred(ink, rng) if change < 0.3 else thickened(ink, rng) if change < 0.6 else ink


def _outline(shape: Shape, digits: Floats, rng: np.random.Generator) -> Floats:
    """A triangle, a square, a wide rectangle, a diamond or a star; an upright narrow rectangle may be a 0."""
    count, turn = ((3, 0.0), (3, np.pi), (4, 0.0), (4, np.pi / 4), (4, np.pi / 4), (10, 0.0))[rng.integers(6)]
    angles = np.linspace(0, 2 * np.pi, count + 1) + turn + rng.normal(0, 0.08) - np.pi / 2
    radii = 0.5 * np.where((np.arange(count + 1) % 2 == 1) & (count == 10), rng.uniform(0.35, 0.5), 1)
    wide = (1.0, 1.8) if turn == np.pi / 4 else (0.8, 1.2)
    line = np.stack([0.5 + radii * np.cos(angles), 0.5 + radii * np.sin(angles)], axis=1)
    return drawn_by_pen([[(x, y) for x, y in line.tolist()]], rng, wide)


def _mark(shape: Shape, digits: Floats, rng: np.random.Generator) -> Floats:
    return drawn_by_pen(MARKS[rng.integers(len(MARKS))](rng), rng, (0.6, 1.1))


def _scribble(shape: Shape, digits: Floats, rng: np.random.Generator) -> Floats:
    """To and fro or round and round, with a frequency or two in each direction."""
    t = np.linspace(0, 1, 120)
    frequencies, phases = rng.uniform(2, 6, (2, 2, 1)), rng.random((2, 2, 1))  # of two waves in each direction
    waves = (rng.normal(size=(2, 2, 1)) * np.sin(2 * np.pi * (frequencies * t + phases))).sum(axis=1)
    if rng.random() < 0.4:
        waves[0] += 3 * t
    across, down = (waves - waves.min(axis=1, keepdims=True)) / np.ptp(waves, axis=1, keepdims=True).clip(1e-9)
    line: Line = list(zip(across.tolist(), down.tolist(), strict=True))
    return drawn_by_pen([line], rng, (0.7, 1.4))


def _pair(shape: Shape, digits: Floats, rng: np.random.Generator) -> Floats:
    """Two digits side by side, squeezed or not; their boxes touch, or overlap a little."""
    fine = (4 * shape[0], 4 * shape[1])
    both = resize(digits[rng.integers(len(digits), size=2)], shape, fine).reshape(2, *fine).clip(0, 1)
    left, right = (one[:, (one > 0.3).any(axis=0)] for one in both)
    overlap = min(int(rng.integers(0, 12)), left.shape[1] // 3, right.shape[1] // 3)
    ink = np.zeros((fine[0], left.shape[1] + right.shape[1] - overlap))
    ink[:, : left.shape[1]] = left
    ink[:, -right.shape[1] :] = np.maximum(ink[:, -right.shape[1] :], right)
    squeezed = (fine[0], max(1, round(ink.shape[1] * rng.uniform(0.45, 1))))
    return np.asarray(resize(ink.reshape(1, -1), ink.shape, squeezed)[0].reshape(squeezed))


Kind = Callable[[Shape, Floats, np.random.Generator], Floats]
# (share, how it is made)
KINDS: tuple[tuple[float, Kind], ...] = (
    (0.34, _letter),
    (0.20, _outline),
    (0.14, _mark),
    (0.14, _scribble),
    (0.18, _pair),
)
