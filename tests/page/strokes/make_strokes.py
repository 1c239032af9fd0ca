"""Makes the drawings of this folder, as five people would move a pen: python tests/page/strokes/make_strokes.py

README.md tells how, and what is not allowed here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent

# The forms in which digits are written: strokes of points on a 100x100 box, y downwards; given twice, a corner.
FORMS: dict[str, list[list[tuple[float, float]]]] = {
    "0 oval": [[(50, 5), (25, 20), (15, 50), (25, 82), (50, 95), (75, 80), (85, 50), (72, 18), (48, 6)]],
    "0 overrun": [[(62, 10), (35, 12), (18, 45), (30, 88), (60, 92), (82, 55), (72, 15), (40, 4), (30, 14)]],
    "0 open": [[(60, 12), (36, 14), (24, 50), (36, 90), (62, 88), (76, 52), (66, 20)]],
    "1 bare": [[(50, 5), (49, 50), (50, 95)]],
    "1 serif": [[(28, 30), (52, 6), (52, 6), (52, 50), (52, 95)]],
    "1 foot": [[(28, 30), (50, 8), (50, 8), (50, 94)], [(26, 94), (50, 93), (75, 94)]],
    "2 flat": [[(20, 28), (35, 8), (62, 8), (75, 28), (60, 52), (35, 75), (17, 93), (17, 93), (50, 92), (83, 94)]],
    "2 loop": [[(22, 25), (45, 6), (72, 18), (68, 45), (40, 78), (20, 88), (22, 76), (40, 82), (60, 94), (84, 88)]],
    "2 zed": [[(20, 15), (50, 6), (75, 15), (70, 35), (45, 65), (18, 92), (18, 92), (80, 92)]],
    "3 round": [[(22, 15), (48, 5), (72, 18), (65, 38), (42, 47), (42, 47), (70, 55), (78, 76), (55, 95), (20, 86)]],
    "3 flat": [[(22, 8), (75, 8), (75, 8), (45, 40), (45, 40), (70, 50), (76, 75), (52, 94), (20, 85)]],
    "3 loop": [[(25, 18), (50, 6), (70, 20), (55, 42), (40, 46), (48, 42), (72, 60), (68, 86), (42, 96), (20, 84)]],
    "4 open": [[(30, 5), (20, 55), (20, 55), (50, 54), (82, 53)], [(66, 20), (65, 60), (63, 95)]],
    "4 closed": [[(62, 95), (62, 50), (62, 5), (62, 5), (15, 65), (15, 65), (85, 65)]],
    "4 cup": [[(25, 10), (22, 42), (40, 58), (72, 47)], [(74, 8), (72, 50), (70, 95)]],
    "4 tent": [[(60, 5), (15, 62), (15, 62), (85, 60)], [(60, 35), (57, 95)]],
    "5 hat": [[(32, 8), (28, 45), (28, 45), (55, 40), (76, 60), (68, 86), (42, 96), (18, 85)], [(32, 8), (78, 6)]],
    "5 whole": [[(78, 8), (34, 9), (34, 9), (28, 44), (28, 44), (58, 40), (78, 62), (64, 90), (22, 90)]],
    "5 ess": [[(74, 10), (40, 10), (32, 38), (62, 48), (74, 70), (54, 94), (22, 84)]],
    "6 wide": [[(65, 5), (35, 30), (20, 65), (35, 93), (62, 92), (75, 70), (58, 52), (35, 58), (22, 74)]],
    "6 tall": [[(58, 5), (40, 20), (25, 60), (38, 95), (66, 88), (66, 62), (42, 58), (28, 72)]],
    "6 small loop": [[(72, 8), (42, 28), (24, 70), (45, 95), (68, 84), (62, 66), (40, 70), (30, 82)]],
    "7 plain": [[(18, 10), (80, 10), (80, 10), (58, 45), (42, 95)]],
    "7 bar": [[(18, 12), (82, 9), (82, 9), (60, 50), (45, 95)], [(35, 52), (75, 48)]],
    "7 serif": [[(20, 25), (20, 10), (20, 10), (50, 13), (80, 8), (80, 8), (55, 50), (48, 95)]],
    "8 ess": [
        [(70, 15), (45, 5), (28, 20), (50, 45), (75, 70), (52, 96), (25, 75), (50, 46), (72, 22), (62, 8)],
    ],
    "8 circles": [
        [(50, 5), (28, 22), (50, 44), (72, 24), (52, 6)],
        [(50, 46), (22, 72), (50, 96), (78, 72), (50, 46)],
    ],
    "8 open": [[(74, 20), (50, 6), (32, 24), (68, 64), (62, 92), (36, 92), (30, 70), (60, 40), (76, 14)]],
    "9 straight": [[(72, 22), (50, 6), (26, 24), (38, 48), (66, 42), (72, 20), (72, 20), (70, 55), (66, 95)]],
    "9 curved": [[(74, 25), (48, 6), (26, 28), (46, 50), (72, 30), (72, 62), (52, 94), (24, 88)]],
    "9 open": [[(70, 14), (40, 8), (28, 35), (52, 48), (70, 28), (74, 12), (68, 50), (52, 96)]],
}


@dataclass(frozen=True)
class Hand:
    """How somebody writes. Lengths are shares of the sheet, speed is sheets a second."""

    forms: str  # of 0, 1, 2 …, comma between
    height: float
    narrow: float = 0.8  # width over height
    slant: float = 0.0  # to the right, per height
    tremor: float = 0.004
    drift: float = 0.03  # of the place, from drawing to drawing
    place: tuple[float, float] = (0.5, 0.5)
    speed: float = 1.8
    width: float = 5.5  # the page's slider


HANDS = {
    # upright, as at school
    "anna": Hand("oval,bare,flat,round,open,hat,wide,plain,circles,straight", height=0.6),
    # in a hurry, large, leaning to the right
    "bert": Hand(
        "overrun,serif,loop,loop,tent,ess,small loop,bar,ess,curved", 0.72, slant=0.28, speed=3.2, tremor=0.006, width=4
    ),
    # small, in the upper left, with a thin pen
    "clara": Hand(
        "open,foot,zed,flat,closed,whole,tall,serif,open,open", 0.3, place=(0.33, 0.36), tremor=0.003, width=3
    ),
    # a child with a felt pen: shaky, broad, all over the place
    "dan": Hand(
        "oval,serif,flat,round,cup,hat,wide,bar,circles,curved",
        0.62,
        narrow=0.95,
        tremor=0.016,
        drift=0.08,
        speed=0.9,
        width=8.5,
    ),
    # left-handed, leaning back, narrow
    "ella": Hand(
        "overrun,bare,zed,round,cup,whole,tall,plain,ess,straight", 0.66, narrow=0.58, slant=-0.16, tremor=0.006
    ),
}


def main() -> None:
    for number, (name, hand) in enumerate(HANDS.items()):
        rng = np.random.default_rng(number)
        drawings = [
            {"label": digit, "form": form, "strokes": drawing(FORMS[f"{digit} {form}"], hand, rng)}
            for digit, form in enumerate(hand.forms.split(","))
        ]
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in drawings)
        text = f'{{"hand":"{name}","width":{hand.width},"drawings":[\n{lines}\n]}}\n'
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def drawing(form: list[list[tuple[float, float]]], hand: Hand, rng: np.random.Generator) -> list[list[list[int]]]:
    """Strokes of [x, y, milliseconds], x and y in thousandths of the sheet."""
    turn, stretch = rng.normal(0, 0.06), rng.normal(1, 0.06, size=2)
    place = np.array(hand.place) + rng.normal(0, hand.drift, size=2)
    strokes, now = [], 0.0
    for points in form:
        bent = np.array(points, float) + rng.normal(0, 2, size=(len(points), 2))  # no digit comes out twice the same
        path = (curve(bent) - 50) / 100 * hand.height * stretch
        path[:, 0] = path[:, 0] * hand.narrow - hand.slant * path[:, 1]
        path = path @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + place
        moments, path = at_a_pace(path, hand.speed * rng.uniform(0.8, 1.2))
        path = np.clip(path + wobble(len(path), hand.tremor, rng), 0.02, 0.98)
        strokes.append(
            [[round(1000 * x), round(1000 * y), round(now + t)] for t, (x, y) in zip(moments, path, strict=True)]
        )
        now += moments[-1] + rng.uniform(120, 300)  # the pen in the air
    return strokes


def curve(points: np.ndarray, steps: int = 24) -> np.ndarray:
    """(n, 2) Catmull-Rom spline through the points (Catmull & Rom 1974)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        ((2 * b) + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def at_a_pace(path: np.ndarray, speed: float, every: float = 28.0) -> tuple[np.ndarray, np.ndarray]:
    """Moments in milliseconds and points there: slower where the path bends, and at both ends."""
    steps = np.diff(path, axis=0)
    lengths = np.hypot(*steps.T)
    directions = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    bend = np.abs(np.gradient(directions)) / np.maximum(lengths, 1e-4) if len(steps) > 1 else np.zeros(1)
    pace = speed / (1 + np.minimum(0.02 * bend, 2.0))
    ramp = np.minimum(1, 0.35 + 4 * np.minimum(np.arange(len(steps)), np.arange(len(steps))[::-1]) / len(steps))
    moments = np.concatenate([[0], np.cumsum(1000 * lengths / (pace * ramp))])
    samples = np.append(np.arange(0, moments[-1], every), moments[-1])
    return samples, np.column_stack([np.interp(samples, moments, path[:, axis]) for axis in (0, 1)])


def wobble(count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) smooth noise: a hand shakes at about 8 hertz, not from sample to sample."""
    noise = rng.normal(0, size, size=(count + 4, 2))
    return np.column_stack(
        [np.convolve(noise[:, axis], [0.15, 0.25, 0.3, 0.25, 0.15], mode="valid") * 2 for axis in (0, 1)]
    )


if __name__ == "__main__":
    main()
