"""What users hand in: what is taken, and what is refused with what was seen."""

import logging

import numpy as np
import pandas as pd
import pytest

from digits20 import Digits, Digits20Error

BYTES = np.array([[0, 51, 102, 255], [255, 0, 0, 0]], np.uint8)
Y = [1, 2]


@pytest.mark.parametrize(
    "X",
    [
        BYTES / 255,
        (BYTES / 255).tolist(),
        pd.DataFrame(BYTES / 255),
        BYTES,
        BYTES.astype(np.int64),
        BYTES.tolist(),
        BYTES.reshape(2, 2, 2),
        BYTES.reshape(2, 2, 2, 1),
    ],
    ids=[
        "floats",
        "lists",
        "a DataFrame",
        "uint8",
        "int64",
        "lists of whole numbers",
        "images",
        "images of one channel",
    ],
)
def test_images_are_taken_in_many_forms(X):
    digits = Digits(X, Y)
    np.testing.assert_array_equal(digits.X, BYTES / 255)
    assert digits.image_shape == (2, 2)


def test_scaling_of_uint8_is_logged(caplog):
    with caplog.at_level(logging.INFO, "digits20"):
        Digits(BYTES, Y)
    assert caplog.messages == ["whole-number pixels of 0 to 255 are divided by 255"]


def test_uint8_of_zeros_and_ones_is_not_scaled(caplog):
    with caplog.at_level(logging.INFO, "digits20"):
        assert Digits(BYTES // 255, Y).X.max() == 1
    assert not caplog.messages


def test_float32_stays_float32():
    assert Digits(np.zeros((2, 4), np.float32), Y).X.dtype == np.float32


def test_the_images_tell_their_shape():
    assert Digits(np.zeros((2, 3, 5)), Y).image_shape == (3, 5)


@pytest.mark.parametrize("y", [[[1], [2]], pd.Series(Y), pd.DataFrame({"label": Y}), np.uint8(Y)])
def test_labels_are_taken_in_many_forms(y):
    assert Digits(BYTES, y).y.tolist() == Y


@pytest.mark.parametrize(
    ("X", "y", "seen"),
    [
        (
            np.zeros((2, 4)),
            ["a", "b"],
            "y holds 'a' (str), expected indices into the 10 labels, 0 to 9: "
            "labels, y = numpy.unique(y, return_inverse=True)",
        ),
        (
            np.zeros((2, 4)),
            [1.0, 2.0],
            "y holds 1.0 (float), expected indices into the 10 labels, 0 to 9: y.astype(int)",
        ),
        (
            np.zeros((2, 4)),
            np.eye(2),
            "y of shape (2, 2), expected one label index per image: (2,); "
            "one-hot rows become indices by Y.argmax(axis=1)",
        ),
        (
            np.zeros((2, 4)),
            [1, 10],
            "y[1] is 10, expected indices into the 10 labels, 0 to 9: y % 10 where 10 stands for zero",
        ),
        (np.zeros((2, 4)), [-1, 0], "y[0] is -1, expected indices into the 10 labels, 0 to 9"),
        (np.zeros((3, 4)), Y, "3 images but 2 labels"),
        (np.zeros((2, 5)), Y, "5 pixels do not make an image of shape a square"),
        (np.zeros(4), Y, "images of shape (4,), expected (m, pixels) or (m, rows, columns), one image per row"),
        ([["a", "b"], ["c", "d"]], Y, "the images hold <U1, expected numbers"),
        ([[0, 256], [1, 0]], Y, "whole-number pixels from 0 to 256, expected 0 to 255, or floats"),
        ([[1, "x"], [2, None]], Y, "the images hold 'x' (str), expected numbers"),
        ([[0.0], [np.nan]], Y, "image 1 holds a pixel that is not a finite number"),
        ([[1, 2], [3]], Y, "the images: lists of different lengths"),
        (np.zeros((2, 4), complex), Y, "the images hold complex128, expected numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_was_seen(X, y, seen):
    with pytest.raises(Digits20Error) as caught:
        Digits(X, y)
    assert str(caught.value) == seen
