"""Every solver by its name, and the settings that it knows with their defaults, which are those of its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import Digits20Error
from ..system.arguments import not_negative, whole
from .descent import GradientDescent, MiniBatch
from .lbfgs import LBFGS
from .scipy_methods import REFUSED, Scipy, spelled
from .solution import Solver

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
        return settings_of(self.make())


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
    """The name of a solver in SOLVERS; of one that is not among them, that of its method or class."""
    kind = type(solver), getattr(solver, "method", None)
    for name, choice in SOLVERS.items():
        made = choice.make()
        if kind == (type(made), getattr(made, "method", None)):
            return name
    return str(getattr(solver, "method", type(solver).__name__))


def solver_name(name: str) -> str:
    """The key of SOLVERS that a name means, or "L-BFGS-B" for SciPy's own.

    Any spelling is taken that SciPy or scikit-learn take: "lbfgs", "L-BFGS", "newton_cg", "gradient descent". Raises
    Digits20Error for names of no solver and for those of SciPy that cannot train a network, with the reason.

    >>> solver_name("lbfgs"), solver_name("Newton_CG")
    ('l-bfgs', 'newton-cg')
    """
    for known in (*SOLVERS, "L-BFGS-B"):
        if spelled(name) == spelled(known):
            return known
    if spelled(name) == spelled("gradient descent"):
        return "gd"
    why = next((f" {reason}:" for method, reason in REFUSED.items() if spelled(method) == spelled(name)), ",")
    raise Digits20Error(f"solver {name!r}{why} expected one of {', '.join(SOLVERS)}")


def as_solver(solver: Solver | str) -> Solver:
    """The solver itself, or the one of that name (see `solver_name`) with its default settings.

    >>> as_solver("gd")
    GradientDescent(iterations=400, learning_rate=1.0, momentum=0.0, tolerance=None)
    """
    if not isinstance(solver, str):
        if isinstance(solver, type) or not hasattr(solver, "run"):
            seen = f"the class {solver.__name__}" if isinstance(solver, type) else repr(solver)
            raise Digits20Error(f"solver {seen}, expected one such as LBFGS(), or a name: {', '.join(SOLVERS)}")
        _check(solver)
        return solver
    name = solver_name(solver)
    return SOLVERS[name].make() if name in SOLVERS else Scipy(name)


def _check(solver: Solver) -> None:
    """Raises Digits20Error for settings that are no numbers, or below 0."""
    for name, check in (("iterations", partial(whole, least=0)), ("learning_rate", not_negative)):
        if hasattr(solver, name):
            check(getattr(solver, name), name=name.replace("_", " "))


def settings_of(solver: Solver) -> dict[str, Any]:
    """The settings by name that a solver knows, with its values of them."""
    choice = SOLVERS.get(name_of(solver))
    unknown = choice.unknown if choice else ()
    return {name: getattr(solver, name) for name in SETTINGS if name not in unknown and hasattr(solver, name)}
