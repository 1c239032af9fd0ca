"""Every solver by its name, with its settings and their defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .descent import GradientDescent, MiniBatch
from .lbfgs import LBFGS
from .minimize import Solver
from .scipy_methods import Scipy


@dataclass(frozen=True)
class Choice:
    """How a solver is made of its settings, and which it knows, with their defaults."""

    make: Callable[..., Solver]
    defaults: dict[str, Any]


def _mini_batches(method: str) -> Callable[..., Solver]:
    return lambda **settings: MiniBatch(method=method, **settings)  # type: ignore[arg-type]


def _scipy(method: str) -> Callable[..., Solver]:
    return lambda **settings: Scipy(method, **settings)


BATCHES = {"iterations": 100, "batch_size": 100, "schedule": "cosine"}
SOLVERS = {
    "l-bfgs": Choice(LBFGS, {"iterations": 200}),
    "cg": Choice(_scipy("CG"), {"iterations": 200}),
    "tnc": Choice(_scipy("TNC"), {"iterations": 40}),
    "bfgs": Choice(_scipy("BFGS"), {"iterations": 200}),
    "newton-cg": Choice(_scipy("Newton-CG"), {"iterations": 40}),
    "gd": Choice(GradientDescent, {"iterations": 400, "learning_rate": 1.0, "momentum": 0.0}),
    "sgd": Choice(_mini_batches("sgd"), BATCHES | {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False}),
    "adam": Choice(_mini_batches("adam"), BATCHES | {"learning_rate": 0.01}),
}
MINI_BATCHES = ("sgd", "adam")  # an iteration of theirs is an epoch
