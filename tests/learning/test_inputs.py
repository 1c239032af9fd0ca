"""Images in any form become the rows that a network takes."""

import numpy as np
import pandas as pd
import pytest

from digits20 import Digits20Error, Model, Network
from digits20.images.geometry import resize
from digits20.learning.inputs import image_rows

ROWS = np.arange(12, dtype=np.float32).reshape(2, 6) / 12
SHAPE = (2, 3)


@pytest.mark.parametrize(
    "images",
    [ROWS.tolist(), pd.DataFrame(ROWS), ROWS.reshape(2, 2, 3), [list(row) for row in ROWS], ROWS.astype(object)],
    ids=["lists", "DataFrame", "cube", "list of lists", "objects"],
)
def test_two_images_in_any_form_are_two_rows(images):
    np.testing.assert_allclose(image_rows(images, SHAPE), ROWS, rtol=1e-6)


@pytest.mark.parametrize("image", [ROWS[0], ROWS[0].tolist(), ROWS[0].reshape(SHAPE)])
def test_one_image_is_one_row(image):
    np.testing.assert_allclose(image_rows(image, SHAPE), ROWS[:1], rtol=1e-6)


def test_float_rows_are_passed_through():
    assert image_rows(ROWS, SHAPE) is ROWS


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_whole_numbers_up_to_255_are_scaled(dtype):
    rows = image_rows(np.array([[0, 51, 255]], dtype), (1, 3))
    np.testing.assert_allclose(rows, [[0, 0.2, 1]], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, bool])
def test_black_and_white_images_of_0_and_1_stay(dtype):
    assert image_rows(np.array([[0, 1, 1]], dtype), (1, 3)).tolist() == [[0, 1, 1]]


def test_images_of_another_size_are_resized_as_elsewhere(rng):
    images = rng.integers(256, size=(3, 28, 28)).astype(np.uint8)
    expected = resize((images / 255).reshape(3, 784).astype(np.float32), (28, 28), (20, 20))
    np.testing.assert_allclose(image_rows(images, (20, 20)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "seen"),
    [
        (np.zeros((2, 7)), r"shape \(2, 7\), expected \(m, 6\), \(m, 2, 3\) or one image of 2x3"),
        (np.zeros(5), r"shape \(5,\)"),
        (np.zeros((1, 2, 3, 2)), r"shape \(1, 2, 3, 2\)"),
        ([[1, 2], [3]], "lists of different lengths"),
        ([["a"] * 6], "hold <U1, expected numbers"),
        ([[None, {}, 1, 1, 1, 1]], "expected numbers"),
        ([[0, 0, 0, 0, 0, 256]], "pixels from 0 to 256, expected 0 to 255"),
        ([[0, 0, 0, 0, 0, -1]], "pixels from -1 to 0"),
        ([[0, 0, 0, 0, 0, np.nan]], "not a finite number"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_was_seen(images, seen):
    with pytest.raises(Digits20Error, match=seen):
        image_rows(images, SHAPE)


def test_a_model_answers_all_forms_alike(rng):
    model = Model(Network((6, 3)), Network((6, 3)).initial_theta(rng), ("a", "b", "c"), SHAPE)
    pixels = rng.integers(256, size=(4, 2, 3)).astype(np.uint8)
    rows = (pixels.reshape(4, 6) / 255).astype(np.float32)
    for answers in (model.predict, model.predict_proba, model.logits, model.outputs):
        np.testing.assert_array_equal(answers(pixels), answers(rows))
        np.testing.assert_array_equal(answers(pixels.tolist()), answers(rows))


@pytest.mark.parametrize("shape", [(2, 4, 4, 1), (2, 1, 4, 4)])
def test_a_channel_of_one_counts_as_none(shape, rng):
    X = rng.random((2, 16))
    np.testing.assert_array_equal(image_rows(X.reshape(shape), (4, 4)), X)


def test_digits_are_images_too(small):
    np.testing.assert_array_equal(image_rows(small, small.image_shape), small.X)


@pytest.mark.parametrize("shape", [(28, 28, 3), (30, 40, 4)])
def test_one_image_in_colour_is_not_taken_for_many(shape):
    with pytest.raises(Digits20Error, match="which is one in colour: expected grey"):
        image_rows(np.zeros(shape, np.uint8), (20, 20))


def test_a_square_of_another_size_is_one_image(rng):
    X = rng.random((28, 28))
    np.testing.assert_array_equal(image_rows(X, (20, 20)), image_rows(X[None], (20, 20)))


def test_a_square_that_may_be_as_many_flat_images_is_refused(rng):
    with pytest.raises(Digits20Error, match=r"shape \(64, 64\).*those of another size as \(m, rows, columns\)"):
        image_rows(rng.random((64, 64)), (20, 20))
