"""Training: what is learned, measured, kept and told on the way."""

import numpy as np
import pytest

from digits20 import LBFGS, Digits, Digits20Error, GradientDescent, MiniBatch, Network, Objective, Scipy, fit
from digits20.errors import Lost


@pytest.fixture
def J(small):
    return Objective(Network((9, 5, 3)), small, lam=0.1)


@pytest.fixture
def model(J, rng):
    return fit(J, J.network.initial_theta(rng), LBFGS(60))


def test_fit_learns_what_can_be_learned(model, small):
    assert model.accuracy(small) == 1
    assert model.scores["train_accuracy"] == 1


def test_costs_begin_at_the_start_and_end_where_the_model_is(model, J, rng):
    assert model.costs[0] == J(J.network.initial_theta(np.random.default_rng(0)))[0]
    assert model.scores["cost"] == min(model.costs) == pytest.approx(J(model.theta)[0])


def test_validation_curves_have_one_entry_an_iteration(J, small, rng):
    model = fit(J, J.network.initial_theta(rng), LBFGS(10), validation=small.take(slice(0, 20)))
    for curve in ("train_costs", "train_accuracies", "validation_costs", "validation_accuracies"):
        assert len(model.scores[curve]) == len(model.costs) == 11
    held_back = Objective(J.network, small.take(slice(0, 20)))
    assert model.scores["validation_costs"][-1] == pytest.approx(held_back(model.theta)[0])
    assert model.scores["train_costs"][-1] == pytest.approx(Objective(J.network, small)(model.theta)[0])


def test_patience_keeps_the_weights_of_the_lowest_validation_cost(small, rng):
    """Labels at random: what is learned by heart makes the validation cost rise."""
    noise = Digits(rng.random((60, 9)), rng.integers(3, size=60), labels=(0, 1, 2))
    train, validation = noise.split(30)
    J = Objective(Network((9, 20, 3)), train)
    model = fit(J, J.network.initial_theta(rng), LBFGS(200), validation=validation, patience=5)
    curve = model.scores["validation_costs"]
    assert len(curve) < 100
    assert len(curve) - 1 - int(np.argmin(curve)) == 5
    assert Objective(J.network, validation)(model.theta)[0] == pytest.approx(min(curve))
    assert "not fallen for 5" in model.solution.message


def test_patience_without_validation_images_is_refused(J, rng):
    with pytest.raises(Digits20Error, match="patience needs validation"):
        fit(J, J.network.initial_theta(rng), LBFGS(), patience=3)


def test_the_callback_hears_of_every_iteration(J, rng):
    heard = []
    model = fit(J, J.network.initial_theta(rng), LBFGS(7), callback=heard.append)
    assert [progress.iteration for progress in heard] == list(range(8))
    assert [progress.cost for progress in heard] == model.costs


def test_ctrl_c_leaves_a_usable_model(J, small, rng):
    def interrupt(progress):
        if progress.iteration == 20:
            raise KeyboardInterrupt

    model = fit(J, J.network.initial_theta(rng), LBFGS(200), callback=interrupt)
    assert model.solution.interrupted
    assert model.accuracy(small) > 0.5


@pytest.mark.parametrize("solver", [LBFGS(5), Scipy("CG", 5), GradientDescent(5), MiniBatch(5)])
def test_same_seed_same_bits(solver, small):
    def train():
        rng = np.random.default_rng(3)
        J = Objective(Network((9, 5, 3)), small.astype(np.float32), lam=1)
        return fit(J, J.network.initial_theta(rng), solver, rng=rng).theta

    np.testing.assert_array_equal(train(), train())


def test_weights_are_those_that_a_float32_objective_saw(small, rng):
    J = Objective(Network((9, 5, 3)), small.astype(np.float32))
    theta = fit(J, J.network.initial_theta(rng), Scipy("L-BFGS-B", 5)).theta
    assert theta.dtype == np.float64
    np.testing.assert_array_equal(theta, theta.astype(np.float32))


def test_training_uses_one_thread_even_of_libraries_loaded_meanwhile():
    """scipy brings a BLAS of its own; were it loaded inside the limit, it would use all cores."""
    import subprocess
    import sys

    script = """
import numpy as np
from threadpoolctl import threadpool_info
from digits20 import *
used = set()
J = Objective(Network((4, 3, 10)), Digits(np.eye(4), np.arange(4)))
def look(progress):
    used.update(lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas")
fit(J, J.network.initial_theta(np.random.default_rng(0)), LBFGS(3), callback=look)
print(used)
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "{1}\n"


class Breaking(Objective):
    """A J that is lost after so many evaluations."""

    left = 10

    def __call__(self, theta, out=None):
        self.left -= 1
        if self.left < 0:
            raise Lost("the cluster is gone")
        return super().__call__(theta, out)


@pytest.mark.parametrize("solver", [LBFGS(50), Scipy("CG", 50), Scipy("TNC", 50), GradientDescent(50)])
def test_a_lost_objective_brings_the_best_model_so_far(solver, small, rng):
    J = Breaking(Network((9, 5, 3)), small, lam=0.1)
    with pytest.raises(Lost, match="the cluster is gone") as lost:
        fit(J, J.network.initial_theta(rng), solver)
    model = lost.value.model
    assert model.solution is lost.value.solution
    assert min(model.costs) < model.costs[0]
    assert Objective(J.network, small, lam=0.1)(model.theta)[0] == pytest.approx(min(model.costs))


def test_an_objective_lost_at_once_brings_no_model(small, rng):
    J = Breaking(Network((9, 5, 3)), small)
    J.left = 0
    with pytest.raises(Lost) as lost:
        fit(J, J.network.initial_theta(rng), LBFGS(50))
    assert lost.value.model is lost.value.solution is None


@pytest.fixture
def trained(small):
    """The weights of a network that knows `small` by heart: a cost near zero."""
    J = Objective(Network((9, 8, 3)), small)
    return fit(J, J.network.initial_theta(0), LBFGS(300)).theta


def harder(X, rng):
    """A warp that hides what tells the labels apart, every other time."""
    X = X.copy()
    X[rng.random(len(X)) < 0.5, 0] = 0.5
    return X


@pytest.mark.parametrize("method", ["adam", "sgd"])
def test_fine_tuning_on_warped_images_is_neither_divergence_nor_thrown_away(trained, small, method):
    """Its epochs cost many times more than the start, on clean images, did."""
    J = Objective(Network((9, 8, 3)), small, warp=harder)
    model = fit(J, trained, MiniBatch(10, method=method), rng=0)
    assert model.costs[1] > 100 * model.costs[0]
    assert model.solution.learned
    assert not np.array_equal(model.theta, trained)
