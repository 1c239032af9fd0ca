"""Images that are turned, inverted or labelled one too high are recognized by what a model answers to them."""

import numpy as np
import pytest

from digits20 import load_digits, load_model
from digits20.learning.orientation import Correction, Undecided, best_correction


@pytest.fixture(scope="module")
def model():
    return load_model("reference")


@pytest.fixture(scope="module")
def digits():
    return load_digits()[::25]


WAYS = [Correction(transposed=True), Correction(inverted=True), Correction(True, True), Correction(one_based=True)]


def undone(digits, way):
    """The digits as a file holds them that must be read this way."""
    shifted = digits.y + 1 if way.one_based else digits.y
    return type(digits)(way.images(digits.X, digits.image_shape), shifted % 10, digits.labels)


@pytest.mark.parametrize("way", WAYS)
def test_the_way_is_found(model, digits, way):
    assert best_correction(model, undone(digits, way), Undecided()) == way


def test_right_images_stay_as_they_are(model, digits):
    assert best_correction(model, digits, Undecided()) is None


def test_what_the_user_has_said_is_not_questioned(model, digits):
    assert best_correction(model, undone(digits, Correction(transposed=True)), Undecided(order=False)) is None


def test_strange_images_stay_as_they_are(model):
    from digits20 import Digits

    rng = np.random.default_rng(0)
    assert best_correction(model, Digits(rng.random((100, 400)), rng.integers(10, size=100)), Undecided()) is None


@pytest.mark.parametrize("way", [Correction(transposed=True), Correction(inverted=True)])
def test_without_labels_the_surer_way_is_found(model, digits, way):
    assert best_correction(model, undone(digits, way), Undecided(), labelled=False) == way


def test_of_few_images_without_labels_nothing_is_said(model, digits):
    assert best_correction(model, undone(digits, Correction(transposed=True))[:5], Undecided(), labelled=False) is None
