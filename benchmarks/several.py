"""How well pictures of several digits are read whole: numbers of 2 to 5 digits, pages, forms and columns.

    python benchmarks/several.py FOLDER [--model FILE] [--images 200] [--seed 0] [--keep FOLDER]

FOLDER holds MNIST's four IDX files, as for photos.py. The digits are those of MNIST's test part, drawn with pens, on
papers and in light of many kinds. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
from dataclasses import dataclass, replace
from pathlib import Path

import machine
import numpy as np
from photos import Scene, light_up, mnist
from PIL import Image
from scipy import ndimage

from digits20 import ImageError, load_model
from digits20.images.photo import read_page
from digits20.learning.symbols import number, read_symbols
from digits20.system.shipped import shipped


def stroke(digit: np.ndarray, height: float, pen: float) -> np.ndarray:
    """The ink of an MNIST digit (28, 28), cropped, `height` pixels for MNIST's 20, its strokes `pen` * height wider."""
    fine = ndimage.zoom(digit / 255, height / 20, order=3)
    inside = fine > 0.45
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    ink = ndimage.gaussian_filter(np.clip(distance + pen * height + 0.5, 0, 1), 0.6)
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def put(page: np.ndarray, ink: np.ndarray, row: float, column: float) -> None:
    row, column = round(row), round(column)
    part = page[row : row + ink.shape[0], column : column + ink.shape[1]]
    np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)


@dataclass(frozen=True)
class Digits:
    """Digits to draw with, and the randomness that chooses them."""

    images: np.ndarray
    labels: np.ndarray
    rng: np.random.Generator

    def any(self, height: float, pen: float) -> tuple[np.ndarray, str]:
        chosen = self.rng.integers(len(self.images))
        return stroke(self.images[chosen], height, pen), str(self.labels[chosen])


def numbers(digits: Digits, gaps: tuple[float, float] = (0.12, 0.45)) -> tuple[np.ndarray, str]:
    """A number of 2 to 5 digits in a row, its height, gaps, base line and pen at random."""
    rng = digits.rng
    height, pen = rng.uniform(45, 90), rng.uniform(-0.02, 0.03)
    parts = [digits.any(height * rng.uniform(0.9, 1.1), pen) for _ in range(rng.integers(2, 6))]
    page, column = np.zeros((240, 640)), rng.uniform(20, 60)
    base = rng.uniform(130, 190)
    for ink, _ in parts:
        put(page, ink, base - ink.shape[0] + rng.uniform(-0.08, 0.08) * height, column)
        column += ink.shape[1] + rng.uniform(*gaps) * height
    return page[:, : round(min(640, column + 40))], "".join(label for _, label in parts)


def touching(digits: Digits) -> tuple[np.ndarray, str]:
    return numbers(digits, (-0.04, 0.0))


def a_page(digits: Digits, rows: int = 8, columns: int = 10, frame: bool = False) -> tuple[np.ndarray, str]:
    """rows x columns digits in lines."""
    cell = 60
    page, lines = np.zeros((rows * cell + 40, columns * cell + 40)), []
    pen = digits.rng.uniform(-0.01, 0.02)
    for row in range(rows):
        parts = [digits.any(digits.rng.uniform(30, 36), pen) for _ in range(columns)]
        for column, (ink, _) in enumerate(parts):
            top, left = 20 + row * cell, 20 + column * cell
            put(page, ink, top + (cell - ink.shape[0]) / 2, left + (cell - ink.shape[1]) / 2)
            if frame:
                for edge in (0, cell):
                    page[top + edge, left : left + cell + 1] = page[top : top + cell + 1, left + edge] = 1
        lines.append("".join(label for _, label in parts))
    return page, " ".join(lines)


def a_form(digits: Digits) -> tuple[np.ndarray, str]:
    return a_page(digits, rows=1, columns=6, frame=True)


def a_column(digits: Digits) -> tuple[np.ndarray, str]:
    return a_page(digits, rows=6, columns=3)


KINDS = {"numbers": numbers, "touching": touching, "form of six boxes": a_form, "column of six": a_column}


def lit(ink: np.ndarray, rng: np.random.Generator) -> Image.Image:
    inks = [(0.1, 0.1, 0.15), (0.1, 0.2, 0.7), (0.7, 0.1, 0.1), (0.25, 0.25, 0.25)]
    scene = Scene(ink=inks[rng.integers(len(inks))], noise=rng.uniform(0, 0.03))
    if rng.random() < 0.2:
        scene = replace(scene, paper=(0.1, 0.15, 0.12), ink=(0.9, 0.9, 0.85))
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.7)
    scene = replace(scene, light=(strength * np.sin(angle), strength * np.cos(angle)))
    return Image.fromarray(np.uint8(np.rint(255 * light_up(ink, scene, rng))))


def edits(read: str, true: str) -> int:
    """The fewest digits to insert, leave out or change until `read` is `true` (Levenshtein)."""
    row = list(range(len(true) + 1))
    for i, seen in enumerate(read, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(true, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (seen != wanted))
    return min(row[-1], len(true))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--images", type=int, default=200, help="of each kind; pages are a tenth")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="write misread pictures there")
    options = parser.parse_args()
    model = load_model(options.model or shipped("models/reference.pkl"))
    digits = Digits(*mnist(options.folder, "t10k"), np.random.default_rng(options.seed))
    rows = []
    for kind, draw in {**KINDS, "page of 80": a_page}.items():
        whole = alike = total = 0
        count = max(1, options.images // (10 if draw is a_page else 1))
        for i in range(count):
            ink, true = draw(digits)
            file = io.BytesIO()
            lit(ink, digits.rng).save(file, "JPEG", quality=85)
            try:
                read = str(number(model, read_symbols(model, read_page(file.getvalue()).symbols)))
            except ImageError as error:
                read = str(error)
            whole += read == true
            alike, total = alike + len(true) - edits(read, true), total + len(true)
            if read != true and options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                name = f"{kind.replace(' ', '-')}-{i:03}-{true[:12]}-as-{read[:12]}.jpg".replace("/", "")
                (options.keep / name).write_bytes(file.getvalue())
        rows.append([kind, str(count), f"{100 * whole / count:.1f}", f"{100 * alike / total:.1f}"])
    print(f"{options.model or 'the reference model'}, seed {options.seed}; {machine.describe('pillow')}\n")
    print(machine.table(["pictures", "number", "read whole, %", "digits right, %"], rows))


if __name__ == "__main__":
    main()
