"""Our L-BFGS beside SciPy's L-BFGS-B on the classical test functions and badly scaled kin: solved, evaluations.

A function is solved when a cost is seen that is above the lowest possible by at most 1e-8 of the start's (Moré & Wild,
Benchmarking derivative-free optimization algorithms, 2009); evaluations are counted until then.

python benchmarks/optimizers.py        the table; exit code 1 where ours is worse than promised
"""

from __future__ import annotations

import sys
from statistics import median

import machine
import numpy as np
from problems import PROBLEMS, Problem
from scipy.optimize import minimize as scipy_minimize

from digits20 import LBFGS, minimize

SOLVED = 1e-8
ITERATIONS, MEMORY = 2000, 10
TOLERANCE = 1e-12  # of the gradient; SciPy's test of the cost is off, so that both go as far as they can


class Counted:
    """J that counts its evaluations until the problem is solved."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.evaluations, self.solved = problem, 0, 0
        first = problem.J(np.array(problem.start, float))[0]
        self.near = [(lowest, SOLVED * (first - lowest)) for lowest in problem.lowest]

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        cost, gradient = self.problem.J(theta)
        self.evaluations += 1
        if not self.solved and any(abs(cost - lowest) <= near for lowest, near in self.near):
            self.solved = self.evaluations
        return cost, gradient


def ours(problem: Problem) -> Counted:
    J = Counted(problem)
    minimize(J, np.array(problem.start, float), LBFGS(ITERATIONS, MEMORY, TOLERANCE))
    return J


def scipys(problem: Problem) -> Counted:
    J = Counted(problem)
    options = {"maxiter": ITERATIONS, "maxfun": 10**6, "maxcor": MEMORY, "gtol": TOLERANCE, "ftol": 0}
    scipy_minimize(J, np.array(problem.start, float), jac=True, method="L-BFGS-B", options=options)
    return J


def main() -> int:
    rows, ratios, worse = [], [], 0
    for problem in PROBLEMS:
        one, other = ours(problem), scipys(problem)
        rows.append([problem.name, *(str(J.solved or f"unsolved ({J.evaluations})") for J in (one, other))])
        worse += bool(other.solved and not one.solved)
        if one.solved and other.solved:
            ratios.append(one.solved / other.solved)
    print(f"{machine.describe()}\n")
    print(machine.table(["evaluations until solved", "digits20 LBFGS", "SciPy L-BFGS-B"], rows))
    print(
        f"\nours over SciPy's: median {median(ratios):.2f}, at most {max(ratios):.2f}; solved by SciPy alone: {worse}"
    )
    return int(worse > 0 or median(ratios) > 1 or max(ratios) > 2)


if __name__ == "__main__":
    sys.exit(main())
