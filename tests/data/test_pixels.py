"""Grey paper, and images of several scales or polarities in one set, are read right or asked about."""

import numpy as np
import pytest

from digits20 import Digits, load_digits

INK = load_digits()[::50].X.clip(0, 1)  # 100 images
ODD = (np.arange(100) % 2 == 1)[:, None]


def read(X):
    return Digits.from_arrays(X, np.arange(100) % 10, labels="digits", order="C").X


@pytest.mark.parametrize(
    "X",
    [128 + 85 * INK, 200 - 127 * INK, 0.8 - 0.5 * INK, INK - 0.13, 255 * INK - 33],
    ids=["grey paper", "dark ink on grey paper", "the same, 0 to 1", "a mean was subtracted", "the same of bytes"],
)
def test_paper_that_is_not_at_the_end_of_the_scale_becomes_0(X, caplog):
    np.testing.assert_allclose(read(X), INK, atol=1e-9)
    assert "is paper" in caplog.text


def test_a_few_stray_pixels_hide_no_grey_paper():
    X = 200 - 127 * INK
    X[:, 0] = 0
    assert np.median(read(X)) == 0


def test_bright_paper_in_some_of_the_images_is_inverted_there(caplog):
    np.testing.assert_allclose(read(np.where(ODD, 1 - INK, INK)), INK)
    assert "dark ink in 50 of 100 images" in caplog.text


def test_images_of_0_to_1_among_bytes_are_of_their_own_scale(caplog):
    np.testing.assert_allclose(read(np.where(ODD, INK, 255 * INK)), INK)
    assert "50 of 100 images have no pixel above 1, the others up to 255: taken as 0 to 1" in caplog.text


def test_images_of_another_scale_among_bytes_are_asked_about(caplog):
    read(np.where(ODD, 16 * INK, 255 * INK))
    assert "50 of 100 images have no pixel above 16, the others up to 255: are they of another scale?" in caplog.text


def test_photos_of_the_world_stay_as_they_are():
    X = np.random.default_rng(0).random((100, 1)) * 0.9 + np.random.default_rng(1).random((100, 400)) * 0.1
    np.testing.assert_array_equal(read(X), X)
