"""Geometry on batches of images."""

import numpy as np
import pytest

from digits20.images import resize


def picture(rows, columns, seed=0):
    return np.random.default_rng(seed).random((3, rows * columns))


def test_same_size_changes_nothing():
    X = picture(5, 7)
    np.testing.assert_allclose(resize(X, (5, 7), (5, 7)), X, atol=1e-14)


@pytest.mark.parametrize("new_shape", [(20, 20), (40, 33), (1, 1), (3, 50)])
def test_a_flat_image_stays_flat(new_shape):
    resized = resize(np.full((2, 28 * 28), 0.7), (28, 28), new_shape)
    np.testing.assert_allclose(resized, np.full((2, new_shape[0] * new_shape[1]), 0.7), atol=1e-14)


def test_doubling_matches_the_hand_worked_row():
    # at quarter steps Keys' kernel is 111/128, 29/128, -9/128, -3/128; the border is mirrored
    doubled = resize(np.array([[1.0, 0.0, 0.0, 0.0]]), (1, 4), (1, 8))
    assert (doubled[0] * 128).round(9).tolist() == [140, 102, 26, -9, -3, 0, 0, 0]


def test_halving_matches_the_hand_worked_row():
    # antialiased: the kernel at eighths ±1, ±3, ±5, ±7 of its half width, mirrored at the borders
    halved = resize(np.array([[1.0, 0.0, 0.0, 0.0]]), (1, 4), (1, 2))
    assert (halved[0] * 256).round(9).tolist() == [140, -12]


def test_shrinking_keeps_the_mean_brightness_about():
    X = picture(28, 28)
    assert resize(X, (28, 28), (14, 14)).mean() == pytest.approx(X.mean(), abs=0.01)


@pytest.mark.parametrize(("columns", "new_columns"), [(4, 9), (6, 3)])
def test_rows_and_columns_are_not_mixed_up(columns, new_columns):
    X = np.repeat(np.linspace(0, 1, 6), columns)[None]  # 6 rows, each of one grey
    resized = resize(X, (6, columns), (3, new_columns)).reshape(3, new_columns)
    assert np.ptp(resized, axis=1) == pytest.approx(0)


def test_transposing_before_or_after_is_the_same():
    X = picture(8, 8)
    turned = X.reshape(-1, 8, 8).swapaxes(1, 2).reshape(-1, 64)
    after = resize(X, (8, 8), (5, 5)).reshape(-1, 5, 5).swapaxes(1, 2).reshape(-1, 25)
    np.testing.assert_allclose(resize(turned, (8, 8), (5, 5)), after, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    assert resize(picture(4, 4).astype(dtype), (4, 4), (2, 2)).dtype == dtype


def test_no_images_stay_no_images():
    assert resize(np.zeros((0, 784)), (28, 28), (20, 20)).shape == (0, 400)
