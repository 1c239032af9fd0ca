"""Our own L-BFGS."""

import numpy as np

from digits20 import LBFGS, minimize


def rosenbrock(theta):
    x, y = theta
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])


def test_it_follows_a_curved_valley():
    solution = minimize(rosenbrock, np.array([-1.2, 1.0]), LBFGS(500))
    np.testing.assert_allclose(solution.theta, [1, 1], atol=1e-2)
