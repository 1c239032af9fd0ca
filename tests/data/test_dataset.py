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


@pytest.mark.parametrize("size", [0, 60, 61])
def test_a_split_leaves_no_part_empty(small, rng, size):
    with pytest.raises(Digits20Error, match="both parts need images"):
        small.split(size)
    with pytest.raises(Digits20Error, match="both parts need images"):
        small.split_stratified(size, rng)


def test_the_repr_is_one_line(small):
    assert repr(small) == "Digits(60 images 3x3, 3 labels, float64)"


def test_the_repr_tells_of_one_image_of_weights_and_of_preparation(small):
    one = Digits(small.X[:1], [0], sample_weight=[2], preprocess=("deskew",))
    assert repr(one) == "Digits(1 image 3x3, 10 labels, float64, deskew, with sample weights)"


def test_a_notebook_shows_the_repr_and_a_picture(small):
    html = small._repr_html_()
    assert repr(small) in html
    assert '<img alt="20 of the images" src="data:image/png;base64,' in html


@pytest.mark.parametrize("rows", [0, -1, slice(10), slice(None, None, -7), [5, 3], np.arange(60) % 4 == 1, np.int64(4)])
def test_indexing_picks_images_as_numpy_picks_rows(small, rows):
    picked = small[rows]
    assert isinstance(picked, Digits)
    np.testing.assert_array_equal(picked.X, small.X[rows].reshape(-1, 9))
    np.testing.assert_array_equal(picked.y, np.atleast_1d(small.y[rows]))


@pytest.mark.parametrize("rows", [60, -61, [True] * 59, "x"])
def test_what_is_no_row_is_an_index_error(small, rows):
    with pytest.raises(IndexError):
        small[rows]


def test_iterating_gives_each_image_once(small):
    assert [image.y.tolist() for image in small] == [[label] for label in small.y]


def test_a_seed_is_as_good_as_a_generator_of_it(small):
    rng = np.random.default_rng
    np.testing.assert_array_equal(small.shuffle(3).X, small.shuffle(rng(3)).X)
    np.testing.assert_array_equal(small.split_stratified(9, 3)[1].X, small.split_stratified(9, rng(3))[1].X)
    np.testing.assert_array_equal(next(small.batches(9, 3)).X, next(small.batches(9, rng(3))).X)


def test_the_old_name_of_sample_weight_still_serves(small):
    old = Digits(small.X, small.y, small.labels, weights=np.arange(60))
    assert old.weights is old.sample_weight
    np.testing.assert_array_equal(old.sample_weight, np.arange(60))
