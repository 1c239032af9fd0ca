"""SciPy's optimizers (scipy.optimize.minimize) as solvers, with their iterations logged and their traps avoided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import Digits20Error
from ..types import CostFunction, Vector
from .solution import End, Log, Memory, Snapshot, Stop

SCIPY_METHODS = ("L-BFGS-B", "CG", "TNC", "BFGS", "Newton-CG")
_NO_GRADIENT = "uses no gradient, which thousands of weights need"
_CONSTRAINED = "is for constrained problems and stores matrices of weights x weights"
_HESSIAN = "needs the matrix of second derivatives, which J does not give"
REFUSED = {
    **dict.fromkeys(("Nelder-Mead", "Powell", "COBYLA", "COBYQA"), _NO_GRADIENT),
    **dict.fromkeys(("SLSQP", "trust-constr"), _CONSTRAINED),
    **dict.fromkeys(("dogleg", "trust-ncg", "trust-exact", "trust-krylov"), _HESSIAN),
}


def spelled(name: str) -> str:
    """The name of a method without what spellings differ in: "L-BFGS-B", "l_bfgs_b" and "LBFGSB" are one."""
    return re.sub("[-_ ]", "", name).lower()


_BY_SPELLING = {spelled(name): name for name in (*SCIPY_METHODS, *REFUSED)}


@dataclass(frozen=True)
class Scipy:
    """One of scipy.optimize.minimize's gradient methods.

    Parameters
    ----------
    method
        "L-BFGS-B", "CG", "TNC", "BFGS" or "Newton-CG", in any spelling: upper or lower case, with hyphens, underscores
        or neither.
    iterations
        At most; left out, 200, or 40 for TNC and Newton-CG, whose iterations evaluate J many times.
    tolerance
        Converged when no component of the gradient is larger; None: by SciPy's own tests.

    Raises
    ------
    Digits20Error
        For SciPy's other methods; it says why.

    Examples
    --------
    >>> Scipy("newton_cg", iterations=40)
    Scipy(method='Newton-CG', iterations=40, tolerance=None)
    """

    method: str = "L-BFGS-B"
    iterations: int = None  # type: ignore[assignment]  # replaced by 200 or 40, so never None

    tolerance: float | None = None

    # SciPy's BFGS multiplies n x n matrices: 4 GB and a minute per iteration for the course's network
    LARGEST_DENSE = 1000
    MEMORY = 50  # steps that L-BFGS remembers

    def __post_init__(self) -> None:
        method = _BY_SPELLING.get(spelled(str(self.method)))
        if method not in SCIPY_METHODS:
            why = f" {REFUSED[method]}:" if method else ","
            raise Digits20Error(f"SciPy method {self.method!r}{why} expected one of {', '.join(SCIPY_METHODS)}")
        object.__setattr__(self, "method", method)
        if self.iterations is None:
            object.__setattr__(self, "iterations", 40 if method in ("TNC", "Newton-CG") else 200)

    stochastic: ClassVar[bool] = False

    @property
    def advice(self) -> str:
        return "check the gradient"

    def new_memory(self, theta: Vector) -> Memory:
        return {}  # SciPy's own is out of reach

    def run(
        self, J: CostFunction, theta: Vector, rng: np.random.Generator, log: Log, last: Snapshot | None = None
    ) -> End:
        from scipy.optimize import minimize as scipy_minimize

        trail = _Trail(J, log, self.iterations, self.tolerance)
        trail.start(theta, last)
        while trail.iterations < self.iterations:
            before = trail.iterations
            call = self._call(trail, theta.size, self.iterations - before)
            end = scipy_minimize(trail, trail.theta, jac=True, callback=trail.step, **call)
            stuck = trail.iterations == before
            if end.success:
                near = self.tolerance is None or np.abs(trail.gradient).max() <= self.tolerance
                return End.met() if near else End(False, f"not converged: no further descent in {theta.dtype}")
            if stuck and not trail.nudge():
                return End(False, f"not converged: {end.message}")
        return End.iterations(self.iterations)

    def _call(self, trail: _Trail, size: int, iterations: int) -> dict[str, Any]:
        """Method and options for SciPy. None may stop for the number of evaluations before that of iterations."""
        no_limit = 10**9
        tolerance = {} if self.tolerance is None else {"gtol": self.tolerance}
        if self.method == "BFGS" and size > self.LARGEST_DENSE:
            # with every step remembered L-BFGS forms BFGS's directions from the steps themselves, no matrix needed
            options = {"maxiter": iterations, "maxfun": no_limit, "maxcor": iterations}
            return {"method": "L-BFGS-B", "options": options | tolerance}
        if self.method == "L-BFGS-B":
            options = {"maxiter": iterations, "maxfun": no_limit, "maxcor": self.MEMORY}
            return {"method": self.method, "options": options | tolerance}
        if self.method == "TNC":  # ends by `trail.step` alone
            return {"method": self.method, "options": {"maxfun": no_limit, "accuracy": trail.epsilon} | tolerance}
        if self.method == "Newton-CG":
            return {"method": self.method, "options": {"maxiter": iterations}, "hessp": trail.curvature}
        return {"method": self.method, "options": {"maxiter": iterations} | tolerance}


class _Trail:
    """J as scipy calls it, remembering the costs that its callback does not tell."""

    MOST_PRODUCTS = 50

    def __init__(self, J: CostFunction, log: Log, iterations: int, tolerance: float | None) -> None:
        self.J, self.log, self.limit, self.iterations, self.tolerance = J, log, iterations, 0, tolerance
        self.seen: list[tuple[Vector, float, Vector]] = []
        self.products = 0
        # of differences of gradients, relative: with scipy's own, float64's, they vanish in float32
        self.epsilon = float(np.finfo(getattr(J, "dtype", np.float64)).eps) ** 0.5

    def __call__(self, theta: Vector) -> tuple[float, Vector]:
        cost, gradient = self.J(theta)
        self.seen.append((theta.copy(), cost, gradient))
        return cost, gradient

    def start(self, theta: Vector, last: Snapshot | None) -> None:
        self.theta, (self.cost, self.gradient) = theta, self.J(theta)
        if last:
            self.iterations = last.iteration
        else:
            self.log(theta, self.cost)

    def step(self, theta: Vector) -> None:
        """One iteration of scipy's is done and stands at theta."""
        known = next(((cost, slope) for seen, cost, slope in reversed(self.seen) if np.array_equal(seen, theta)), None)
        self.theta, (self.cost, self.gradient) = theta.copy(), known or self.J(theta)
        self.seen.clear()
        self.products = 0
        self.iterations += 1
        self.log(theta, self.cost)
        if self.tolerance is not None and np.abs(self.gradient).max() <= self.tolerance:
            raise Stop(End.met().message, converged=True)
        if self.iterations >= self.limit:
            raise Stop(End.iterations(self.limit).message)

    def curvature(self, theta: Vector, direction: Vector) -> Vector:
        """The Hessian times a direction; zero, which ends Newton-CG's inner loop, after so many in one iteration.

        The loop itself would allow 20 for each weight, and rounding keeps it from ever being content in float32.
        """
        self.products += 1
        if self.products > self.MOST_PRODUCTS:
            return np.zeros_like(direction)
        length = self.epsilon * (1 + float(np.linalg.norm(theta))) / max(float(np.linalg.norm(direction)), 1e-30)
        forward, back = self.J(theta + length * direction)[1], self.J(theta - length * direction)[1]
        change: Vector = (forward - back) / (2 * length)
        return change

    def nudge(self) -> bool:
        """A plain gradient step, halved until it lowers the cost: gets a method going whose line search gave up."""
        cost, gradient = self.J(self.theta)
        length = 1.0 / max(float(np.linalg.norm(gradient)), 1e-30)
        for _ in range(30):
            theta = self.theta - length * gradient
            if self.J(theta)[0] < cost:
                self.step(theta)
                return True
            length /= 2
        return False
