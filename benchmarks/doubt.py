"""How honest a model's doubt is: calibration, right digits refused, and what is no digit.

    python benchmarks/doubt.py FOLDER [--model FILE] [--tenth] [--seed 0]

FOLDER holds MNIST's four IDX files, as for photos.py. Right digits are those of MNIST's test part and the drawings of
drawings.py; no digits are letters of matplotlib's fonts, shapes and scribbles. Pictures are read as by `predict`.
`train --styles` learns from pictures of no digit, too: the letters here are of other fonts and other alphabets, half
of the shapes are of other kinds, and the scribbles are made in another way.
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
from digits20.images.photo import read_page
from digits20.learning.calibration import calibrated
from digits20.learning.model import Model
from digits20.learning.settings import Training
from digits20.learning.settings.recipes import RECIPES
from digits20.learning.symbols import as_json, read_symbols
from digits20.optim.descent import MiniBatch

SIDE = 200
# `--styles` learns from Latin letters in other fonts of matplotlib; left out are those that look like a digit, such as
# O, l, S, Z, the Greek o and the Russian З
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabcdefhjkmnprtuvwxy"
ELSEWHERE = "ΓΔΛΞΠΣΨΩαγηκλμξπψω" + "ДЖИЛПФЦШЩЫЮЯджилпфцшщыюя"
LEARNED = ("triangle", "square", "diamond", "star", "cross", "arrow")  # shapes of which it learns, drawn otherwise
OTHERS = ("pentagon", "hexagon", "heart", "house", "trapezium", "asterisk", "hash", "wave")


def blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (SIDE, SIDE), 255)
    return image, ImageDraw.Draw(image)


def letters(signs: str, *fonts: str) -> list[Image.Image]:
    folder, found = Path(matplotlib.get_data_path(), "fonts", "ttf"), []
    for font in [file for name in fonts for file in sorted(folder.glob(name)) if "Display" not in file.name]:
        for sign in signs:
            image, pen = blank()
            pen.text((SIDE / 2, SIDE / 2), sign, fill=0, font=ImageFont.truetype(str(font), 100), anchor="mm")
            found.append(image)
    return found


def lines(kind: str) -> list:
    """The strokes of a shape: points (x, y), -1 to 1."""
    t = np.linspace(-1, 1, 80)
    a = np.pi * (t + 1)
    corners = {"triangle": 3, "diamond": 4, "pentagon": 5, "hexagon": 6, "star": 10}
    if kind in corners:
        angles = np.linspace(0, 2 * np.pi, corners[kind] + 1) - np.pi / 2
        radii = np.where(np.arange(len(angles)) % 2, 0.45 if kind == "star" else 1, 1)
        return [np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)]
    return {
        "square": [[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)]],
        "trapezium": [[(-0.5, -0.6), (0.5, -0.6), (1, 0.6), (-1, 0.6), (-0.5, -0.6)]],
        "house": [[(-0.8, 1), (-0.8, -0.2), (0, -1), (0.8, -0.2), (0.8, 1), (-0.8, 1)], [(-1, -0.2), (1, -0.2)]],
        "heart": [np.stack([np.sin(a) ** 3, -0.8 * np.cos(a) + 0.35 * np.cos(2 * a) + 0.1 * np.cos(3 * a)], axis=1)],
        "cross": [[(-1, -1), (1, 1)], [(1, -1), (-1, 1)]],
        "asterisk": [[(-np.cos(b), -np.sin(b)), (np.cos(b), np.sin(b))] for b in np.pi * np.array([1, 3, 5]) / 6],
        "hash": [[(-1, s), (1, s)] for s in (-0.4, 0.4)] + [[(s, -1), (s, 1)] for s in (-0.4, 0.4)],
        "arrow": [[(-1, 0), (1, 0)], [(0.5, -0.4), (1, 0), (0.5, 0.4)]],
        "wave": [np.stack([t, 0.3 * np.sin(9 * t)], axis=1)],
    }[kind]


def shapes(kinds: tuple[str, ...], rng: np.random.Generator, each: int = 15) -> list[Image.Image]:
    found = []
    for kind in kinds:
        for _ in range(each):
            image, pen = blank()
            turn, radius, width = rng.uniform(-0.1, 0.1), rng.uniform(40, 80), int(rng.integers(3, 12))
            turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            for stroke in lines(kind):
                points = SIDE / 2 + radius * np.asarray(stroke) @ turned
                pen.line([tuple(point) for point in points.tolist()], fill=0, width=width, joint="curve")
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


def no_digits(rng: np.random.Generator) -> dict[str, list[Image.Image]]:
    """Pictures by kind."""
    return {
        "letters, in fonts not learned from": letters(LETTERS, "cm[brst]*10.ttf"),
        "letters of Greek and Russian": letters(ELSEWHERE, "DejaVu*.ttf"),
        "shapes such as it learned from": shapes(LEARNED, rng),
        "other shapes": shapes(OTHERS, rng),
        "scribbles": scribbles(rng),
    }


def answers(model: Model, images: list[Image.Image]) -> list[tuple[str, bool]]:
    """The label, and whether it is known, as `digits20 predict` answers them; those without ink are left out."""
    found = []
    for image in images:
        file = io.BytesIO()
        image.save(file, "PNG")
        try:
            answer = as_json(model, read_symbols(model, read_page(file.getvalue()).symbols))
            found.append((str(answer["label"]), answer["known"]))
        except ImageError:
            continue
    return found


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


def refused(known: np.ndarray | list[bool]) -> list[str]:
    return [str(len(known)), f"{100 * (1 - np.mean(known)):.1f}"]


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
    rows = [["right digits of MNIST's test part", *refused(model.known(X[model.predict(X) == y]))]]
    right = [known for (read, known), true in zip(answers(model, hands), labels, strict=True) if read == str(true)]
    rows.append(["right digits drawn by hand", *refused(right)])
    kinds = {kind: [known for _, known in answers(model, pictures)] for kind, pictures in no_digits(rng).items()}
    rows += [[kind, *refused(known)] for kind, known in kinds.items()]
    rows.append(["all of these that are no digits", *refused([one for known in kinds.values() for one in known])])
    print(machine.table(["pictures", "number", "called unknown, %"], rows))
    if options.tenth:
        shares = [[str(digit), *(f"{share:.1f}" for share in without(digit, "lenet"))] for digit in range(0, 10, 2)]
        print("\n" + machine.table(["digit left out", "others unknown, %", "it unknown, %"], shares))


if __name__ == "__main__":
    main()
