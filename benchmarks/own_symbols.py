"""Somebody's own symbols: few drawings of each letter of an alphabet, the others to test; beside four peers.

    python benchmarks/own_symbols.py FOLDER [--alphabets Greek Korean] [--drawings 1 5 10 15] [--draws 5]

FOLDER holds images_background_small1.zip of github.com/brendenlake/omniglot (Lake, Salakhutdinov & Tenenbaum 2015, MIT
licence): every letter drawn by 20 people. Each picture is read as `digits20 predict` reads one. A draw takes the
drawings of so many people to train with; all sides see the same. digits20 trains as `digits20 train --recipe` does;
PyTorch, if installed, the same network with the same warps, batches and epochs.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import machine
import numpy as np
from threadpoolctl import threadpool_limits

from digits20 import Digits, Model, load_model
from digits20.errors import ImageError
from digits20.images.augment import Warps
from digits20.images.photo import read_pixels
from digits20.learning.settings import Training
from digits20.learning.settings.recipes import RECIPES, STARTS

PEOPLE, SIDE = 20, 20
Side = Callable[[Digits, Digits, int], float]


def alphabets(folder: Path) -> dict[str, Digits]:
    """The letters of each alphabet by their number, in the order of letters and people."""
    with zipfile.ZipFile(folder / "images_background_small1.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        pixels = {name: _pixels(archive.read(name)) for name in names}
    found = {}
    for alphabet in sorted({name.split("/")[1] for name in names}):
        own = [name for name in names if name.split("/")[1] == alphabet]
        letters = sorted({name.split("/")[2] for name in own})
        X = np.array([pixels[name] for name in own], np.float32)
        y = np.array([letters.index(name.split("/")[2]) for name in own])
        found[alphabet] = Digits(X, y, labels=tuple(letters), image_shape=(SIDE, SIDE))
    return found


def _pixels(picture: bytes) -> Any:
    try:
        return read_pixels(picture, [(SIDE, SIDE)])[SIDE, SIDE].ravel()
    except ImageError:  # nothing that would pass for ink: left blank, and counted as any other
        return np.zeros(SIDE * SIDE)


def parts(digits: Digits, drawings: int, draw: int) -> tuple[Digits, Digits]:
    """So many people's drawings of every letter, and the others'."""
    people = np.arange(len(digits)) % PEOPLE
    chosen = np.isin(people, np.random.default_rng(draw).permutation(PEOPLE)[:drawings])
    return digits.take(np.flatnonzero(chosen)), digits.take(np.flatnonzero(~chosen))


def by_recipe(name: str, **changes: Any) -> Side:
    def train(images: Digits, test: Digits, seed: int) -> float:
        return 100 * trained(name, images, seed, **changes).accuracy(test)

    return train


def trained(name: str, images: Digits, seed: int, **changes: Any) -> Model:
    training = Training(**{**RECIPES[name], "seed": seed, "train_size": "all", **changes})
    training = training.for_images(len(images), "the letters").started(images)
    if machine.SMALL:
        training = replace(training, solver=replace(training.solver, iterations=1))
    rng = np.random.default_rng(seed)
    images = images.shuffle(rng).prepared(("deskew",) if training.deskew else ())
    (job,) = training.jobs(images, None, rng)
    return job.run()


def by_peer(make: Callable[[int], Any]) -> Side:
    def train(images: Digits, test: Digits, seed: int) -> float:
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            return 100 * float(make(seed).fit(images.X, images.y).score(test.X, test.y))

    return train


def by_torch(images: Digits, test: Digits, seed: int) -> float:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    solver: Any = Training(**RECIPES["lenet"], train_size="all").for_images(len(images), "the letters").solver
    warps, rng, K = Warps((SIDE, SIDE)), np.random.default_rng(seed), len(images.labels)
    network = torch.nn.Sequential(
        *(torch.nn.Conv2d(1, 32, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Conv2d(32, 64, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Flatten(), torch.nn.Linear(576, 256), torch.nn.ReLU(), torch.nn.Linear(256, K)),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=solver.learning_rate)
    steps = solver.iterations * -(-len(images) // solver.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    loss = torch.nn.CrossEntropyLoss()
    for _ in range(solver.iterations):
        order = rng.permutation(len(images))
        X = torch.tensor(warps(images.X[order], rng)).reshape(-1, 1, SIDE, SIDE)
        y = torch.tensor(images.y[order])
        for start in range(0, len(order), solver.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss(network(X[start : start + solver.batch_size]), y[start : start + solver.batch_size]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        answers = network(torch.tensor(np.array(test.X)).reshape(-1, 1, SIDE, SIDE)).argmax(1).numpy()
    return 100 * float((answers == test.y).mean())


def sides() -> dict[str, Side]:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    found = {
        "SVC": by_peer(lambda seed: SVC()),
        "nearest neighbour": by_peer(lambda seed: KNeighborsClassifier(1)),
        "MLPClassifier": by_peer(lambda seed: MLPClassifier(max_iter=400, random_state=seed)),
        "accurate": by_recipe("accurate"),
        "lenet": by_recipe("lenet", few_from=load_model(STARTS["lenet"])),
        "lenet from random weights": by_recipe("lenet"),
    }
    if importlib.util.find_spec("torch"):
        found["PyTorch, the same"] = by_torch
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alphabets", nargs="+")
    parser.add_argument("--drawings", type=int, nargs="+", default=[1, 5, 10, 15])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--sides", nargs="+")
    options = parser.parse_args()
    chosen = {name: side for name, side in sides().items() if not options.sides or name in options.sides}
    print(f"{Path(__file__).name}, draws 0 to {options.draws - 1}; {machine.describe('scikit-learn')}\n")
    rows = []
    for alphabet, digits in alphabets(options.folder).items():
        if options.alphabets and alphabet not in options.alphabets:
            continue
        for drawings in options.drawings:
            cells = [
                _cell(side, [parts(digits, drawings, draw) for draw in range(options.draws)])
                for side in chosen.values()
            ]
            rows.append([f"{alphabet}, {len(digits.labels)} letters, {drawings} each", *cells])
            print("\t".join(rows[-1]), flush=True)
    print("\n" + machine.table(["test accuracy, % (CPU seconds)", *chosen], rows))


def _cell(side: Side, draws: list[tuple[Digits, Digits]]) -> str:
    began = time.process_time()
    accuracies = [side(train, test, draw) for draw, (train, test) in enumerate(draws)]
    seconds = (time.process_time() - began) / len(draws)
    return f"{np.mean(accuracies):.1f} ± {np.std(accuracies):.1f} ({seconds:.0f})"


if __name__ == "__main__":
    main()
