"""The recipes, which preset some fields of a `Training`, and what becomes of them for more or fewer images."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ...optim.descent import MiniBatch

SMALL_SET = 4000  # images; a recipe sees those of a larger set less often
FEW = 200  # images; so many or fewer of new labels are better learned from a trained model than from nothing

# fields of a Training by the name of the recipe that presets them; the course's exercise 4 is what Training has itself
RECIPES: dict[str, dict[str, Any]] = {
    "course": {},
    # chosen on validation parts of the 4000 training images; benchmarks/accuracy.py measures it
    "accurate": {
        "hidden": (512,),
        "lam": 0.0,
        "solver": MiniBatch(iterations=400, learning_rate=0.015),
        "fewer_epochs": True,
        "least_steps": 3000,
        "deskew": True,
        "warps": {},
    },
    # LeCun et al. 1998, Gradient-based learning applied to document recognition; chosen in the same way
    "lenet": {
        "layers": "conv 32 5, pool 2, conv 64 3, pool 2, 256",
        "activation": "relu",
        "output": "softmax",
        "lam": 0.0,
        "solver": MiniBatch(iterations=150, learning_rate=0.002),
        "fewer_epochs": True,
        "least_steps": 3000,
        "warps": {},
    },
}

# the shipped model that a recipe starts from where images are few; benchmarks/own_symbols.py measures what it gives
STARTS = {"lenet": "reference"}


def epochs_for(images: int, epochs: int) -> int:
    """The epochs of a recipe that has `epochs` for 4000 images, for a set of so many.

    Each image of a larger set is seen less often, by the cube root of its size: so a training on eight times the images
    takes four times as long, and is better.

    >>> epochs_for(3000, 150), epochs_for(60_000, 150)
    (150, 60)
    """
    return max(1, math.floor(epochs * min(1.0, math.cbrt(SMALL_SET / images))))


def with_steps(solver: MiniBatch, images: int, steps: int) -> MiniBatch:
    """The solver with so many steps at least: fewer images come in smaller batches, and in more epochs."""
    batch = min(solver.batch_size, max(images // 10, 10))
    return replace(solver, batch_size=batch, iterations=max(solver.iterations, -(-steps * batch // images)))
