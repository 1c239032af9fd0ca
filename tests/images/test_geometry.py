"""Geometry on batches of images."""

import numpy as np
import pytest

from digits20 import Digits20Error
from digits20.images.geometry import bilinear, deskew, resize


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
    # at quarter steps Keys' kernel is 111/128, 29/128, -9/128, -3/128; the border pixel is repeated
    doubled = resize(np.array([[1.0, 0.0, 0.0, 0.0]]), (1, 4), (1, 8))
    assert (doubled[0] * 128).round(9).tolist() == [137, 102, 26, -9, -3, 0, 0, 0]


def test_halving_matches_the_hand_worked_row():
    # antialiased: the kernel at eighths ±1, ±3, ±5, ±7 of its half width, the border pixel repeated
    halved = resize(np.array([[1.0, 0.0, 0.0, 0.0]]), (1, 4), (1, 2))
    assert (halved[0] * 256).round(9).tolist() == [128, -12]


def test_the_border_pixel_is_repeated_beyond_the_border():
    image = picture(28, 28)[0].reshape(28, 28)
    wider = resize(np.pad(image, 7, "edge").reshape(1, -1), (42, 42), (30, 30)).reshape(30, 30)
    np.testing.assert_allclose(
        resize(image.reshape(1, -1), (28, 28), (20, 20)).reshape(20, 20), wider[5:25, 5:25], atol=1e-14
    )


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


def leaning_bar(lean, middle):
    """A vertical bar, sheared by `lean` columns a row, its centre at `middle`."""
    rows, columns = np.mgrid[:20, :20].astype(float)
    across = columns - middle[1] - lean * (rows - middle[0])
    return (np.clip(2 - np.abs(across), 0, 1) * (np.abs(rows - middle[0]) <= 6)).reshape(1, -1)


def moments(x):
    """Centre row, centre column and lean of one 20x20 image."""
    rows, columns = np.mgrid[:20, :20].reshape(2, -1)
    row, column = x @ rows / x.sum(), x @ columns / x.sum()
    return row, column, x @ ((rows - row) * (columns - column)) / (x @ (rows - row) ** 2)


@pytest.mark.parametrize(("lean", "middle"), [(0.4, (9.5, 9.5)), (-0.3, (8.0, 11.0)), (0.0, (10.0, 7.3))])
def test_deskewed_ink_stands_upright_in_the_middle(lean, middle):
    upright = deskew(leaning_bar(lean, middle), (20, 20))[0]
    np.testing.assert_allclose(moments(upright), (9.5, 9.5, 0), atol=0.05)


def test_deskew_treats_each_image_of_a_batch_as_it_treats_it_alone(digits):
    X = digits.X[::2]
    np.testing.assert_allclose(deskew(X, (20, 20))[[0, 1030, 2499]], deskew(X[[0, 1030, 2499]], (20, 20)))


def test_deskew_leaves_a_blank_image_blank():
    assert not deskew(np.zeros((2, 400), np.float32), (20, 20)).any()


def test_bilinear_taps_sample_as_scipy_does(rng):
    from scipy.ndimage import map_coordinates

    image, rows, columns = rng.random((5, 7)), rng.uniform(-2, 7, 50), rng.uniform(-2, 9, 50)
    pixels, weights = bilinear(rows, columns, (5, 7))
    ours = (weights * image.ravel()[pixels]).sum(axis=0)
    np.testing.assert_allclose(ours, map_coordinates(image, [rows, columns], order=1, mode="grid-constant"), atol=1e-12)


def test_prepared_images_are_not_prepared_twice(digits):
    upright = digits.take(slice(0, 10)).prepared(("deskew",))
    assert upright.preprocess == ("deskew",)
    assert upright.prepared(("deskew",)) is upright
    with pytest.raises(Digits20Error, match="cannot be prepared"):
        upright.prepared(())
