import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from digits20 import Digits20Error, MiniBatch, Network, Objective, minimize
from digits20.images.augment import Warps

STILL = dict.fromkeys(("rotation", "scale", "shear", "shift", "elastic"), 0.0)


def strokes(m, shape, rng):
    """Images whose ink keeps away from the border, as pens do."""
    X = np.zeros((m, *shape))
    X[:, 5:-5, 5:-5] = rng.random((m, shape[0] - 10, shape[1] - 10))
    return X.reshape(m, -1)


@pytest.mark.parametrize("shape", [(20, 20), (28, 28), (16, 24)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_warps_sample_as_scipy_does(shape, dtype, rng):
    warps, X = Warps(shape, bank=3), strokes(6, shape, rng).astype(dtype)
    warped = warps(X, np.random.default_rng(5))
    points = warps.points(3, np.random.default_rng(5))
    for image, x in enumerate(X):
        theirs = map_coordinates(x.reshape(shape), points[:, image // 2], order=1, mode="grid-constant")
        np.testing.assert_allclose(warped[image], theirs.ravel(), atol=1e-5)
    assert warped.dtype == dtype


def test_warps_of_no_strength_change_nothing(rng):
    X = rng.random((5, 400))
    np.testing.assert_allclose(Warps((20, 20), **STILL)(X, rng), X, atol=1e-12)


def test_every_call_draws_new_warps_and_a_seed_repeats_them(rng):
    warps, X = Warps((20, 20)), rng.random((5, 400))
    first, second = warps(X, rng), warps(X, rng)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(warps(X, np.random.default_rng(7)), warps(X, np.random.default_rng(7)))


def test_a_shift_moves_ink_by_so_many_pixels_at_the_most(rng):
    dot = np.zeros((200, 20, 20))
    dot[:, 10, 10] = 1
    warped = Warps((20, 20), **STILL | {"shift": 2.0}, bank=200)(dot.reshape(200, 400), rng).reshape(-1, 20, 20)
    rows, columns = (np.tensordot(warped, axis, axes=2) for axis in np.indices((20, 20)))
    assert 1.5 < np.abs(rows - 10).max() <= 2
    assert 1.5 < np.abs(columns - 10).max() <= 2


def test_a_rotation_turns_about_the_middle(rng):
    points = Warps((21, 21), **STILL | {"rotation": 30.0}).points(500, rng).reshape(2, 500, 21, 21)
    np.testing.assert_allclose(points[:, :, 10, 10], 10)
    angles = np.rad2deg(np.arctan2(points[1, :, 0, 10] - 10, 10 - points[0, :, 0, 10]))
    assert 29 < np.abs(angles).max() <= 30


def test_elastic_displacement_has_the_strength_and_the_smoothness_asked_for(rng):
    warps = Warps((40, 40), **STILL | {"elastic": 1.0}, smoothness=3.0)
    bumps = (warps.points(300, rng) - np.indices((40, 40)).reshape(2, 1, -1)).reshape(2, 300, 40, 40)
    assert bumps.std() == pytest.approx(2, rel=0.05)  # a unit of 20 rows is two pixels here
    neighbours = np.mean(bumps[..., 1:] * bumps[..., :-1]) / np.mean(bumps**2)
    assert neighbours == pytest.approx(np.exp(-1 / 4 / 6**2), abs=0.01)  # of noise under a Gaussian of width 6


def test_a_bank_gives_each_share_of_the_images_its_own_warp(rng):
    X = np.repeat(strokes(1, (20, 20), rng), 100, axis=0)
    warped = Warps((20, 20), bank=10)(X, rng)
    assert len(np.unique(warped, axis=0)) == 10
    assert all(np.array_equal(share[0], share[-1]) for share in warped.reshape(10, 10, 400))


def test_mini_batches_see_warped_images_and_j_the_images_as_they_are(small):
    network = Network((9, 4, 3))
    plain = Objective(network, small)
    blank = Objective(network, small, warp=lambda X, rng: np.zeros_like(X))
    theta = network.initial_theta(np.random.default_rng(0))
    assert blank(theta)[0] == plain(theta)[0]
    for batch in blank.batches(20, np.random.default_rng(0)):
        first_layer = network.matrices(batch(theta)[1])[0]
        assert not first_layer[:, 1:].any()


def test_training_on_warps_depends_on_the_seed_alone(digits):
    def run():
        J = Objective(
            Network((400, 8, 10)), digits.take(slice(0, 5000, 50)).astype(np.float32), warp=Warps((20, 20), bank=4)
        )
        theta = J.network.initial_theta(np.random.default_rng(0))
        return minimize(J, theta, MiniBatch(3), rng=np.random.default_rng(1)).theta

    np.testing.assert_array_equal(run(), run())


@pytest.mark.parametrize("setting", [{"rotation": -1}, {"elastic": np.nan}, {"smoothness": 0}, {"bank": 0}])
def test_impossible_strengths_are_refused(setting):
    with pytest.raises(Digits20Error, match="warp"):
        Warps((20, 20), **setting)


@pytest.mark.parametrize("strength", [{"rotation": True}, {"rotation": "5"}, {"smoothness": "3"}, {"bank": None}])
def test_strengths_that_are_no_numbers_are_refused(strength):
    with pytest.raises(Digits20Error, match=f"warp .*{next(iter(strength))}"):
        Warps((20, 20), **strength)
