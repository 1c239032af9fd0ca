"""SciPy's methods as solvers."""

import numpy as np
import pytest
import scipy.optimize

from digits20 import LBFGS, Digits20Error, Network, Objective, Scipy, minimize
from digits20.optim.scipy_methods import SCIPY_METHODS


def rosenbrock(theta):
    x, y = theta
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])


@pytest.mark.parametrize("method", SCIPY_METHODS)
def test_every_method_follows_a_curved_valley(method):
    solution = minimize(rosenbrock, np.array([-1.2, 1.0]), Scipy(method, 500))
    np.testing.assert_allclose(solution.theta, [1, 1], atol=1e-2)


@pytest.mark.parametrize("method", ["TNC", "L-BFGS-B", "CG"])
def test_the_iterations_asked_for_are_the_iterations_done(method, small, rng):
    """TNC counts evaluations and would stop by itself long before."""
    J = Objective(Network((9, 5, 3)), small)
    solution = minimize(J, J.network.initial_theta(rng), Scipy(method, 12))
    assert solution.iterations == 12


@pytest.mark.parametrize("method", SCIPY_METHODS)
def test_a_method_that_gives_up_before_its_first_step_is_set_going_again(method, convex, monkeypatch):
    real, calls = scipy.optimize.minimize, []

    def give_up_once(*arguments, **options):
        calls.append(1)
        if len(calls) == 1:
            return scipy.optimize.OptimizeResult(success=False, message="no step")
        return real(*arguments, **options)

    monkeypatch.setattr(scipy.optimize, "minimize", give_up_once)
    solution = minimize(convex, np.zeros(30), Scipy(method, 30))
    assert len(calls) >= 2
    assert solution.cost == pytest.approx(minimize(convex, np.zeros(30), LBFGS()).cost, rel=1e-2)


def test_where_nothing_lowers_the_cost_a_run_ends():
    solution = minimize(lambda theta: (abs(float(theta[0])), np.ones(1)), np.zeros(1), Scipy("CG"))
    assert (solution.iterations, solution.cost) == (0, 0)


def test_large_networks_get_bfgs_without_its_matrix(small, rng):
    """10,000 weights would make a matrix of 800 MB."""
    J = Objective(Network((9, 770, 3)), small)
    assert J.network.size > 10_000
    assert minimize(J, J.network.initial_theta(rng), Scipy("BFGS", 5)).iterations == 5


@pytest.mark.parametrize("method", ["TNC", "Newton-CG"])
def test_methods_that_difference_gradients_work_in_float32(method, small, rng):
    J = Objective(Network((9, 5, 3)), small.astype(np.float32), lam=0.1)
    theta = J.network.initial_theta(rng)
    lowest = minimize(Objective(J.network, small, lam=0.1), theta, Scipy("BFGS", 50)).cost
    assert minimize(J, theta, Scipy(method, 100)).cost < 3 * lowest


@pytest.mark.parametrize("spelling", ["newton-cg", "Newton_CG", "NEWTONCG"])
def test_any_spelling_of_a_method_is_taken(spelling):
    assert Scipy(spelling) == Scipy("Newton-CG")


@pytest.mark.parametrize(
    ("method", "seen"),
    [
        ("Powell", "'Powell' uses no gradient"),
        ("slsqp", "'slsqp' is for constrained problems"),
        ("trust-constr", "'trust-constr' is for constrained problems"),
        ("trust_ncg", "'trust_ncg' needs the matrix of second derivatives"),
        ("gauss", "'gauss', expected one of L-BFGS-B, CG"),
    ],
)
def test_a_method_that_cannot_train_is_refused_with_the_reason(method, seen):
    with pytest.raises(Digits20Error, match=seen):
        Scipy(method)


@pytest.mark.parametrize("method", ["Newton-CG", "L-BFGS-B", "CG", "BFGS"])
def test_converged_is_said_of_the_tolerance_that_was_asked_for(method):
    def J(theta):
        return 1e8 * float(np.logaddexp(theta, -theta).sum()), 1e8 * np.tanh(theta)

    solution = minimize(J, np.array([30.0, -2.0]), Scipy(method, tolerance=1e-5))
    assert solution.converged == (np.abs(J(solution.theta)[1]).max() <= 1e-5)
