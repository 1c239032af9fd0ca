"""Arrays of other libraries, by the rules of files."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from digits20 import DataFileError, Digits, Digits20Error

X, Y = np.random.default_rng(0).random((6, 5, 5)).round(3), np.arange(6) % 3


@pytest.mark.parametrize(
    "images",
    [X.reshape(6, 25), X[:, None], X[..., None], list(X), X.tolist(), 255 * X],
    ids=["rows", "channel first", "channel last", "a list", "lists", "bytes"],
)
def test_images_of_any_form_are_the_same(images):
    digits = Digits.from_arrays(images, Y, invert=False, pixel_max=np.max(images) / X.max())
    np.testing.assert_allclose(digits.X, X.reshape(6, 25))


@pytest.mark.parametrize("y", [Y.tolist(), Y.astype(float), np.eye(10)[Y], Y[:, None], Y.astype(str)])
def test_labels_of_any_form_are_the_same(y):
    assert Digits.from_arrays(X, y).y.tolist() == Y.tolist()


class Traced:
    """A tensor as PyTorch hands it over while it is traced for gradients."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return map(Traced, self.values)

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self):
        return self

    cpu = detach

    def resolve_neg(self):
        return self.values


@pytest.mark.parametrize("traced", [Traced(X), list(Traced(X))], ids=["one", "a list"])
def test_tensors_that_are_traced_are_taken(traced):
    np.testing.assert_array_equal(Digits.from_arrays(traced, Traced(Y)).X, X.reshape(6, 25))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pictures_of_pillows_become_grey(mode):
    pictures = [Image.fromarray(np.uint8(255 * (x > 0.5))).convert(mode) for x in X]
    np.testing.assert_array_equal(Digits.from_arrays(pictures, Y, invert=False).X, X.reshape(6, 25) > 0.5)


def test_transparent_areas_of_pictures_are_paper():
    pictures = []
    for x in X:
        pictures.append(Image.new("RGBA", (5, 5)))
        pictures[-1].putalpha(Image.fromarray(np.uint8(255 * (x > 0.5))))
    np.testing.assert_array_equal(Digits.from_arrays(pictures, Y, invert=True).X, X.reshape(6, 25) > 0.5)


def test_tables_of_pandas_are_paired_by_their_index():
    names = list("abcdef")
    images, y = pd.DataFrame(X.reshape(6, 25), index=names), pd.Series(Y, index=names)
    assert Digits.from_arrays(images[::-1], y).y.tolist() == Y[::-1].tolist()


def test_labels_that_only_count_are_not_paired_with_a_table_in_another_order():
    with pytest.raises(DataFileError, match="the labels' index in another order"):
        Digits.from_arrays(pd.DataFrame(X.reshape(6, 25))[::-1], pd.Series(Y))


def test_labels_true_and_false_are_two_classes():
    assert Digits.from_arrays(X.reshape(6, 25), np.array(Y) == Y[0]).labels == (0, 1)


def test_other_indices_are_refused():
    with pytest.raises(DataFileError, match="images and labels have other indices"):
        Digits.from_arrays(pd.DataFrame(X.reshape(6, 25)), pd.Series(Y, index=range(1, 7)))


@pytest.mark.parametrize("label", [None, np.inf, 1j, np.datetime64("2020-01-01")])
def test_labels_that_are_neither_numbers_nor_words_are_refused(label):
    with pytest.raises(DataFileError, match="the arrays image 6: label"):
        Digits.from_arrays(X, np.array([*Y[:5], label], dtype=object), labels="any")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"labels": "letters"}, "labels is 'letters', expected 'digits', 'one-based', 'any'"),
        ({"order": "columns"}, "order is 'columns', expected 'C', 'F', None"),
        ({"pixel_max": "255"}, "pixel_max is '255', expected a number"),
        ({"invert": "no"}, "invert is 'no', expected True, False, None"),
        ({"judge": "reference"}, "judge is 'reference', expected a model"),
    ],
)
def test_options_that_mean_nothing_are_refused(option, said):
    with pytest.raises(Digits20Error) as error:
        Digits.from_arrays(X, Y, **option)
    assert str(error.value) == said


def test_the_names_of_one_hot_columns_are_the_labels():
    words = np.array(["cross", "circle", "star"])[Y]
    digits = Digits.from_arrays(X, pd.get_dummies(pd.Series(words))[["star", "circle", "cross"]])
    assert [digits.labels[place] for place in digits.y] == words.tolist()


def test_pixels_stand_in_the_order_of_the_numbers_in_their_names():
    table = pd.DataFrame(X.reshape(6, 25), columns=[f"pixel{place}" for place in range(25)])
    np.testing.assert_array_equal(Digits.from_arrays(table[sorted(table)], Y, invert=False).X, X.reshape(6, 25))


def test_masked_pixels_are_refused():
    with pytest.raises(DataFileError, match="some pixels are masked"):
        Digits.from_arrays(np.ma.masked_less(X, 0.5), Y)


def test_pairs_are_refused_with_how_to_part_them():
    with pytest.raises(DataFileError, match=r"expected images and labels apart: images, y = zip\(\*pairs\)"):
        Digits.from_arrays(zip(X, Y, strict=True), Y)
