"""Digits in styles that a data set may lack: printed in matplotlib's fonts, drawn by strokes, written with other pens.

All of them go the way of a picture's digit, `photo.as_mnist`, so that a network learns what it will be shown.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..decode import Floats
from ..geometry import Shape, resize
from .ink import Line, Style, arc, blurred, corners, drawn_by_pen, fonts, printed_ink, seen, thickened

FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmb10", "cmr10", "cmss10", "cmtt10")


def written(images: Floats, shape: Shape, count: int, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.intp]]:
    """(X, index): `count` of the images (m, rows * columns), written with another pen or blurred; and which they are.

    Their strokes are widened or narrowed by up to a tenth of the height, or run into one another as in a blurred photo.
    """
    index = rng.choice(len(images), count, replace=count > len(images))
    fine = (4 * shape[0], 4 * shape[1])
    enlarged = np.clip(resize(images[index], shape, fine), 0, 1).reshape(count, *fine)
    kept = np.flatnonzero((enlarged > 0.5).any(axis=(1, 2)))  # the others are blank
    X = [seen((blurred if rng.random() < 0.5 else thickened)(enlarged[k], rng), shape) for k in kept]
    return np.array(X).reshape(len(kept), images.shape[1]), index[kept]


def printed(shape: Shape, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.intp]]:
    """(X, digits): each digit once in each of matplotlib's fonts that has digits, sharp or blurred."""
    X, y = [], []
    for font in fonts(FONTS):
        for digit in range(10):
            ink = printed_ink(str(digit), font)
            X.append(seen(blurred(ink, rng) if rng.random() < 0.3 else ink, shape))
            y.append(digit)
    return np.array(X), np.array(y)


def drawn(shape: Shape, count: int, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.intp]]:
    """(X, digits): `count` digits drawn by strokes of a pen, most of them 1, 4, 6, 7 and 9."""
    chosen = rng.choice(len(STYLES), count, p=np.array([share for _, share, _ in STYLES]))
    X = [seen(drawn_by_pen(STYLES[style][2](rng), rng), shape) for style in chosen]
    return np.array(X).reshape(count, -1), np.array([STYLES[style][0] for style in chosen])


def _one(rng: np.random.Generator, flag: bool, foot: bool) -> list[Line]:
    top, bottom = rng.uniform(0.45, 0.6), rng.uniform(0.4, 0.6)
    lines: list[Line] = [[(top, 0), (bottom, 1)]]
    if flag:
        length, drop = rng.uniform(0.2, 0.55), rng.uniform(0.12, 0.45)
        lines.append([(top, 0), (top - 0.5 * length, drop * rng.uniform(0.4, 0.6)), (top - length, drop)])
    if foot:
        length, tilt = rng.uniform(0.2, 0.5), rng.normal(0, 0.02)
        lines.append([(bottom - length, 1 + tilt), (bottom + length * rng.uniform(0.6, 1), 1 - tilt)])
    return lines


def _seven(rng: np.random.Generator, bar: bool) -> list[Line]:
    right, bottom, drop = rng.uniform(0.85, 1), rng.uniform(0.2, 0.6), rng.normal(0, 0.03)
    bend = rng.uniform(0, 0.15)
    middle = ((right + bottom) / 2 - bend, rng.uniform(0.4, 0.55))
    lines: list[Line] = [[(0.05, drop), (right, 0)], [(right, 0), middle, (bottom, 1)]]
    if rng.random() < 0.35:
        lines.append([(0.05, drop), (rng.uniform(0, 0.06), rng.uniform(0.08, 0.2))])
    if bar:
        reach, tilt = rng.uniform(0.2, 0.35), rng.normal(0, 0.04)
        lines.append([(middle[0] - reach, middle[1] + tilt), (middle[0] + reach, middle[1] - tilt)])
    return lines


def _four(rng: np.random.Generator, closed: bool) -> list[Line]:
    level, stem = rng.uniform(0.5, 0.75), rng.uniform(0.55, 0.8)
    right, left = rng.uniform(stem, 1), rng.uniform(0, 0.1)
    if closed:
        return [[(stem, 0), (left, level), (right, level)], [(stem, 0), (stem, 1)]]
    top = rng.uniform(0.05, 0.4)
    return [[(top, 0), (left, level), (right, level)], [(stem, rng.uniform(0, level * 0.7)), (stem, 1)]]


def _six(rng: np.random.Generator, straight: bool) -> list[Line]:
    top, left = rng.uniform(0.45, 0.9), rng.uniform(0.02, 0.12)
    if straight:
        high, low = rng.uniform(0.4, 0.6), rng.uniform(0.9, 1)
        loop = [(left, low), (rng.uniform(0.75, 1), rng.uniform(0.85, 1)), (rng.uniform(0.7, 0.95), high)]
        return [[(top, 0), (left, rng.uniform(0.5, 0.8)), *loop, (left, high + rng.uniform(0, 0.3))]]
    size = rng.uniform(0.18, 0.3)
    stem: Line = [(top, 0), (rng.uniform(0.15, 0.35), 0.3), (left, 1 - size)]
    return [stem, arc((left + 0.4, 1 - size), (0.4, size), 180, 540)]


def _nine(rng: np.random.Generator, hook: bool) -> list[Line]:
    size, right = rng.uniform(0.18, 0.3), rng.uniform(0.8, 0.95)
    loop = arc((right - 0.38, size), (0.38, size), 0, -360)
    if hook:  # as on the Continent
        round_, reach = rng.uniform(0.1, 0.25), rng.uniform(90, 170)
        middle = (right - 0.35, 1 - round_)
        return [loop, [(right, size), (right, 1 - round_), *arc(middle, (0.35, round_), 0, reach)[1:]]]
    return [loop, [(right, size), (right - rng.uniform(-0.05, 0.3), 1)]]


# (digit, share of those that are drawn, how it is drawn)
STYLES: tuple[tuple[int, float, Style], ...] = (
    (1, 0.14, lambda rng: _one(rng, True, False)),
    (1, 0.10, lambda rng: _one(rng, True, True)),
    (1, 0.02, lambda rng: _one(rng, False, True)),
    (7, 0.07, lambda rng: _seven(rng, False)),
    (7, 0.07, lambda rng: _seven(rng, True)),
    (4, 0.10, lambda rng: _four(rng, True)),
    (4, 0.04, lambda rng: _four(rng, False)),
    (6, 0.06, lambda rng: _six(rng, True)),
    (6, 0.04, lambda rng: _six(rng, False)),
    (9, 0.06, lambda rng: _nine(rng, True)),
    (9, 0.05, lambda rng: _nine(rng, False)),
    (9, 0.04, corners("6413 36987")),
    (0, 0.04, corners("13971")),
    (2, 0.04, corners("1364789")),
    (3, 0.04, corners("13 356987")),
    (5, 0.04, corners("3146987")),
    (8, 0.05, corners("1364 4179 964")),
)
