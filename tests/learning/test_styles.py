"""Training images joined by digits in other styles."""

import numpy as np
import pytest

from digits20 import Digits, load_digits
from digits20.errors import Digits20Error
from digits20.learning.settings import Training
from digits20.learning.styles import with_styles

DRAWN, OTHERS = 120, 20  # in place of the hundreds that a training has, as is one font of twenty


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr("digits20.learning.styles.DRAWN", DRAWN)
    monkeypatch.setattr("digits20.learning.styles.OTHERS", OTHERS)
    monkeypatch.setattr("digits20.images.styles.digits.FONTS", ("cmr10",))


def test_the_images_come_first_and_stay_as_they_are():
    digits = load_digits()[::100].astype(np.float32)
    more = with_styles(digits, np.random.default_rng(0))
    assert np.array_equal(more.X[:50], digits.X)
    assert (more.X.dtype, len(more)) == (np.float32, 50 + round(0.15 * 50) + 10 + DRAWN + OTHERS)


def test_images_of_no_digit_have_no_label():
    more = with_styles(load_digits()[::100], np.random.default_rng(0))
    assert len(more) - len(more.labelled) == OTHERS
    assert not more.Y[-OTHERS:].any()
    assert (more.labelled.Y.sum(axis=1) == 1).all()


def test_only_the_labels_of_the_images_are_made():
    digits = Digits(np.eye(400)[:6], [0, 1, 0, 1, 0, 1], labels=(7, 1))
    made = with_styles(digits, np.random.default_rng(0))
    assert made.labels == (7, 1)
    assert np.count_nonzero(made.y[6:] == 1) > np.count_nonzero(made.y[6:] == 0)  # more ones are drawn than sevens


def test_sample_weights_of_the_new_ones_are_one():
    digits = Digits(np.eye(400)[:4], [0, 1, 2, 3], sample_weight=[2, 0, 1, 1])
    weights = with_styles(digits, np.random.default_rng(0)).sample_weight
    assert weights[:4].tolist() == [2, 0, 1, 1]
    assert set(weights[4:].tolist()) == {1}


@pytest.mark.parametrize("labels", [("a", "b"), (3, 12)])
def test_labels_that_are_no_digits_are_refused(labels):
    with pytest.raises(Digits20Error, match="styles are made of the digits 0 to 9"):
        with_styles(Digits(np.zeros((2, 400)), [0, 1], labels=labels), np.random.default_rng(0))


def test_styles_join_the_images_to_train_with_alone():
    digits = load_digits()[::10]
    plain, styled = (Training(styles=on, validation=50).for_images(500, "x") for on in (False, True))
    parts = [one.split(digits, np.random.default_rng(0)) for one in (plain, styled)]
    assert len(parts[1][0]) > len(parts[0][0]) + DRAWN + OTHERS
    for before, after in zip(parts[0][1:], parts[1][1:], strict=True):
        assert np.array_equal(before.X, after.X)
