"""The words of messages."""

import numpy as np

from digits20 import LBFGS, Digits, GradientDescent, MiniBatch, Network, Objective, fit
from digits20.errors import plural


def test_one_has_no_s():
    assert [plural(n, "box", "boxes") for n in (0, 1, 2)] == ["0 boxes", "1 box", "2 boxes"]


def test_a_training_of_one_iteration_says_so():
    J = Objective(Network((4, 2)), Digits(np.eye(4), [0, 1, 0, 1], labels=(0, 1)))
    messages = [fit(J, np.zeros(10), solver(iterations=1)).solution.message for solver in (LBFGS, GradientDescent)]
    assert messages == ["not converged: 1 iteration", "1 iteration done"]
    assert fit(J, np.zeros(10), MiniBatch(iterations=1)).solution.message == "1 epoch done"
