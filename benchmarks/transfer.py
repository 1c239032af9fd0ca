"""Does it pay to start from a trained network? Few images of a new task, three ways to learn it.

    python benchmarks/transfer.py

From scratch, the output layer alone on frozen layers, and everything fine-tuned; mean and spread of the accuracy on the
task's other images over five draws of the few. Where all layers learn they see warped images each epoch (Adam), the
output layer alone is trained by L-BFGS. The settings were chosen on draws 0 and 1, which are not among those reported.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import machine
import numpy as np

from digits20 import LBFGS, Digits, MiniBatch, Model, Network, Objective, fit, load_csv
from digits20.images.augment import Warps
from digits20.learning.transfer import Start, from_model, from_scratch
from digits20.system.shipped import shipped

SEEDS, IMAGES_A_CLASS, HIDDEN = range(10, machine.so_many(15, 12)), machine.so_many((5, 10, 20, 50), (5,)), 256
BASE = MiniBatch(machine.so_many(60, 1), 0.01)
FEW = MiniBatch(machine.so_many(150, 1), 0.01, batch_size=25)
HEAD, HEAD_LAM = LBFGS(100), 0.1


def shipped_digits() -> Digits:
    return load_csv(shipped("data/digits20.csv.gz")).astype(np.float32)


def only(digits: Digits, labels: tuple[int, ...]) -> Digits:
    """The images of these labels, which become all the labels there are."""
    chosen = digits.take(np.flatnonzero(np.isin(digits.y, labels)))
    return replace(chosen, y=np.searchsorted(labels, chosen.y), labels=labels)


def scikit_learns() -> Digits:
    """scikit-learn's 1797 digits of 8x8 pixels from 43 writers, enlarged as a user's file would be."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Digits(X / 16, y)[:: machine.so_many(1, 10)].resized((20, 20)).astype(np.float32)


def trained(start: Start, digits: Digits, solver: MiniBatch, seed: int) -> Model:
    J = Objective(start.network, start.sees(digits), warp=Warps(digits.image_shape))
    return start.whole(fit(J, start.theta, solver, rng=np.random.default_rng(seed)))


def base_model(digits: Digits, seed: int) -> Model:
    start = from_scratch(Network((400, HIDDEN, len(digits.labels))), np.random.default_rng(seed))
    return trained(start, digits.prepared(("deskew",)), BASE, seed)


def from_nothing(base: Model, train: Digits, seed: int) -> Model:
    start = from_scratch(Network((400, HIDDEN, len(train.labels))), np.random.default_rng(seed))
    return trained(start, train.prepared(base.preprocess), FEW, seed)


def output_layer_only(base: Model, train: Digits, seed: int) -> Model:
    start = from_model(base, train.labels, np.random.default_rng(seed), freeze=1)
    J = Objective(start.network, start.sees(train), HEAD_LAM)
    return start.whole(fit(J, start.theta, HEAD))


def everything(base: Model, train: Digits, seed: int) -> Model:
    return trained(from_model(base, train.labels, np.random.default_rng(seed)), train, FEW, seed)


def few(digits: Digits, images: int, rng: np.random.Generator) -> tuple[Digits, Digits]:
    """So many images of each class, and all others."""
    shuffled = digits.shuffle(rng)
    rows = np.concatenate([np.flatnonzero(shuffled.y == k)[:images] for k in range(len(digits.labels))])
    return shuffled.take(rows), shuffled.take(np.setdiff1d(np.arange(len(digits)), rows))


WAYS = {"from scratch": from_nothing, "output layer only": output_layer_only, "everything fine-tuned": everything}


def row(name: str, bases: list[Model], task: Digits, images: int) -> list[str]:
    accuracies: dict[str, list[float]] = {way: [] for way in WAYS}
    for seed, base in zip(SEEDS, bases, strict=True):
        train, test = few(task, images, np.random.default_rng(seed))
        for way, learn in WAYS.items():
            accuracies[way].append(100 * learn(base, train, seed).accuracy(test))
    return [name, str(images), *(f"{np.mean(a):.1f} ± {np.std(a, ddof=1):.1f}" for a in accuracies.values())]


def main() -> None:
    print(f"{Path(__file__).name}, draws 10 to 14; {machine.describe('scikit-learn')}\n")
    digits = shipped_digits()[:: machine.so_many(1, 10)]
    tasks = [
        ("0–4 → 5–9", only(digits, (0, 1, 2, 3, 4)), only(digits, (5, 6, 7, 8, 9))),
        ("these digits → scikit-learn's 8×8", digits, scikit_learns()),
    ]
    rows = []
    for name, base_digits, task in tasks:
        bases = [base_model(base_digits, seed) for seed in SEEDS]
        rows += [row(name, bases, task, images) for images in IMAGES_A_CLASS]
    print(machine.table(["task, accuracy in %", "images a class", *WAYS], rows))


if __name__ == "__main__":
    main()
