"""The classical test functions of minimization, and badly scaled kin; optimizers.py minimizes them.

The functions, their starts and minima are those of Moré, Garbow & Hillstrom, Testing unconstrained optimization
software, ACM TOMS 7, 1981, but for the last ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Residuals = Callable[[np.ndarray], np.ndarray]
Cost = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Problem(NamedTuple):
    """A cost to minimize; lowest: the costs of its minima, any of which will do."""

    name: str
    J: Cost
    start: list[float]
    lowest: tuple[float, ...] = (0.0,)


def squares(residuals: Residuals) -> Cost:
    """Σ r², its gradient 2 Σ r r' by complex steps, which are exact to the last digit."""

    def J(theta: np.ndarray) -> tuple[float, np.ndarray]:
        with np.errstate(all="ignore"):
            r = np.asarray(residuals(theta))
            steps = theta + 1e-30j * np.eye(theta.size)
            slopes = np.array([np.asarray(residuals(step)).imag / 1e-30 for step in steps])
            return float(r @ r), 2 * slopes @ r

    return J


BEALE = np.array([1.5, 2.25, 2.625])
BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39])
GAUSS = np.array([9, 44, 175, 540, 1295, 2420, 3521, 3989, 3521, 2420, 1295, 540, 175, 44, 9]) / 1e4
MEYER = np.array(
    [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872.0]
)
KOWALIK = np.array([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
TENTHS, FIFTHS = np.arange(1, 14) / 10, np.arange(1, 21) / 5
COUNT = np.arange(1, 11)


def helical(x: np.ndarray) -> np.ndarray:
    turn = np.arctan(x[1] / x[0]) / (2 * np.pi) + (0.5 if x[0].real < 0 else 0)
    return np.array([10 * (x[2] - 10 * turn), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def bard(x: np.ndarray) -> np.ndarray:
    u = np.arange(1, 16)
    return BARD - (x[0] + u / (x[1] * (16 - u) + x[2] * np.minimum(u, 16 - u)))


def wood(x: np.ndarray) -> np.ndarray:
    a, b, c, d = x
    root = math.sqrt
    return np.array(
        [10 * (b - a * a), 1 - a, root(90) * (d - c * c), 1 - c, root(10) * (b + d - 2), (b - d) / root(10)]
    )


def brown_dennis(x: np.ndarray) -> np.ndarray:
    return (x[0] + FIFTHS * x[1] - np.exp(FIFTHS)) ** 2 + (x[2] + x[3] * np.sin(FIFTHS) - np.cos(FIFTHS)) ** 2


def biggs(x: np.ndarray) -> np.ndarray:
    y = np.exp(-TENTHS) - 5 * np.exp(-10 * TENTHS) + 3 * np.exp(-4 * TENTHS)
    return x[2] * np.exp(-TENTHS * x[0]) - x[3] * np.exp(-TENTHS * x[1]) + x[5] * np.exp(-TENTHS * x[4]) - y


def watson(x: np.ndarray) -> np.ndarray:
    t, j = (np.arange(1, 30) / 29)[:, None], np.arange(x.size)
    slope = (j[1:] * x[1:] * t ** (j[1:] - 1)).sum(axis=1)
    return np.concatenate([slope - (x * t**j).sum(axis=1) ** 2 - 1, [x[0], x[1] - x[0] ** 2 - 1]])


def trigonometric(x: np.ndarray) -> np.ndarray:
    return x.size - np.cos(x).sum() + COUNT * (1 - np.cos(x)) - np.sin(x)


def variably_dimensioned(x: np.ndarray) -> np.ndarray:
    total = (COUNT * (x - 1)).sum()
    return np.concatenate([x - 1, [total, total**2]])


def almost_linear(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x[:-1] + x.sum() - x.size - 1, [np.prod(x) - 1]])


def broyden(x: np.ndarray) -> np.ndarray:
    before, after = np.concatenate([[0], x[:-1]]), np.concatenate([x[1:], [0]])
    return (3 - 2 * x) * x - before - 2 * after + 1


def boundary(x: np.ndarray) -> np.ndarray:
    h = 1 / (x.size + 1)
    before, after = np.concatenate([[0], x[:-1]]), np.concatenate([x[1:], [0]])
    return 2 * x - before - after + h * h * (x + h * COUNT + 1) ** 3 / 2


def quadratic(x: np.ndarray) -> tuple[float, np.ndarray]:
    curvatures = np.array([1e11, 3e11, 1e12])
    return float(curvatures @ (x * x)) / 2, curvatures * x


def bowl(x: np.ndarray) -> tuple[float, np.ndarray]:
    cost = -math.exp(-float(x @ x) / 25)
    return cost, -2 / 25 * cost * x


def wall(x: np.ndarray) -> tuple[float, np.ndarray]:
    with np.errstate(all="ignore"):
        return float(np.sum(x - np.log(x))), 1 - 1 / x


def rosenbrock(x: np.ndarray) -> np.ndarray:
    return np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


def powell(x: np.ndarray) -> np.ndarray:
    a, b, c, d = x.reshape(-1, 4).T
    return np.concatenate([a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2])


def classical() -> list[Problem]:
    """Those of Moré, Garbow & Hillstrom."""
    cases: list[tuple[str, Residuals, list[float], tuple[float, ...]]] = [
        ("Rosenbrock", rosenbrock, [-1.2, 1], (0,)),
        (
            "Freudenstein and Roth",
            lambda x: np.array(
                [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]
            ),
            [0.5, -2],
            (0, 48.98425367924),
        ),
        (
            "Powell badly scaled",
            lambda x: np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001]),
            [0, 1],
            (0,),
        ),
        ("Brown badly scaled", lambda x: np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2]), [1, 1], (0,)),
        ("Beale", lambda x: BEALE - x[0] * (1 - x[1] ** np.arange(1, 4)), [1, 1], (0,)),
        (
            "Jennrich and Sampson",
            lambda x: 2 + 2 * COUNT - (np.exp(COUNT * x[0]) + np.exp(COUNT * x[1])),
            [0.3, 0.4],
            (124.362182355615,),
        ),
        ("Helical valley", helical, [-1, 0, 0], (0,)),
        ("Bard", bard, [1, 1, 1], (8.21487730657897e-3, 17.4286933333)),
        (
            "Gaussian",
            lambda x: x[0] * np.exp(-x[1] * ((8 - np.arange(1, 16)) / 2 - x[2]) ** 2 / 2) - GAUSS,
            [0.4, 1, 0],
            (1.12793276961912e-8,),
        ),
        (
            "Meyer",
            lambda x: x[0] * np.exp(x[1] / (45 + 5 * np.arange(1, 17) + x[2])) - MEYER,
            [0.02, 4000, 250],
            (87.9458551709731,),
        ),
        (
            "Box three-dimensional",
            lambda x: (
                np.exp(-COUNT / 10 * x[0])
                - np.exp(-COUNT / 10 * x[1])
                - x[2] * (np.exp(-COUNT / 10) - np.exp(-1.0 * COUNT))
            ),
            [0, 10, 20],
            (0,),
        ),
        ("Powell singular", powell, [3, -1, 0, 1], (0,)),
        ("Wood", wood, [-3, -1, -3, -1], (0,)),
        (
            "Kowalik and Osborne",
            lambda x: KOWALIK - x[0] * (KOWALIK_U**2 + KOWALIK_U * x[1]) / (KOWALIK_U**2 + KOWALIK_U * x[2] + x[3]),
            [0.25, 0.39, 0.415, 0.39],
            (3.07505603849238e-4, 1.02734e-3),
        ),
        ("Brown and Dennis", brown_dennis, [25, 5, -5, -1], (85822.2016263563,)),
        ("Biggs EXP6", biggs, [1, 2, 1, 1, 1, 1], (0, 5.65564992550e-3)),
        ("Watson, n = 6", watson, [0] * 6, (2.28767005355248e-3,)),
        ("Extended Rosenbrock, n = 10", rosenbrock, [-1.2, 1] * 5, (0,)),
        ("Extended Powell singular, n = 12", powell, [3, -1, 0, 1] * 3, (0,)),
        (
            "Penalty I, n = 10",
            lambda x: np.concatenate([1e-5**0.5 * (x - 1), [(x * x).sum() - 0.25]]),
            list(map(float, COUNT)),
            (7.08765146709e-5,),
        ),
        ("Variably dimensioned, n = 10", variably_dimensioned, list(1 - COUNT / 10), (0,)),
        ("Trigonometric, n = 10", trigonometric, [0.1] * 10, (0, 2.79506e-5)),
        ("Brown almost-linear, n = 10", almost_linear, [0.5] * 10, (0, 1)),
        ("Discrete boundary value, n = 10", boundary, list(COUNT / 11 * (COUNT / 11 - 1)), (0,)),
        ("Broyden tridiagonal, n = 10", broyden, [-1.0] * 10, (0,)),
    ]
    return [
        Problem(name, squares(residuals), list(map(float, start)), lowest) for name, residuals, start, lowest in cases
    ]


def kin() -> list[Problem]:
    """Badly scaled ones, and one that is not defined everywhere."""
    booth = squares(lambda x: np.array([x[0] + 2 * x[1] - 7e-5, 2 * x[0] + x[1] - 5e-5]) / 1e-5)
    units = np.array([1e6, 1e-3])
    return [
        Problem("Curvatures 1e11, 3e11, 1e12", quadratic, [1.0, 1.0, 1.0]),
        Problem("Booth in x / 1e-5", booth, [1.0, 1.0]),
        Problem("-exp(-|x/5|²)", bowl, [12.0, 9.0], (-1.0,)),
        Problem("x - log x", wall, [10.0], (1.0,)),
        Problem("x - log x, near the wall", wall, [1e-3], (1.0,)),
        Problem("Rosenbrock in other units", squares(lambda x: rosenbrock(x * units)), [-1.2e-6, 1e3]),
        Problem("Rosenbrock times 1e10", squares(lambda x: 1e5 * rosenbrock(x)), [-1.2, 1.0]),
        Problem("Rosenbrock times 1e-6", squares(lambda x: 1e-3 * rosenbrock(x)), [-1.2, 1.0]),
    ]


PROBLEMS = [*classical(), *kin()]
