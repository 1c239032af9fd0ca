"""Every solver by its name, and the settings that it knows with their defaults, which are those of its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .descent import GradientDescent, MiniBatch
from .lbfgs import LBFGS
from .minimize import Solver
from .scipy_methods import Scipy

SETTINGS = ("iterations", "learning_rate", "momentum", "nesterov", "batch_size", "schedule")
MINI_BATCHES = ("sgd", "adam")  # an iteration of theirs is an epoch


@dataclass(frozen=True)
class Choice:
    """make: makes the solver of its settings. unknown: those of SETTINGS that it has but makes no use of."""

    make: Callable[..., Solver]
    unknown: tuple[str, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that the solver knows, with the values that it has where none are given."""
        return self.settings_of(self.make())

    def settings_of(self, solver: Solver) -> dict[str, Any]:
        """The values in `solver`, one of this kind, of the settings that it knows."""
        known = [name for name in SETTINGS if name not in self.unknown and hasattr(solver, name)]
        return {name: getattr(solver, name) for name in known}


SOLVERS = {
    "l-bfgs": Choice(LBFGS),
    "cg": Choice(partial(Scipy, "CG")),
    "tnc": Choice(partial(Scipy, "TNC")),
    "bfgs": Choice(partial(Scipy, "BFGS")),
    "newton-cg": Choice(partial(Scipy, "Newton-CG")),
    "gd": Choice(GradientDescent),
    "sgd": Choice(partial(MiniBatch, method="sgd")),
    "adam": Choice(partial(MiniBatch, method="adam"), unknown=("momentum", "nesterov")),
}


def name_of(solver: Solver) -> str:
    """The name of a solver in SOLVERS; of one that is not among them, the name of its class."""
    kind = type(solver), getattr(solver, "method", None)
    for name, choice in SOLVERS.items():
        made = choice.make()
        if kind == (type(made), getattr(made, "method", None)):
            return name
    return type(solver).__name__
