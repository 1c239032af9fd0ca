"""Sets of options with a name: what --recipe stands for wherever the user has not said otherwise."""

from __future__ import annotations

import argparse
from typing import Any

from ..optim.solvers import MINI_BATCHES, SOLVERS
from .solver import SOLVER_OPTIONS

# the course's exercise 4, and what every recipe begins with
COURSE: dict[str, Any] = {
    "hidden": [25],
    "activation": "sigmoid",
    "output": "sigmoid",
    "lam": 1.0,
    "solver": "l-bfgs",
    "deskew": False,
    "augment": False,
    "ensemble": 1,
}
RECIPES: dict[str, dict[str, Any]] = {
    "course": COURSE,
    # chosen on validation parts of the 4000 training images; benchmarks/accuracy.py measures it
    "accurate": COURSE
    | {
        "hidden": [512],
        "lam": 0.0,
        "solver": "adam",
        "iterations": 400,
        "learning_rate": 0.015,
        "batch_size": 100,
        "schedule": "cosine",
        "deskew": True,
        "augment": True,
    },
}


def add(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("recipe")
    group.add_argument("--recipe", choices=tuple(RECIPES), default="course", help="options left out are as it has them")
    group.add_argument("--show-settings", action="store_true", help="print what is meant, and train nothing")


def apply(options: argparse.Namespace) -> None:
    """Fill in the options that the user has left out.

    A solver of the user's own choice comes with its own settings, not with the recipe's for another one; and only
    mini-batches can see new warps each epoch.
    """
    recipe = dict(RECIPES[options.recipe])
    if options.augment and not options.solver and recipe["solver"] not in MINI_BATCHES:
        recipe["solver"] = "adam"
    if options.solver not in (None, recipe["solver"]):
        recipe = {name: value for name, value in recipe.items() if name not in SOLVER_OPTIONS}
        recipe["solver"] = options.solver
        recipe["augment"] = recipe["augment"] and options.solver in MINI_BATCHES
    if options.init_from:
        recipe = {name: value for name, value in recipe.items() if name not in ("hidden", "activation", "output")}
    for name, value in (SOLVERS[recipe["solver"]].defaults | recipe).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
