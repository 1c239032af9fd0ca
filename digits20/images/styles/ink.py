"""Ink by pen, by font and by blur, and what the network receives of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..decode import Floats
from ..geometry import Shape, resize
from ..photo import as_mnist

Point = tuple[float, float]  # (across, down), 0 to 1 in a box
Line = list[Point]
Style = Callable[[np.random.Generator], list[Line]]
STROKES = (2.2, 3.2)  # MNIST pixels: a network learns thinner ones than it is shown, as MNIST has them
HEIGHT = 100  # pixels of what is drawn by strokes or in a font


def thickened(ink: Floats, rng: np.random.Generator) -> Floats:
    from scipy import ndimage

    inside = ink > 0.5
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    widened = np.clip(distance + len(ink) * rng.uniform(-0.025, 0.05) + 0.5, 0, 1)
    return widened if widened.max() > 0.5 else ink


def fonts(names: Sequence[str]) -> list[Path]:
    """Matplotlib's font files whose names begin so, each once; its Display fonts hold only a few signs."""
    import matplotlib

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return sorted({font for name in names for font in folder.glob(f"{name}*.ttf") if not font.stem.endswith("Display")})


def printed_ink(sign: str, font: Path) -> Floats:
    """The ink (rows, columns) of a sign in a font."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (2 * HEIGHT, 2 * HEIGHT), 0)
    ImageDraw.Draw(page).text((HEIGHT // 2, HEIGHT // 2), sign, 255, ImageFont.truetype(str(font), HEIGHT))
    return np.asarray(page, np.float64) / 255


def seen(ink: Floats, shape: Shape) -> Floats:
    """(n,) what the network receives of a picture with that ink (rows, columns)."""
    rows, columns = (np.flatnonzero((ink > 0.2).any(axis=axis)) for axis in (1, 0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(resize(as_mnist(box, STROKES).reshape(1, -1), (28, 28), shape)[0], np.float64)


def blurred(ink: Floats, rng: np.random.Generator) -> Floats:
    """As a photo out of focus: narrow gaps are filled."""
    from scipy import ndimage

    height = np.ptp(np.flatnonzero((ink > 0.5).any(axis=1))) + 1
    blurred = ndimage.gaussian_filter(ink, height * rng.uniform(0.015, 0.055))
    return np.asarray(np.clip(blurred / blurred.max() * rng.uniform(1.0, 1.5), 0, 1))


def drawn_by_pen(lines: list[Line], rng: np.random.Generator, widths: Point = (0.5, 0.85)) -> Floats:
    """The ink of these strokes, by a hand that is not sure: slanted, of any width, each point a little off.

    widths: least and most of their box, in its heights.
    """
    from PIL import Image, ImageDraw

    page = Image.new("L", (2 * HEIGHT, 2 * HEIGHT), 0)
    pen, lean, wide = HEIGHT * rng.uniform(0.03, 0.09), rng.normal(0, 0.12), rng.uniform(*widths)
    for line in lines:
        across, down = (np.array(line) + rng.normal(0, 0.012, (len(line), 2))).T
        x = HEIGHT * (across * wide - lean * (down - 0.5) + 0.5)
        points = list(zip(x.tolist(), (HEIGHT * (down + 0.5)).tolist(), strict=True))
        ImageDraw.Draw(page).line(points, 255, round(2 * pen))
        for x, y in points:  # round corners and ends
            ImageDraw.Draw(page).ellipse((x - pen, y - pen, x + pen, y + pen), 255)
    ink = np.asarray(page, np.float64) / 255
    return blurred(ink, rng) if rng.random() < 0.2 else ink


def arc(centre: Point, radii: Point, start: float, stop: float) -> Line:
    """An arc of an ellipse: angles in degrees, 0 to the right, 90 down."""
    angles = np.deg2rad(np.linspace(start, stop, 2 + round(abs(stop - start) / 20)))
    return [(centre[0] + radii[0] * float(np.cos(a)), centre[1] + radii[1] * float(np.sin(a))) for a in angles]


def corners(points: str) -> Style:
    """Straight strokes between the places of a keypad: 1 to 9, three in a row, the first row on top."""

    def style(rng: np.random.Generator) -> list[Line]:
        rows, columns = (0.0, rng.uniform(0.35, 0.6), 1.0), (0.05, 0.5, 0.95)
        lines = [[(columns[(int(key) - 1) % 3], rows[(int(key) - 1) // 3]) for key in part] for part in points.split()]
        return [_rounded(line, rng) for line in lines]

    return style


def _rounded(line: Line, rng: np.random.Generator) -> Line:
    """The line with its corners cut, once or twice or never."""
    for _ in range(rng.integers(0, 3)):
        cut = [line[0]]
        for (x, y), (u, v) in itertools.pairwise(line):
            cut += [(0.75 * x + 0.25 * u, 0.75 * y + 0.25 * v), (0.25 * x + 0.75 * u, 0.25 * y + 0.75 * v)]
        line = [*cut, line[-1]]
    return line
