import math

import numpy as np
import pytest
import scipy.optimize

from digits20 import LBFGS, Digits20Error, Diverged, GradientDescent, MiniBatch, Network, Objective, Scipy, minimize
from digits20.optim.descent import _Adam, _Momentum
from digits20.optim.minimize import Stop
from digits20.optim.scipy_methods import SCIPY_METHODS

SOLVERS = [
    LBFGS(),
    *(Scipy(method) for method in SCIPY_METHODS),
    GradientDescent(iterations=300, learning_rate=2.0, momentum=0.9),
    MiniBatch(iterations=200, learning_rate=0.5, method="sgd", batch_size=20),
    MiniBatch(iterations=200, learning_rate=0.05, method="adam", batch_size=20),
]
names = [getattr(solver, "method", type(solver).__name__) for solver in SOLVERS]


@pytest.fixture
def convex(small):
    """A softmax regression with decay: one minimum."""
    return Objective(Network((9, 3), output="softmax"), small, lam=3)


def rosenbrock(theta):
    x, y = theta
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_every_solver_finds_the_minimum_of_a_convex_cost(solver, convex, rng):
    lowest = minimize(convex, np.zeros(30), Scipy("BFGS", 1000)).cost
    solution = minimize(convex, np.zeros(30), solver, rng=rng)
    assert convex(solution.theta)[0] == pytest.approx(lowest, rel=2e-3)


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_costs_start_with_the_starts_and_have_one_entry_an_iteration(solver, convex, rng):
    watched = []
    solution = minimize(convex, np.zeros(30), solver, watch=lambda theta, cost: watched.append(cost), rng=rng)
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
    solution = minimize(convex, np.zeros(30), solver, watch=interrupt, rng=rng)
    assert solution.interrupted
    assert solution.iterations == 3
    assert convex(solution.theta)[0] < convex(np.zeros(30))[0]


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_a_watch_can_stop_a_run_and_choose_what_is_best(solver, convex, rng):
    seen = []

    def prefer_the_second(theta, cost):
        seen.append(theta.copy())
        if len(seen) == 4:
            raise Stop("seen enough")
        return abs(len(seen) - 2)

    solution = minimize(convex, np.zeros(30), solver, watch=prefer_the_second, rng=rng)
    assert solution.message == "seen enough"
    np.testing.assert_array_equal(solution.theta, seen[1].astype(np.float64))


@pytest.mark.parametrize("method", [LBFGS(500), *(Scipy(method, 500) for method in SCIPY_METHODS)])
def test_second_order_methods_follow_a_curved_valley(method):
    solution = minimize(rosenbrock, np.array([-1.2, 1.0]), method)
    np.testing.assert_allclose(solution.theta, [1, 1], atol=1e-2)


@pytest.mark.parametrize("method", ["TNC", "L-BFGS-B", "CG"])
def test_the_iterations_asked_for_are_the_iterations_done(method, small, rng):
    """TNC counts evaluations and would stop by itself long before."""
    J = Objective(Network((9, 5, 3)), small)
    solution = minimize(J, J.network.initial_theta(rng), Scipy(method, 12))
    assert solution.iterations == 12


def test_evaluations_are_counted(convex):
    calls = []

    def counted(theta):
        calls.append(1)
        return convex(theta)

    assert minimize(counted, np.zeros(30), LBFGS(20)).evaluations == len(calls)


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


def test_gradient_descent_takes_the_lectures_step(convex):
    theta = np.zeros(30)
    expected = theta - 0.5 * convex(theta)[1]
    expected -= 0.5 * convex(expected)[1]
    solution = minimize(convex, theta, GradientDescent(iterations=2, learning_rate=0.5))
    np.testing.assert_allclose(solution.theta, expected, rtol=1e-14)


def test_momentum_carries_the_last_step_on(convex):
    first = -0.5 * convex(np.zeros(30))[1]
    second = 0.9 * first - 0.5 * convex(first)[1]
    solution = minimize(convex, np.zeros(30), GradientDescent(2, 0.5, momentum=0.9))
    np.testing.assert_allclose(solution.theta, first + second, rtol=1e-14)


def test_adam_is_the_papers(rng):
    """Kingma & Ba 2015, algorithm 1, written out."""
    theta, adam = rng.normal(size=5), _Adam(np.zeros(5))
    expected, m, v = theta.copy(), np.zeros(5), np.zeros(5)
    for t in range(1, 6):
        g = rng.normal(size=5)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        expected -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        adam(theta, g.copy(), 0.01)
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_nesterov_looks_one_step_ahead(rng):
    theta, velocity = rng.normal(size=3), np.zeros(3)
    expected, step = theta.copy(), _Momentum(theta, 0.9, nesterov=True)
    for _ in range(3):
        g = rng.normal(size=3)
        velocity = 0.9 * velocity - 0.1 * g
        expected += 0.9 * velocity - 0.1 * g
        step(theta, g.copy(), 0.1)
    np.testing.assert_allclose(theta, expected, rtol=1e-13)


def test_the_cosine_rate_falls_from_the_learning_rate_to_zero():
    solver = MiniBatch(iterations=10, learning_rate=0.4)
    assert [solver._rate(epochs) for epochs in (0, 5, 10)] == pytest.approx([0.4, 0.2, 0.0])


def test_mini_batches_depend_on_the_seed_alone(small):
    def run(seed):
        J = Objective(Network((9, 4, 3)), small.astype(np.float32))
        return minimize(J, np.zeros(J.network.size), MiniBatch(5), rng=np.random.default_rng(seed)).theta

    np.testing.assert_array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_divergence_names_a_learning_rate_to_try_and_keeps_the_last_good_weights(rate, small, rng):
    J = Objective(Network((9, 5, 3), "relu"), small, lam=1)
    start = J.network.initial_theta(rng)
    with pytest.raises(Diverged, match=r"diverged.*try a learning rate of 1$") as caught:
        minimize(J, start, GradientDescent(learning_rate=rate))
    np.testing.assert_array_equal(caught.value.solution.theta, start)


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


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: Scipy("Powell"), "'Powell', expected one of L-BFGS-B"),
        (lambda: MiniBatch(method="rmsprop"), "expected sgd or adam"),
        (lambda: MiniBatch(schedule="linear"), "expected cosine or constant"),
        (lambda: MiniBatch(batch_size=0), "batch size 0"),
    ],
)
def test_unknown_settings_are_refused(make, seen):
    with pytest.raises(Digits20Error, match=seen):
        make()
