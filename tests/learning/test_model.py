"""A trained network: what it answers."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from digits20 import LBFGS, Digits, Digits20Error, Model, Network, Objective, fit


@pytest.fixture
def J(small):
    return Objective(Network((9, 5, 3)), small, lam=0.1)


@pytest.fixture
def model(J, rng):
    return fit(J, J.network.initial_theta(rng), LBFGS(60))


def test_predict_gives_labels_not_indices(rng):
    network = Network((4, 2))
    model = Model(network, network.initial_theta(rng), labels=("cat", "dog"), image_shape=(2, 2))
    X = rng.random((20, 4))
    assert set(model.predict(X)) <= {"cat", "dog"}
    np.testing.assert_array_equal(model.predict(X) == "dog", model.outputs(X)[:, 1] > model.outputs(X)[:, 0])


def test_probabilities_sum_to_one(model, small):
    np.testing.assert_allclose(model.predict_proba(small.X).sum(axis=1), 1)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_outputs_that_are_rounded_away_still_tell_the_label_and_sum_to_one(output):
    network = Network((1, 3), output=output)
    model = Model(network, np.array([0, -1e4, 0, -2e4, 0, -3e4]), labels=(0, 1, 2), image_shape=(1, 1))
    X = np.array([[1.0], [-1.0]], dtype=np.float32)
    expected = {"sigmoid": [[1, 0, 0], [1 / 3] * 3], "softmax": [[1, 0, 0], [0, 0, 1]]}
    np.testing.assert_allclose(model.predict_proba(X), expected[output], rtol=1e-6)
    assert model.predict(X).tolist() == [0, 2]


def test_many_images_are_answered_as_each_alone(model, rng):
    X = rng.random((5000, 9))
    np.testing.assert_allclose(model.outputs(X)[[0, 4095, 4096, 4999]], model.outputs(X[[0, 4095, 4096, 4999]]))


def test_no_images_get_no_answers(model):
    assert model.predict(np.zeros((0, 9))).shape == (0,)


def test_accuracy_goes_by_label_not_by_index(model, small):
    renamed = Digits(small.X, 2 - small.y, labels=(2, 1, 0))
    assert model.accuracy(renamed) == 1


def test_accuracy_takes_images_and_labels(model, small):
    assert model.accuracy(small.X, small.y) == 1
    assert model.accuracy(small.X.tolist(), [99, *small.y[1:]]) == 59 / 60


@pytest.mark.parametrize(("y", "seen"), [(None, "ndarray without labels"), ([0, 1], "60 images but labels of shape")])
def test_accuracy_without_the_labels_of_all_images_is_refused(model, small, y, seen):
    with pytest.raises(Digits20Error, match=seen):
        model.accuracy(small.X, y)


def test_its_repr_is_one_line_with_the_best_score_there_is():
    network = Network((400, 25, 10))
    model = Model(network, np.zeros(network.size), lam=1.0, scores={"cost": 0.33551, "train_accuracy": 0.9965})
    assert repr(model) == "Model(400-25-10 sigmoid, lam=1, cost 0.3355, train 99.7 %)"
    model.scores["test_accuracy"] = 0.933
    assert repr(model) == "Model(400-25-10 sigmoid, lam=1, cost 0.3355, test 93.3 %)"


def test_a_notebook_shows_a_table_and_the_first_layers_weights(model):
    html = model._repr_html_()
    assert "<tr><th>network</th><td>9-5-3 sigmoid</td></tr>" in html
    assert "<tr><th>train accuracy</th><td>&gt; 99.99 %</td></tr>" in html
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])))
    times = picture.width // 12
    assert picture.size == (12 * times, 8 * times)  # 3 x 2 units of 3x3 pixels, each with a line beside and below


def test_labels_in_a_column_are_labels(small):
    model = Model(Network((9, 3)), np.zeros(30), labels=(0, 1, 2), image_shape=(3, 3))
    assert model.accuracy(small.X, small.y[:, None]) == model.accuracy(small.X, small.y)
