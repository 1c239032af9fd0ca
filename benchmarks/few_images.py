"""What very few images give: the recipe and scikit-learn on 1 to 400 images a digit, MNIST's 10,000 to test.

    python benchmarks/few_images.py FOLDER [--draws 5] [--plot FILE]

FOLDER as in accuracy.py. Compare Michael Nielsen, "Reduced MNIST: how well can machines learn from small data?", 2017.
The recipe keeps its warps, width and rate; with few images it takes more epochs of them, up to ten times as many, and
smaller batches, so that it makes no fewer than 3000 steps.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import machine
import numpy as np
from accuracy import ACCURATE, by_peer, mnist, peers

from digits20 import Digits, MiniBatch, Network, Objective, fit, load_csv
from digits20.images.augment import Warps
from digits20.plots.canvas import picture
from digits20.system.shipped import shipped

LADDER = (1, 5, 10, 50, 100, 400)


def few(digits: Digits, images: int, draw: int) -> Digits:
    shuffled = digits.shuffle(np.random.default_rng(draw))
    rows = np.concatenate([np.flatnonzero(shuffled.y == digit)[:images] for digit in range(10)])
    return shuffled.take(rows).shuffle(np.random.default_rng(draw))


def recipe(train: Digits, draw: int, test: Digits) -> float:
    rng = np.random.default_rng(draw)
    J = Objective(Network((400, *ACCURATE["hidden"], 10)), train.prepared(("deskew",)), warp=Warps((20, 20)))
    batch = int(np.clip(len(train) // 10, 10, ACCURATE["batch_size"]))
    epochs = int(np.clip(3000 * batch // len(train), ACCURATE["iterations"], 10 * ACCURATE["iterations"]))
    solver = MiniBatch(epochs, ACCURATE["learning_rate"], batch_size=batch)
    return 100 * fit(J, J.network.initial_theta(rng), solver, rng=rng).accuracy(test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    digits, test = load_csv(shipped("data/digits20.csv.gz")).astype(np.float32), mnist(options.folder)
    print(f"{Path(__file__).name}, draws 0 to {options.draws - 1}; {machine.describe('scikit-learn')}\n")
    results: dict[str, list[list[float]]] = {}
    for images in LADDER:
        for draw in range(options.draws):
            train = few(digits, images, draw)
            scores = {"digits20, recipe accurate": recipe(train, draw, test)}
            scores |= {name: by_peer(make, train, draw, test)[0] for name, make in peers().items()}
            for name, accuracy in scores.items():
                results.setdefault(name, [[] for _ in LADDER])[LADDER.index(images)].append(accuracy)
    rows = [
        [str(images), *(f"{np.mean(runs[place]):.1f} ± {np.std(runs[place], ddof=1):.1f}" for runs in results.values())]
        for place, images in enumerate(LADDER)
    ]
    print(machine.table(["images a digit", *results], rows))
    if options.plot:
        options.plot.write_bytes(picture(lambda ax: draw_ladder(ax, results), size=(7, 4.5)))


def draw_ladder(ax: Any, results: dict[str, list[list[float]]]) -> None:
    for (name, runs), style in zip(results.items(), ("o-", "s--", "^:", "v-."), strict=False):
        ax.errorbar(LADDER, [np.mean(r) for r in runs], [np.std(r, ddof=1) for r in runs], fmt=style, label=name)
    ax.set_xscale("log")
    ax.set_xticks(LADDER, [str(images) for images in LADDER])
    ax.set_xlabel("training images a digit")
    ax.set_ylabel("% of MNIST's 10,000 test images right")
    ax.set_title("Few images: mean and spread over five draws")
    ax.grid(alpha=0.3)
    ax.legend()


if __name__ == "__main__":
    main()
