"""Scores by label, beside scikit-learn's."""

import numpy as np
import pytest

from digits20 import Digits, Model, Network
from digits20.learning.evaluation import evaluate


@pytest.fixture(scope="module")
def scores():
    """(scores, true labels, answers) of a model that answers k to the image whose only ink is pixel k."""
    network = Network((16, 5))
    model = Model(network, np.column_stack([np.zeros(5), np.eye(5, 16)]).ravel(), labels=range(5), image_shape=(4, 4))
    rng = np.random.default_rng(0)
    true, answers = rng.choice([0, 1, 3], 60), rng.choice([0, 1, 2], 60)  # 2 never occurs, 3 is never answered, 4 both
    return evaluate(model, Digits(np.eye(5, 16)[answers], true, labels=range(5))), true, answers


def test_scores_of_each_label_are_scikit_learns(scores):
    from sklearn.metrics import precision_recall_fscore_support

    found, true, answers = scores
    expected = precision_recall_fscore_support(true, answers, labels=range(5), zero_division=0)
    np.testing.assert_allclose([found.precision, found.recall, found.f1, found.support], expected, rtol=1e-15)


def test_the_confusion_matrix_is_scikit_learns(scores):
    from sklearn.metrics import confusion_matrix

    found, true, answers = scores
    np.testing.assert_array_equal(found.confusion, confusion_matrix(true, answers, labels=range(5)))
