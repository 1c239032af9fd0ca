import numpy as np
import pytest

from digits20 import Digits, Digits20Error


def test_one_hot_rows_mark_the_label():
    digits = Digits(np.zeros((2, 4)), np.array([2, 0]), labels=("a", "b", "c"))
    assert digits.Y.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_images_are_square_unless_told_otherwise():
    assert Digits(np.zeros((1, 400)), np.array([0])).image_shape == (20, 20)


def test_shuffle_keeps_each_image_with_its_label(small, rng):
    shuffled = small.shuffle(rng)
    assert not np.array_equal(shuffled.X, small.X)
    np.testing.assert_array_equal(shuffled.X[:, 0] * 2, shuffled.y)


def test_split_parts_are_the_whole(small):
    first, rest = small.split(40)
    assert (len(first), len(rest)) == (40, 20)
    np.testing.assert_array_equal(np.vstack([first.X, rest.X]), small.X)


@pytest.mark.parametrize("size", [7, 10, 30, 59])
def test_stratified_split_gives_each_class_its_share(small, rng, size):
    rest, part = small.split_stratified(size, rng)
    assert len(rest) == 60 - size
    assert np.abs(np.bincount(part.y, minlength=3) - size / 3).max() < 1
    assert {tuple(row) for row in rest.X}.isdisjoint(tuple(row) for row in part.X)


def test_batches_hold_every_image_once(small, rng):
    batches = list(small.batches(25, rng))
    assert [len(batch) for batch in batches] == [25, 25, 10]
    assert {tuple(row) for batch in batches for row in batch.X} == {tuple(row) for row in small.X}


def test_images_cannot_be_changed_by_accident(small):
    with pytest.raises(ValueError, match="read-only"):
        small.X[0, 0] = 1


@pytest.mark.parametrize(
    ("X", "y", "seen"),
    [
        (np.zeros((3, 4)), np.zeros(2, int), "3 images but 2 labels"),
        (np.zeros((2, 5)), np.zeros(2, int), "5 pixels do not make an image"),
        (np.array([[0.0], [np.nan]]), np.zeros(2, int), "image 1 holds a pixel that is not a finite number"),
        (np.zeros((2, 4)), np.array([0, 10]), "indices into the 10 labels"),
        (np.zeros(4), np.zeros(4, int), "one image per row"),
    ],
)
def test_parts_that_do_not_fit_are_refused(X, y, seen):
    with pytest.raises(Digits20Error, match=seen):
        Digits(X, y)


@pytest.mark.parametrize("size", [0, 60, 61])
def test_a_split_leaves_no_part_empty(small, rng, size):
    with pytest.raises(Digits20Error, match="both parts need images"):
        small.split(size)
    with pytest.raises(Digits20Error, match="both parts need images"):
        small.split_stratified(size, rng)
