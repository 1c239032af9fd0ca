"""How honest a model's doubt is: calibration, right digits refused, and what is no digit.

    python benchmarks/doubt.py FOLDER [--model FILE] [--tenth] [--seed 0]

FOLDER holds MNIST's four IDX files, as for photos.py. Right digits are those of MNIST's test part and the drawings of
drawings.py; no digits are letters of matplotlib's fonts, shapes and scribbles, drawn as files and read by `read_photo`.
--tenth also trains five networks on nine digits each and shows them the tenth. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import drawings
import machine
import matplotlib
import numpy as np
from photos import mnist
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from digits20 import Digits, ImageError, load_digits, load_model
from digits20.images.geometry import resize
from digits20.images.photo import read_photo
from digits20.learning.calibration import calibrated
from digits20.learning.model import Model
from digits20.learning.recipes import RECIPES
from digits20.learning.settings import Training
from digits20.optim.descent import MiniBatch

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabcdefhjkmnprtuvwxy"  # without those that are digits to look at
CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "star": 10}
SIDE = 200


def blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (SIDE, SIDE), 255)
    return image, ImageDraw.Draw(image)


def letters() -> list[Image.Image]:
    folder, found = Path(matplotlib.get_data_path(), "fonts", "ttf"), []
    for font in sorted(folder.glob("DejaVu*.ttf")) + sorted(folder.glob("cm[brst]*10.ttf")):
        if "Display" in font.name:
            continue
        for letter in LETTERS:
            image, pen = blank()
            pen.text((SIDE / 2, SIDE / 2), letter, fill=0, font=ImageFont.truetype(str(font), 100), anchor="mm")
            found.append(image)
    return found


def polygon(rng: np.random.Generator, corners: int) -> np.ndarray:
    turn = np.pi / 4 if corners == 4 else -np.pi / 2
    angles = np.linspace(0, 2 * np.pi, corners + 1) + turn + rng.uniform(-0.1, 0.1)
    radius = rng.uniform(40, 80) * np.where(np.arange(corners + 1) % 2, 0.45 if corners == 10 else 1, 1)
    return SIDE / 2 + np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def lines(rng: np.random.Generator, kind: str) -> list[np.ndarray]:
    """The strokes of a cross, a hash, an arrow or a wave: points (x, y)."""
    r = rng.uniform(40, 80)
    t = np.linspace(-1, 1, 80)
    strokes = {
        "cross": [[(-1, -1), (1, 1)], [(1, -1), (-1, 1)]],
        "hash": [[(-1, s), (1, s)] for s in (-0.4, 0.4)] + [[(s, -1), (s, 1)] for s in (-0.4, 0.4)],
        "arrow": [[(-1, 0), (1, 0)], [(0.5, -0.4), (1, 0), (0.5, 0.4)]],
        "wave": [np.stack([t, 0.3 * np.sin(9 * t)], axis=1)],
    }
    return [SIDE / 2 + r * np.array(stroke) for stroke in strokes[kind]]


def shapes(rng: np.random.Generator, each: int = 15) -> list[Image.Image]:
    found = []
    for kind in [*CORNERS, "cross", "hash", "arrow", "wave"]:
        for _ in range(each):
            image, pen = blank()
            strokes = [polygon(rng, CORNERS[kind])] if kind in CORNERS else lines(rng, kind)
            width = int(rng.integers(3, 12))
            for stroke in strokes:
                pen.line([tuple(point) for point in stroke], fill=0, width=width, joint="curve")
            found.append(image)
    return found


def scribbles(rng: np.random.Generator, count: int = 200) -> list[Image.Image]:
    found = []
    for number in range(count):
        points = rng.uniform(30, SIDE - 30, (rng.integers(6, 40), 2))
        if number % 2:  # a round hand
            steps = np.linspace(0, len(points) - 1, 8 * len(points))
            points = np.stack([np.interp(steps, np.arange(len(points)), axis) for axis in points.T], axis=1)
            points = ndimage.gaussian_filter1d(points, 4, axis=0)
        image, pen = blank()
        pen.line([tuple(point) for point in points], fill=0, width=int(rng.integers(2, 10)), joint="curve")
        found.append(image)
    return found


def pixels(images: list[Image.Image], shape: tuple[int, int]) -> np.ndarray:
    """(m, n): as `digits20 predict` reads them; those without ink are left out."""
    found = []
    for image in images:
        file = io.BytesIO()
        image.save(file, "PNG")
        try:
            found.append(read_photo(file.getvalue(), shape).pixels)
        except ImageError:
            continue
    return np.array(found)


def drawn() -> tuple[list[Image.Image], np.ndarray]:
    of_hands = [json.loads(file.read_text())["drawings"] for file in sorted(drawings.STROKES.glob("*.json"))]
    kinds = [how for how in drawings.KINDS.values() if how["side"] in (28, 100, 140)]
    all_of_them = [(one, how) for how in kinds for hand in of_hands for one in hand]
    return [drawings.draw(one["strokes"], **how) for one, how in all_of_them], np.array(
        [one["label"] for one, _ in all_of_them]
    )


def calibration_error(model: Model, X: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over bins of confidence."""
    P = model.predict_proba(X)
    right, confidence = P.argmax(axis=1) == y, P.max(axis=1)
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs((right[number == k] - confidence[number == k]).sum()) for k in range(bins)) / len(y)


def refused(model: Model, X: np.ndarray, y: np.ndarray | None = None) -> list[str]:
    if y is not None:
        X = X[model.predict(X) == y]
    return [str(len(X)), f"{100 * (~model.known(X)).mean():.1f}"]


def without(digit: int, recipe: str) -> tuple[float, float]:
    """Of a network that has learned the other nine: the shares of its own test digits and of `digit` refused, %."""
    digits = load_digits()
    nine = np.delete(np.arange(10), digit)
    known = digits.take(np.flatnonzero(digits.y != digit))
    known = Digits(known.X, np.searchsorted(nine, known.y), tuple(nine.tolist()))
    training = Training(**{**RECIPES[recipe], "solver": MiniBatch(iterations=15, learning_rate=0.002)})
    rng = np.random.default_rng(0)
    train, _, test = training.for_images(len(known), "nine digits").split(known, rng)
    held_out, fresh = test.split(len(test) // 2)
    (job,) = training.jobs(train, None, rng)
    model = calibrated(job.run(), train, held_out)
    return tuple(100 * float((~model.known(X)).mean()) for X in (fresh.X, digits.X[digits.y == digit]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="reference")
    parser.add_argument("--tenth", action="store_true", help="also train on nine digits and show the tenth")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model, rng = load_model(options.model), np.random.default_rng(options.seed)
    images, y = mnist(options.folder, "t10k")
    X = resize(images.reshape(len(images), -1) / 255, (28, 28), model.image_shape)
    print(f"{options.model}, seed {options.seed}; {machine.describe('pillow')}\n")
    print(f"Expected calibration error on MNIST's {len(y)}: {100 * calibration_error(model, X, y):.2f} %\n")
    hands, labels = drawn()
    rows = [["right digits of MNIST's test part", *refused(model, X, y)]]
    rows.append(["right digits drawn by hand", *refused(model, pixels(hands, model.image_shape), labels)])
    kinds = {"letters": letters(), "shapes": shapes(rng), "scribbles": scribbles(rng)}
    rows += [[kind, *refused(model, pixels(drawn_ones, model.image_shape))] for kind, drawn_ones in kinds.items()]
    print(machine.table(["pictures", "number", "called unknown, %"], rows))
    if options.tenth:
        shares = [[str(digit), *(f"{share:.1f}" for share in without(digit, "lenet"))] for digit in range(0, 10, 2)]
        print("\n" + machine.table(["digit left out", "others unknown, %", "it unknown, %"], shares))


if __name__ == "__main__":
    main()
