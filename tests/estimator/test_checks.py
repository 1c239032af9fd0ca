"""Scikit-learn's own checks of a classifier, every one. `.ci/run` runs them on the oldest version too."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from digits20 import Digits20Error
from digits20.estimator.classifier import DigitsClassifier

CLASSIFIERS = [
    DigitsClassifier(),
    DigitsClassifier(hidden=5, solver="adam", output="softmax", max_iter=60),
    DigitsClassifier(hidden=(), output="softmax", class_weight="balanced"),
    DigitsClassifier(activation="relu", solver="sgd", learning_rate=0.01, max_iter=60),
]
checks = parametrize_with_checks(CLASSIFIERS)


@pytest.mark.parametrize(checks.args[0], list(checks.args[1]), **checks.kwargs)  # of 1.6 they are a generator
def test_scikit_learns_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tol", np.nan),
        ("tol", np.inf),
        ("activation", None),
        ("output", None),
        ("n_iter_no_change", 2.5),
    ],
)
def test_values_that_cannot_be_meant_are_refused_in_a_sentence(name, value):
    with pytest.raises(Digits20Error, match=f"{name} is {value}, expected"):
        DigitsClassifier(max_iter=1, **{name: value}).fit(np.eye(4), [0, 1, 0, 1])
