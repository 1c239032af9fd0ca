"""Makes the README's pictures but those of accuracy.py and few_images.py: python benchmarks/pictures.py"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from digits20 import load_csv, load_model
from digits20.curves.__main__ import main as curves
from digits20.images.augment import Warps
from digits20.plots.canvas import picture
from digits20.plots.images import plot_mistakes
from digits20.plots.results import plot_warps
from digits20.plots.units import plot_units
from digits20.system.shipped import shipped
from digits20.train.__main__ import main as train

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "digits20.pkl")
        train(["--lambda", "1.0", "--model", model, "--plot", str(PICTURES / "costs.png")])
        trained = load_model(model)
    curves(["--kind", "learning", "--plot", str(PICTURES / "learning.png")])
    curves(["--kind", "lambda", "--plot", str(PICTURES / "lambda.png")])
    solvers = ["--solver", "l-bfgs", "cg", "adam", "gd", "--against", "seconds"]
    curves(["--kind", "cost", *solvers, "--plot", str(PICTURES / "solvers.png")])
    digits = load_csv(shipped("data/digits20.csv.gz"))
    test = digits.shuffle(np.random.default_rng(0)).split(4000)[1]  # what `train` has held back
    (PICTURES / "units.png").write_bytes(picture(lambda ax: plot_units(ax, trained, columns=9), size=(7, 2.9)))
    (PICTURES / "mistakes.png").write_bytes(picture(lambda ax: plot_mistakes(ax, trained, test), size=(7, 2.8)))
    five = digits.X[np.flatnonzero(digits.y == 5)[7]]
    draw = picture(lambda ax: plot_warps(ax, five, Warps((20, 20)), np.random.default_rng(0)), size=(7, 3.1))
    (PICTURES / "warps.png").write_bytes(draw)


if __name__ == "__main__":
    main()
