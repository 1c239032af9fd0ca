"""Several labels per image, and sparse images."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.datasets import load_digits, make_multilabel_classification

from digits20 import Digits20Error
from digits20.estimator import DigitsClassifier


@pytest.fixture(scope="module")
def sets():
    X, Y = make_multilabel_classification(n_samples=80, random_state=0)
    return X / X.max(), Y


def test_every_label_of_an_image_is_learned(sets):
    X, Y = sets
    classifier = DigitsClassifier(30, 1e-3, random_state=0).fit(X, Y)
    assert classifier.score(X, Y) > 0.95
    assert classifier.predict(X).shape == Y.shape


def test_probabilities_of_several_labels_are_each_on_their_own(sets):
    X, Y = sets
    classifier = DigitsClassifier((), max_iter=20, random_state=0).fit(X, Y)
    H = 1 / (1 + np.exp(-(X @ classifier.coefs_[0] + classifier.intercepts_[0])))
    np.testing.assert_allclose(classifier.predict_proba(X), H, rtol=1e-9)
    np.testing.assert_array_equal(classifier.predict(X), H > 0.5)


def test_patience_watches_images_with_all_labels_right(sets):
    X, Y = sets
    classifier = DigitsClassifier(30, 1e-3, patience=5, random_state=0)
    classifier.fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    assert classifier.score(X[60:], Y[60:]) == classifier.validation_scores_[classifier.best_epoch_ - 1]


def test_partial_fit_takes_several_labels(sets):
    X, Y = sets
    settings = {"solver": "adam", "schedule": "constant", "max_iter": 20, "random_state": 0}
    whole, pieces = DigitsClassifier(**settings).fit(X, Y), DigitsClassifier(**settings)
    for _ in range(20):
        pieces.partial_fit(X, Y, classes=range(5))
    np.testing.assert_array_equal(pieces.predict_proba(X), whole.predict_proba(X))


@pytest.mark.parametrize("settings", [{"output": "softmax"}, {"class_weight": "balanced"}])
def test_what_means_one_label_per_image_is_refused(settings, sets):
    with pytest.raises(Digits20Error, match="label"):
        DigitsClassifier(**settings).fit(*sets)


@pytest.mark.parametrize("made", [csr_matrix, csr_array])
def test_sparse_images_are_learned_and_answered_as_dense_ones(made):
    X, y = load_digits(return_X_y=True)
    X, y = X[:100] / 16, y[:100]
    dense = DigitsClassifier(5, max_iter=5, random_state=0).fit(X, y)
    sparse = DigitsClassifier(5, max_iter=5, random_state=0).fit(made(X), y)
    np.testing.assert_array_equal(sparse.predict_proba(made(X)), dense.predict_proba(X))


@pytest.mark.parametrize("change", [lambda Y: 2 * Y, lambda Y: 2 * Y - 1, lambda Y: Y + np.arange(Y.shape[1])])
def test_columns_of_other_values_than_0_and_1_are_refused(change):
    Y = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="y of several columns, expected one per label that holds 0 and 1 only"):
        DigitsClassifier(max_iter=2).fit(np.eye(4), change(Y))


def test_a_sparse_matrix_too_large_to_be_dense_is_refused_with_its_size():
    X = csr_array((3, 10**14))
    with pytest.raises(Digits20Error, match=r"shape \(3, 100000000000000\) is made dense here, and 2.4e\+06 GB"):
        DigitsClassifier().fit(X, [0, 1, 0])
