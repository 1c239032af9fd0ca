"""Images that are turned, inverted or labelled one too high are recognized by what a model answers to them."""

import numpy as np
import pytest

from digits20 import Digits, load, load_digits, load_images, load_model
from digits20.data.orientation import TURNS, Correction, Undecided, best_correction


@pytest.fixture(scope="module")
def model():
    return load_model("reference")


@pytest.fixture(scope="module")
def digits():
    return load_digits()[::50]


WAYS = [
    *(Correction(transposed=True), Correction(inverted=True), Correction(True, True), Correction(one_based=True)),
    *(Correction(zero_last=True), Correction(mirrored=True, one_based=True)),
]


def undone(digits, way):
    """The digits as a file holds them that must be read this way."""
    shifted = digits.y + way.one_based - way.zero_last
    return type(digits)(way.images(digits.X, digits.image_shape), shifted % 10, digits.labels)


@pytest.mark.parametrize("way", WAYS)
def test_the_way_is_found(model, digits, way):
    assert best_correction(model, undone(digits, way), Undecided()) == way


def test_right_images_stay_as_they_are(model, digits):
    assert best_correction(model, digits, Undecided()) is None


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("turn", sorted(set(TURNS) - {(True, False, False)}))
def test_mirrored_and_turned_images_are_turned_back(model, digits, turn, labelled):
    turned = Correction(turn[0], mirrored=turn[1], flipped=turn[2]).digits(digits)
    back = best_correction(model, turned, Undecided(), labelled) or Correction()
    np.testing.assert_array_equal(back.digits(turned).X, digits.X)


def test_the_note_on_turned_images_names_the_option():
    assert str(Correction(True, mirrored=True)) == (
        "images turned by 90 degrees clockwise (--order C or F leaves them as they are)"
    )


def test_a_quarter_clockwise_is_one():
    X = np.arange(6.0).reshape(1, 6)
    turned = Correction(True, mirrored=True).images(X, (2, 3))
    np.testing.assert_array_equal(turned.reshape(3, 2), np.rot90(X.reshape(2, 3), -1))


def test_of_a_few_kinds_of_digits_none_is_mirrored(model, digits):
    """Two kinds of shapes labelled 3 and 7 may be anything."""
    two = digits.take(np.flatnonzero(np.isin(digits.y, (3, 7))))
    assert best_correction(model, Correction(mirrored=True).digits(two), Undecided()) is None


def test_what_the_user_has_said_is_not_questioned(model, digits):
    assert best_correction(model, undone(digits, Correction(transposed=True)), Undecided(order=False)) is None


def test_strange_images_stay_as_they_are(model):
    rng = np.random.default_rng(0)
    assert best_correction(model, Digits(rng.random((100, 400)), rng.integers(10, size=100)), Undecided()) is None


@pytest.mark.parametrize("way", [Correction(transposed=True), Correction(inverted=True)])
def test_without_labels_the_surer_way_is_found(model, digits, way):
    assert best_correction(model, undone(digits, way), Undecided(), labelled=False) == way


@pytest.mark.parametrize("labelled", [True, False])
def test_of_few_images_nothing_is_said(model, digits, labelled):
    assert best_correction(model, undone(digits, Correction(transposed=True))[:9], Undecided(), labelled) is None


@pytest.fixture(scope="module")
def misread(digits):
    """Images stored by columns, with labels 1 to 10 for 0 to 9."""
    return undone(digits, Correction(transposed=True)).X, digits.y + 1


def test_load_reads_them_right_in_python_too(digits, misread, tmp_path):
    np.savez(tmp_path / "own.npz", X=misread[0], y=misread[1])
    read = load(tmp_path / "own.npz")
    np.testing.assert_array_equal(read.y, digits.y)
    np.testing.assert_allclose(read.X, digits.X)


def test_arrays_are_read_right_too(digits, misread):
    np.testing.assert_array_equal(Digits.from_arrays(*misread).y, digits.y)


def test_images_without_labels_are_read_right_too(digits, misread, tmp_path):
    np.savez(tmp_path / "own.npz", X=misread[0])
    np.testing.assert_allclose(load_images(tmp_path / "own.npz")[0], digits.X)


def test_what_python_says_of_them_is_not_questioned(misread):
    np.testing.assert_array_equal(Digits.from_arrays(*misread, order="C", labels="one-based").X, misread[0])
