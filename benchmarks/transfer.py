"""Does it pay to start from a trained network? Few images of a new task, three ways to learn it.

    python benchmarks/transfer.py

From scratch, the output layer alone on frozen layers, and everything fine-tuned; mean and spread of the accuracy on the
task's other images over five seeds. The settings were chosen on the digits 0 to 4, which are in no table below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import machine
import numpy as np

from digits20 import LBFGS, Digits, Model, Network, Objective, fit, load_csv
from digits20.shipped import shipped
from digits20.transfer import Start, from_model, from_scratch

SEEDS, IMAGES_A_CLASS = range(5), (5, 10, 20, 50)
HIDDEN, LAM, FEW_LAM, ITERATIONS = 100, 1.0, 0.1, 100


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
    return Digits(X / 16, y).resized((20, 20)).astype(np.float32)


def trained(start: Start, digits: Digits, lam: float) -> Model:
    J = Objective(start.network, start.sees(digits), lam)
    return start.whole(fit(J, start.theta, LBFGS(ITERATIONS)))


def base_model(digits: Digits, seed: int) -> Model:
    rng = np.random.default_rng(seed)
    upright = digits.prepared(("deskew",))
    return trained(from_scratch(Network((400, HIDDEN, len(digits.labels))), rng), upright, LAM)


def few(digits: Digits, images: int, rng: np.random.Generator) -> tuple[Digits, Digits]:
    """So many images of each class, and all others."""
    shuffled = digits.shuffle(rng)
    rows = np.concatenate([np.flatnonzero(shuffled.y == k)[:images] for k in range(len(digits.labels))])
    return shuffled.take(rows), shuffled.take(np.setdiff1d(np.arange(len(digits)), rows))


def row(name: str, base_digits: Digits, task: Digits, images: int) -> list[str]:
    ways: dict[str, Callable[[Model, Digits, np.random.Generator], tuple[Start, Digits]]] = {
        "from scratch": lambda _, train, rng: (
            from_scratch(Network((400, HIDDEN, len(train.labels))), rng),
            train.prepared(("deskew",)),
        ),
        "output layer only": lambda base, train, rng: (from_model(base, train.labels, rng, freeze=1), train),
        "everything fine-tuned": lambda base, train, rng: (from_model(base, train.labels, rng), train),
    }
    accuracies: dict[str, list[float]] = {way: [] for way in ways}
    for seed in SEEDS:
        base = base_model(base_digits, seed)
        train, test = few(task, images, np.random.default_rng(seed))
        for way, start in ways.items():
            model = trained(*start(base, train, np.random.default_rng(seed)), FEW_LAM)
            accuracies[way].append(100 * model.accuracy(test))
    return [name, str(images), *(f"{np.mean(a):.1f} ± {np.std(a, ddof=1):.1f}" for a in accuracies.values())]


def main() -> None:
    print(f"{Path(__file__).name}, seeds 0 to 4; {machine.describe('scikit-learn')}\n")
    digits = shipped_digits()
    tasks = [
        ("0–4 → 5–9", only(digits, (0, 1, 2, 3, 4)), only(digits, (5, 6, 7, 8, 9))),
        ("these digits → scikit-learn's 8×8", digits, scikit_learns()),
    ]
    rows = [row(name, base, task, images) for name, base, task in tasks for images in IMAGES_A_CLASS]
    head = ["task, accuracy in %", "images a class", "from scratch", "output layer only", "everything fine-tuned"]
    print(machine.table(head, rows))


if __name__ == "__main__":
    main()
