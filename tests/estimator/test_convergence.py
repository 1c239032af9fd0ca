"""Whether `fit` converged, what ended it, and what is known about its iterations."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from digits20.estimator import DigitsClassifier
from digits20.optim.solution import Stop
from digits20.optim.solvers import MINI_BATCHES, SOLVERS

FULL_BATCH = [name for name in SOLVERS if name not in MINI_BATCHES]


@pytest.fixture(scope="module")
def images():
    X, y = load_digits(return_X_y=True)
    return X[:200] / 16, y[:200], X[200:300] / 16, y[200:300]


@pytest.mark.parametrize("solver", FULL_BATCH)
def test_a_tolerance_that_is_not_met_is_warned_of(solver, images):
    classifier = DigitsClassifier(5, solver=solver, max_iter=3, tol=1e-9, random_state=0)
    with pytest.warns(ConvergenceWarning, match=f"not converged: 3 iterations .*solver {solver}"):
        classifier.fit(*images[:2])
    assert (classifier.converged_, classifier.message_) == (False, "not converged: 3 iterations")


@pytest.mark.parametrize("solver", FULL_BATCH)
def test_a_tolerance_that_is_met_is_not(solver, images):
    classifier = DigitsClassifier(5, solver=solver, tol=0.5, random_state=0).fit(*images[:2])
    assert classifier.converged_
    assert classifier.n_iter_ < 40


def test_without_a_tolerance_there_is_no_warning(images):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = DigitsClassifier(5, max_iter=3, random_state=0).fit(*images[:2])
    assert classifier.message_ == "not converged: 3 iterations"


@pytest.mark.parametrize("solver", MINI_BATCHES)
@pytest.mark.parametrize("epochs", [2, 5])
def test_mini_batches_end_when_the_cost_no_longer_falls_by_tol(solver, epochs, images):
    classifier = DigitsClassifier(5, solver=solver, max_iter=500, tol=0.05, n_iter_no_change=epochs, random_state=0)
    costs = np.array(classifier.fit(*images[:2]).loss_curve_)
    assert classifier.converged_
    assert classifier.n_iter_ < 500
    assert (costs[-epochs - 1 :] > np.minimum.accumulate(costs)[-epochs - 2 : -1] - 0.05).all()
    assert classifier.message_ == f"converged: the cost has not fallen by 0.05 for {epochs} epochs"


def test_mini_batches_that_do_all_epochs_in_spite_of_tol_are_warned_of(images):
    classifier = DigitsClassifier(5, solver="adam", max_iter=3, tol=1e-9, random_state=0)
    with pytest.warns(ConvergenceWarning, match="3 epochs"):
        classifier.fit(*images[:2])


@pytest.mark.parametrize(("solver", "iterations"), [("sgd", 100), ("adam", 100), ("gd", 400)])
def test_max_iter_of_none_is_the_solvers_own(solver, iterations, images):
    classifier = DigitsClassifier(2, solver=solver, random_state=0).fit(images[0][:20], images[1][:20])
    assert classifier.n_iter_ == iterations


def test_patience_watches_the_accuracy_where_told(images):
    X, y, X_val, y_val = images
    classifier = DigitsClassifier(8, 0.0, max_iter=500, patience=5, monitor="accuracy", random_state=0)
    classifier.fit(X, y, X_val=X_val, y_val=y_val)
    scores = classifier.validation_scores_
    assert classifier.n_iter_ == 1 + int(np.argmax(scores)) + 5 < 500
    assert classifier.message_ == "validation accuracy has not risen for 5 iterations"
    assert classifier.best_validation_score_ == max(scores) == classifier.score(X_val, y_val)
    assert classifier.best_epoch_ == 1 + int(np.argmax(scores))


def test_the_best_epoch_is_that_of_the_lowest_validation_cost(images):
    X, y, X_val, y_val = images
    classifier = DigitsClassifier(8, 0.0, patience=5, random_state=0).fit(X, y, X_val=X_val, y_val=y_val)
    best = classifier.best_epoch_
    assert classifier.validation_loss_curve_[best - 1] == min(classifier.validation_loss_curve_)
    assert classifier.score(X_val, y_val) == classifier.validation_scores_[best - 1]


def test_without_validation_images_only_the_best_loss_is_known(images):
    classifier = DigitsClassifier(5, max_iter=3, random_state=0).fit(*images[:2])
    assert (classifier.best_epoch_, classifier.best_validation_score_) == (None, None)
    assert classifier.best_loss_ == min(classifier.loss_curve_)


def test_a_callback_sees_every_iteration_and_may_end_the_training(images):
    seen = []

    def callback(progress):
        seen.append(progress.iteration)
        if progress.iteration == 3:
            raise Stop("enough")

    classifier = clone(DigitsClassifier(5, callback=callback, tol=1e-9, random_state=0)).fit(*images[:2])
    assert (seen, classifier.n_iter_, classifier.message_) == ([0, 1, 2, 3], 3, "enough")
    assert "callback" not in classifier.to_model().settings


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_coefficients_have_the_dtype_of_the_arithmetic(dtype, images):
    classifier = DigitsClassifier(5, max_iter=3, random_state=0).fit(images[0].astype(dtype), images[1])
    assert {part.dtype for part in classifier.coefs_ + classifier.intercepts_} == {np.dtype(dtype)}


def test_an_estimator_pickled_without_a_new_parameter_has_its_default():
    classifier = DigitsClassifier()
    state = {name: value for name, value in classifier.__getstate__().items() if name not in ("tol", "monitor")}
    revived = DigitsClassifier.__new__(DigitsClassifier)
    revived.__setstate__(state)
    assert revived.get_params() == classifier.get_params()
