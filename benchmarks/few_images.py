"""What very few images give: the recipes and scikit-learn on 1 to 400 images a digit, MNIST's 10,000 to test.

    python benchmarks/few_images.py FOLDER [--draws 5] [--plot FILE]

FOLDER as in accuracy.py. Compare Michael Nielsen, "Reduced MNIST: how well can machines learn from small data?", 2017.
With few images the recipes take smaller batches and more epochs, so that they make no fewer than 3000 steps.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import machine
import numpy as np
from accuracy import by_peer, mnist, peers
from own_symbols import trained

from digits20 import Digits, load_csv
from digits20.plots.canvas import picture
from digits20.system.shipped import shipped

LADDER = machine.so_many((1, 5, 10, 50, 100, 400), (1,))


def few(digits: Digits, images: int, draw: int) -> Digits:
    shuffled = digits.shuffle(np.random.default_rng(draw))
    rows = np.concatenate([np.flatnonzero(shuffled.y == digit)[:images] for digit in range(10)])
    return shuffled.take(rows).shuffle(np.random.default_rng(draw))


def by_recipe(name: str, train: Digits, draw: int, test: Digits) -> float:
    return 100 * trained(name, train, draw).accuracy(test)


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
            scores = {f"--recipe {name}": by_recipe(name, train, draw, test) for name in ("lenet", "accurate")}
            scores |= {name: by_peer(make, train, draw, test)[0] for name, make in peers().items()}
            for name, accuracy in scores.items():
                results.setdefault(name, [[] for _ in LADDER])[LADDER.index(images)].append(accuracy)
            print(images, draw, {name: round(accuracy, 2) for name, accuracy in scores.items()}, file=sys.stderr)
    rows = [
        [str(images), *(f"{np.mean(runs[place]):.1f} ± {np.std(runs[place], ddof=1):.1f}" for runs in results.values())]
        for place, images in enumerate(LADDER)
    ]
    print(machine.table(["images a digit", *results], rows))
    if options.plot:
        options.plot.write_bytes(picture(lambda ax: draw_ladder(ax, results), size=(7, 4.5)))


def draw_ladder(ax: Any, results: dict[str, list[list[float]]]) -> None:
    for (name, runs), style in zip(results.items(), ("o-", "s-", "^:", "v-.", "d--"), strict=False):
        ax.errorbar(LADDER, [np.mean(r) for r in runs], [np.std(r, ddof=1) for r in runs], fmt=style, label=name)
    ax.set_xscale("log")
    ax.set_xticks(LADDER, [str(images) for images in LADDER])
    ax.set_xlabel("training images a digit")
    ax.set_ylabel("% of MNIST's 10,000 test images right")
    ax.set_title("Few images: mean and spread over the draws")
    ax.grid(alpha=0.3)
    ax.legend()


if __name__ == "__main__":
    main()
