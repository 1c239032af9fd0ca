"""Digits made in other styles."""

import numpy as np
import pytest

from digits20 import load_digits, load_model
from digits20.images.styles import digits as styles

SHAPE = (20, 20)


@pytest.fixture(scope="module")
def reference():
    return load_model("reference")


def right(model, X, y):
    return np.mean(np.array(model.predict(X)) == y)


def test_printed_digits_are_each_digit_in_each_font(reference):
    X, y = styles.printed(SHAPE, np.random.default_rng(0))
    assert (X.shape[1], np.bincount(y).tolist()) == (400, [len(y) // 10] * 10)
    assert right(reference, X, y) > 0.85


def test_drawn_digits_are_all_digits_with_the_most_ones(reference):
    X, y = styles.drawn(SHAPE, 200, np.random.default_rng(0))
    counts = np.bincount(y, minlength=10)
    assert counts.min() > 0
    assert counts.argmax() == 1
    assert right(reference, X[y != 1], y[y != 1]) > 0.8


def test_shares_of_the_styles_sum_to_one():
    assert sum(share for _, share, _ in styles.STYLES) == pytest.approx(1)


def test_other_pens_change_the_strokes_and_not_the_digit(reference):
    digits = load_digits()[::50]
    X, index = styles.written(digits.X, SHAPE, 60, np.random.default_rng(0))
    assert len(X) == len(index) == 60
    assert np.abs(X - digits.X[index]).mean(axis=1).min() > 0.005
    assert right(reference, X, digits.y[index]) > 0.9


def test_blank_images_are_not_written_again():
    X, index = styles.written(np.zeros((3, 400)), SHAPE, 5, np.random.default_rng(0))
    assert (X.shape, index.shape) == ((0, 400), (0,))


def test_a_flag_is_ink_to_the_left_of_the_top():
    plain, flagged = (styles._one(np.random.default_rng(0), flag, False) for flag in (False, True))
    assert len(plain) == 1
    (top, _), *_, (left, down) = flagged[1]
    assert left < top
    assert 0 < down < 0.5


def test_the_same_seed_makes_the_same_digits():
    one, other = (styles.drawn(SHAPE, 5, np.random.default_rng(3))[0] for _ in range(2))
    assert np.array_equal(one, other)
