"""Our own L-BFGS: as good as SciPy's on the classical test functions."""

import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from digits20 import LBFGS, Network, Objective, minimize
from digits20.optim.lbfgs import History, _Point

with pytest.MonkeyPatch.context() as patched:  # for this import only: other benchmarks have the names of tests' folders
    patched.syspath_prepend(Path(__file__).resolve().parents[2] / "benchmarks")
    from optimizers import ours, scipys
    from problems import PROBLEMS, wall


@pytest.fixture(scope="module")
def evaluations():
    """Of ours and SciPy's until each problem is solved; 0 where it is not."""
    return {problem.name: (ours(problem).solved, scipys(problem).solved) for problem in PROBLEMS}


@pytest.mark.parametrize("name", [problem.name for problem in PROBLEMS])
def test_what_scipy_solves_is_solved_in_at_most_twice_the_evaluations(evaluations, name):
    mine, scipys = evaluations[name]
    assert 0 < mine <= 2 * scipys or not scipys


def test_in_the_median_it_takes_no_more_evaluations_than_scipy(evaluations):
    assert median(mine / scipys for mine, scipys in evaluations.values() if scipys) <= 1


def test_it_comes_back_from_beyond_a_wall():
    solution = minimize(wall, np.array([10.0, 1e-3]), LBFGS())
    np.testing.assert_allclose(solution.theta, 1, atol=1e-4)
    assert solution.converged


def two_loops(gradient, pairs):
    """Nocedal & Wright 2006, algorithm 7.4, written out."""
    q, alphas = gradient.copy(), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (y @ s))
        q -= alphas[-1] * y
    s, y = pairs[-1]
    q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - y @ q / (y @ s)) * s
    return -q


@pytest.mark.parametrize("steps", [1, 3, 5, 8])
def test_the_direction_is_that_of_the_two_loop_recursion(steps, rng):
    curvature = rng.normal(size=(9, 9))
    curvature = curvature @ curvature.T + np.eye(9)
    points = [_Point(theta, 0.0, curvature @ theta) for theta in rng.normal(size=(steps + 1, 9))]
    history = History(4, points[0].theta)
    for before, after in pairwise(points):
        history.add(before, after)
    pairs = [(b.theta - a.theta, b.gradient - a.gradient) for a, b in pairwise(points)][-4:]
    gradient = rng.normal(size=9)
    np.testing.assert_allclose(history.direction(gradient), two_loops(gradient, pairs), rtol=1e-8)


def test_a_step_of_negative_curvature_is_not_remembered():
    history = History(4, np.zeros(2))
    history.add(_Point(np.zeros(2), 0.0, np.ones(2)), _Point(np.ones(2), 0.0, -np.ones(2)))
    assert history.size == 0


def test_it_says_whether_it_converged(convex):
    ends = [minimize(convex, np.zeros(30), LBFGS(iterations)) for iterations in (200, 3)]
    assert [(end.converged, end.message) for end in ends] == [
        (True, "converged"),
        (False, "not converged: 3 iterations"),
    ]


def test_a_wrong_gradient_is_no_convergence(small, rng):
    J = Objective(Network((9, 5, 3)), small)

    def wrong(theta):
        cost, gradient = J(theta)
        return cost, -gradient

    solution = minimize(wrong, J.network.initial_theta(rng), LBFGS())
    assert not solution.converged
    assert "no further descent in float64" in solution.message


def test_it_does_not_load_scipys_optimizers():
    script = """
import sys
import numpy as np
from digits20 import LBFGS, minimize
minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(2), LBFGS())
print("scipy.optimize" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"


CONTRADICTING = {
    "noise": lambda theta, rng: (float(rng.normal()), rng.normal(size=3)),
    "whole gradients": lambda theta, rng: (float(theta @ theta), rng.integers(-1, 2, 3).astype(float)),
    "steps": lambda theta, rng: (float(rng.integers(2)), np.array([1.0, 0, 0]) * rng.integers(-1, 2)),
    "wrong sign": lambda theta, rng: (float(theta @ theta), -2 * theta),
    "rounded": lambda theta, rng: (float(round(float(theta @ theta))), 2 * np.round(theta)),
}


@pytest.mark.parametrize("kind", CONTRADICTING)
def test_a_J_that_contradicts_itself_ends_in_good_order(kind):
    for seed in range(40):
        J = partial(CONTRADICTING[kind], rng=np.random.default_rng(seed))
        assert np.isfinite(minimize(J, np.random.default_rng(seed).normal(size=3), LBFGS(iterations=30)).cost)
