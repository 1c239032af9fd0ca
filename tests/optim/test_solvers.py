"""Solvers by name."""

import numpy as np
import pytest

from digits20 import LBFGS, Digits20Error, GradientDescent, Scipy, minimize
from digits20.optim.solvers import SOLVERS, as_solver, solver_name


@pytest.mark.parametrize("spelling", ["l-bfgs", "lbfgs", "L_BFGS", "LBFGS"])
def test_any_spelling_of_a_name_is_taken(spelling):
    assert solver_name(spelling) == "l-bfgs"


@pytest.mark.parametrize("name", SOLVERS)
def test_a_name_stands_for_the_solver_with_its_defaults(name):
    assert as_solver(name).iterations == SOLVERS[name].defaults["iterations"]


def test_scipys_own_l_bfgs_has_its_name_there():
    assert as_solver("l-bfgs-b") == Scipy("L-BFGS-B")


def test_a_solver_is_taken_as_it_is():
    solver = GradientDescent(3)
    assert as_solver(solver) is solver


@pytest.mark.parametrize(("name", "seen"), [("slsqp", "constrained problems"), ("lion", "expected one of l-bfgs, cg")])
def test_what_is_no_solver_is_refused(name, seen):
    with pytest.raises(Digits20Error, match=seen):
        as_solver(name)


def test_minimize_takes_a_name(convex):
    by_name, by_value = (minimize(convex, np.zeros(30), solver) for solver in ("lbfgs", LBFGS()))
    np.testing.assert_array_equal(by_name.theta, by_value.theta)


@pytest.mark.parametrize("solver", [None, 3, LBFGS])
def test_what_is_no_solver_is_refused_with_what_is(solver):
    with pytest.raises(Digits20Error, match=r"^solver .*expected one such as LBFGS\(\), or a name: l-bfgs"):
        as_solver(solver)


@pytest.mark.parametrize("name", ["GradientDescent", "gradient descent"])
def test_gradient_descent_goes_by_its_name(name):
    assert as_solver(name) == as_solver("gd")
