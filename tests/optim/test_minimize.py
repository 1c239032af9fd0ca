"""Every solver, run by `minimize`: what is recorded, what is best, and how a run ends."""

import math
import re

import numpy as np
import pytest

from digits20 import LBFGS, Diverged, GradientDescent, MiniBatch, Scipy, minimize
from digits20.errors import Digits20Error
from digits20.optim.scipy_methods import SCIPY_METHODS
from digits20.optim.solution import Stop

SOLVERS = [
    LBFGS(),
    *(Scipy(method) for method in SCIPY_METHODS),
    GradientDescent(iterations=300, learning_rate=2.0, momentum=0.9),
    MiniBatch(iterations=200, learning_rate=0.5, method="sgd", batch_size=20),
    MiniBatch(iterations=200, learning_rate=0.05, method="adam", batch_size=20),
]
names = [getattr(solver, "method", type(solver).__name__) for solver in SOLVERS]


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_every_solver_finds_the_minimum_of_a_convex_cost(solver, convex, rng):
    lowest = minimize(convex, np.zeros(30), Scipy("BFGS", 1000)).cost
    solution = minimize(convex, np.zeros(30), solver, rng=rng)
    assert convex(solution.theta)[0] == pytest.approx(lowest, rel=2e-3)


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_costs_start_with_the_starts_and_have_one_entry_an_iteration(solver, convex, rng):
    watched = []
    solution = minimize(convex, np.zeros(30), solver, callback=lambda theta, cost: watched.append(cost), rng=rng)
    assert solution.costs[0] == convex(np.zeros(30))[0]
    assert solution.costs == watched
    assert 1 <= solution.iterations <= solver.iterations


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_the_start_is_not_written_to(solver, convex, rng):
    theta = np.zeros(30)
    minimize(convex, theta, solver, rng=rng)
    assert not theta.any()


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_ctrl_c_keeps_the_best_so_far(solver, convex, rng):
    def interrupt(theta, cost):
        interrupt.calls += 1
        if interrupt.calls == 4:
            raise KeyboardInterrupt

    interrupt.calls = 0
    solution = minimize(convex, np.zeros(30), solver, callback=interrupt, rng=rng)
    assert solution.interrupted
    assert solution.iterations == 3
    assert convex(solution.theta)[0] < convex(np.zeros(30))[0]


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_a_callback_can_stop_a_run_and_choose_what_is_best(solver, convex, rng):
    seen = []

    def prefer_the_second(theta, cost):
        seen.append(theta.copy())
        if len(seen) == 4:
            raise Stop("seen enough")
        return abs(len(seen) - 2)

    solution = minimize(convex, np.zeros(30), solver, callback=prefer_the_second, rng=rng)
    assert solution.message == "seen enough"
    np.testing.assert_array_equal(solution.theta, seen[1].astype(np.float64))


def test_evaluations_are_counted(convex):
    calls = []

    def counted(theta):
        calls.append(1)
        return convex(theta)

    assert minimize(counted, np.zeros(30), LBFGS(20)).evaluations == len(calls)


def test_a_cost_that_is_not_a_number_stops_the_run():
    with pytest.raises(Diverged, match="nan"):
        minimize(lambda theta: (math.nan, theta), np.ones(2), GradientDescent())


def test_the_best_point_is_returned_not_the_last():
    costs = iter([5.0, 1.0, 3.0, 2.0])
    solution = minimize(lambda theta: (next(costs), np.ones(1)), np.zeros(1), GradientDescent(3, 1.0))
    assert (solution.cost, solution.theta.tolist()) == (1.0, [-1.0])


def test_no_iterations_leave_the_start(convex):
    solution = minimize(convex, np.zeros(30), LBFGS(0))
    assert (solution.iterations, solution.theta.any()) == (0, False)


def test_the_repr_of_a_solution_is_one_line(convex):
    shown = repr(minimize(convex, np.zeros(30), LBFGS(3)))
    assert re.fullmatch(
        r"Solution\(not converged: 3 iterations, cost [\d.]+, 30 weights, \d+ evaluations, [\d.]+ s\)", shown
    )


def test_a_cost_below_zero_may_rise_above_it_without_divergence():
    """-1 at the start, and 1 beyond a hill that momentum comes over."""
    costs = iter([-1.0, 0.5, 1.0, -1.0, -2.0])
    solution = minimize(lambda theta: (next(costs), np.ones(1)), np.zeros(1), GradientDescent(4))
    assert solution.cost == -2.0


def test_of_mini_batches_the_last_weights_are_kept(convex, rng):
    """The lowest mean over an epoch's mini-batches is partly luck."""
    steps = []
    solver = MiniBatch(20, 0.5, "sgd", 20, schedule="constant")
    solution = minimize(convex, np.zeros(30), solver, lambda theta, cost: steps.append(theta.copy()), rng)
    assert solution.costs.index(min(solution.costs)) != 20, "no test: the last epoch was the lowest"
    np.testing.assert_array_equal(solution.theta, steps[-1])


def test_a_callbacks_score_chooses_among_mini_batches_too(convex, rng):
    steps = []

    def second_is_best(theta, cost):
        steps.append(theta.copy())
        return abs(len(steps) - 3)

    solution = minimize(convex, np.zeros(30), MiniBatch(6, 0.5, "sgd", 20), second_is_best, rng)
    np.testing.assert_array_equal(solution.theta, steps[2])


FULL_BATCH = [GradientDescent(5000, 1.0, tolerance=1e-3), *(Scipy(m, 300, tolerance=1e-3) for m in SCIPY_METHODS)]


@pytest.mark.parametrize("solver", FULL_BATCH, ids=lambda solver: getattr(solver, "method", "gd"))
def test_a_tolerance_of_the_gradient_ends_a_run_as_converged(solver, convex):
    solution = minimize(convex, np.zeros(30), solver)
    assert (solution.converged, solution.message) == (True, "converged")
    assert np.abs(convex(solution.theta)[1]).max() <= 1e-3


def test_without_a_tolerance_all_iterations_are_done(convex):
    solution = minimize(convex, np.zeros(30), GradientDescent(5))
    assert (solution.converged, solution.message) == (False, "5 iterations done")


@pytest.mark.parametrize("costs", [[-1.0, 5.0, -2.0], [1e-5, 4e-3, 1e-6]], ids=["negative", "good start"])
def test_a_rise_that_is_small_for_a_cost_is_no_divergence(costs):
    told = iter(costs)
    assert minimize(lambda theta: (next(told), np.ones(1)), np.zeros(1), GradientDescent(2)).cost == costs[2]


def test_a_large_rise_above_a_negative_start_is_divergence():
    told = iter([-1.0, 50.0, 0.0])
    with pytest.raises(Diverged, match="50 in iteration 1 after -1 at the start"):
        minimize(lambda theta: (next(told), np.ones(1)), np.zeros(1), GradientDescent(2))


def test_the_iterate_of_which_the_callback_says_stop_counts():
    def callback(theta, cost):
        if float(theta[0]) < 0.5:
            raise Stop

    solution = minimize(lambda theta: (float(theta @ theta), 2 * theta), np.ones(1), GradientDescent(50, 0.1), callback)
    assert solution.cost == solution.costs[-1] == min(solution.costs) < 0.25
    assert solution.message == "stopped by the callback"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(0.0, "J returned a float"), ((0.0, np.zeros(3)), "a gradient of shape (3,), expected theta's")],
)
@pytest.mark.parametrize("solver", ["l-bfgs", "gd", "cg"])
def test_an_answer_that_is_no_cost_and_gradient_is_refused(solver, answer, said):
    with pytest.raises(Digits20Error, match=re.escape(said)):
        minimize(lambda theta: answer, np.ones(2), solver)
