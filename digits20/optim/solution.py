"""What a solver starts from, remembers and ends with: Solver, Snapshot, Solution and the errors that end a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..errors import Digits20Error, plural
from ..types import Vector

Memory = dict[str, Vector]  # a solver's state beside theta, arrays by name, such as a velocity


class Stop(Exception):
    """Raised by a callback to end the run in good order.

    Parameters
    ----------
    message
        Why.
    converged
        Whether a tolerance was met.
    """

    def __init__(self, message: str = "", converged: bool = False) -> None:
        super().__init__(message)
        self.converged = converged


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run after an iteration: everything needed to continue it with the same bits.

    theta: (size,), where the solver stands, in its dtype. memory: the solver's state beside it, arrays by name.
    costs, evaluations, seconds: as in Solution, up to here. best: score, cost and theta of the best weights so far.
    generator: state of the generator that shuffles mini-batches. curves: measurements per iteration, by name.
    """

    theta: Vector
    memory: Memory
    costs: list[float]
    best: tuple[float, float, Vector]
    evaluations: float
    seconds: float
    generator: dict[str, Any]
    curves: dict[str, list[float]] = field(default_factory=dict)

    @property
    def iteration(self) -> int:
        """Number of iterations done."""
        return len(self.costs) - 1

    def cut(self, solution: Solution) -> Solution:
        """A later solution of the run as it would have been, had the run ended with this iteration."""
        score, cost, theta = self.best
        if solution.estimated and score == cost:  # see Solution.theta
            theta, cost = self.theta, self.costs[-1]
        after = replace(solution, theta=theta.astype(np.float64), cost=cost, costs=self.costs)
        return replace(after, evaluations=self.evaluations, seconds=self.seconds)


@dataclass(frozen=True, eq=False)
class Solution:
    """Where a solver ended.

    Attributes
    ----------
    theta
        (size,) float64, the best weights seen, or the last ones where costs are estimates.
    cost
        The cost there.
    costs
        The cost at the start, then after each iteration.
    evaluations
        Number of evaluations of J; a mini-batch counts as its share of the images.
    seconds
        Wall-clock time of the run.
    message
        Why it ended.
    interrupted
        Whether Ctrl-C ended it.
    estimated
        Whether costs after the first are estimates, see `Solver.stochastic`.
    converged
        Whether a tolerance of the solver was met; mini-batches and gradient descent have none of their own.

    Examples
    --------
    >>> import numpy as np
    >>> from digits20 import LBFGS, minimize
    >>> solution = minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(3), LBFGS())
    >>> solution.cost < 1e-12, len(solution.costs) == solution.iterations + 1
    (True, True)
    """

    theta: Vector
    cost: float
    costs: list[float]
    evaluations: float
    seconds: float
    message: str
    interrupted: bool = False
    estimated: bool = False
    converged: bool = False

    def __repr__(self) -> str:
        return (
            f"Solution({self.message}, cost {self.cost:.4g}, {plural(self.theta.size, 'weight')}, "
            f"{plural(round(self.evaluations), 'evaluation')}, {self.seconds:.2f} s)"
        )

    @property
    def iterations(self) -> int:
        """Number of iterations done."""
        return max(len(self.costs) - 1, 0)

    @property
    def learned(self) -> bool:
        """Whether the weights are better than the start's, as far as can be told: estimates do not compare with it."""
        return len(self.costs) > 1 and (self.estimated or self.cost < self.costs[0])


class Diverged(Digits20Error):
    """The cost became infinite or NaN, or rose far above its start.

    Attributes
    ----------
    solution
        The best weights before.
    model
        The same as a Model where `fit` raised it and they are better than the start; otherwise None.

    Examples
    --------
    >>> import numpy as np
    >>> from digits20 import Diverged, GradientDescent, minimize
    >>> try:
    ...     minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(3), GradientDescent(learning_rate=100))
    ... except Diverged as error:
    ...     print(error)
    the cost diverged: 1.188e+05 in iteration 1 after 3 at the start; try a learning rate of 1
    """

    def __init__(self, message: str, solution: Solution, model: Any = None) -> None:
        super().__init__(message)
        self.solution, self.model = solution, model

    def __reduce__(self) -> tuple[type[Diverged], tuple[str, Solution, Any]]:
        """Pickled with its solution and model, as another process sends it."""
        return type(self), (str(self), self.solution, self.model)


class End(NamedTuple):
    """How a solver ended. converged: whether it met a tolerance. message: why it ended."""

    converged: bool
    message: str

    @classmethod
    def met(cls) -> End:
        """A tolerance was met."""
        return cls(True, "converged")

    @classmethod
    def iterations(cls, most: int) -> End:
        """All iterations are done."""
        return cls(False, f"not converged: {plural(most, 'iteration')}")


class Log(Protocol):
    """What a solver calls at the start and after each iteration.

    theta: (size,), may be changed in place afterwards. cost: J there. memory: the solver's state, or None where it has
    none; read during the call only.
    """

    def __call__(self, theta: Vector, cost: float, memory: Memory | None = None) -> None: ...


class Solver(Protocol):
    """What `minimize` runs: frozen settings, and `run`, which logs each iteration."""

    @property
    def iterations(self) -> int:
        """The most iterations (epochs for mini-batches) that it does."""
        ...

    @property
    def advice(self) -> str:
        """What to try when the cost diverges."""
        ...

    @property
    def stochastic(self) -> bool:
        """Whether the cost of an iteration is an estimate, such as a mean over mini-batches of warped images.

        Which estimate is lowest is partly luck, and none compares with J at the start: the last weights are kept.
        """
        ...

    def new_memory(self, theta: Vector) -> Memory:
        """Its state at the start, beside theta (size,); empty where it restarts from the theta of a snapshot."""
        ...

    def run(self, J: Any, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None) -> End:
        """Minimize J from theta, logging the start and each iteration; return how it ended.

        With `last`, the snapshot whose theta it is, continue after its iteration and log only those that follow.
        """
        ...


def restore(memory: Memory, last: Snapshot | None) -> None:
    """Overwrite the arrays of a new `memory` with those of the snapshot, if any."""
    if last:
        for name, array in memory.items():
            array[...] = last.memory[name]
