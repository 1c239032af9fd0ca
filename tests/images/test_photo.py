"""A digit in a picture to an image in the style of the training images."""

import numpy as np
import pytest
from images.drawing import enlarged, file, likeness, page, picture
from scipy import ndimage

from digits20.images import photo
from digits20.images.geometry import resize
from digits20.images.photo import as_mnist, read_photo


def test_one_of_each_digit_comes_back_as_it_was_drawn(digits):
    for digit in range(10):
        image = digits.X[np.flatnonzero(digits.y == digit)[5]]  # written with ordinary pens: thin ones are thickened
        assert likeness(file(picture(page(enlarged(image)))), image) > 0.9


def test_the_network_gets_one_row_of_finite_float64(seven):
    pixels = read_photo(file(picture(page(enlarged(seven))))).pixels
    assert (pixels.shape, pixels.dtype) == ((400,), np.float64)
    assert -0.2 < pixels.min() < pixels.max() < 1.2


@pytest.mark.parametrize("shape", [(28, 28), (8, 8), (12, 16)])
def test_the_image_takes_the_models_shape(seven, shape):
    data = file(picture(page(enlarged(seven))))
    as_drawn = resize(seven[None], (20, 20), shape)[0]
    assert np.corrcoef(read_photo(data, shape).pixels, as_drawn)[0, 1] > 0.9


def test_a_digit_spans_20_rows_of_28_around_its_centre_of_mass(seven):
    image = as_mnist(enlarged(seven, 90))
    rows = np.flatnonzero(image.max(axis=1) > 0.02)
    assert len(rows) in (20, 21)
    np.testing.assert_allclose(ndimage.center_of_mass(image), (14, 14), atol=0.2)


@pytest.mark.parametrize("at", [(2, 2), (95, 195), (40, 150)])
def test_its_place_on_the_page_does_not_matter(seven, at):
    there = file(picture(page(enlarged(seven), at=at)))
    np.testing.assert_allclose(
        read_photo(there).pixels, read_photo(file(picture(page(enlarged(seven))))).pixels, atol=0.1
    )


@pytest.mark.parametrize("size", [28, 60, 290])
def test_its_size_on_the_page_does_not_matter(seven, size):
    assert likeness(file(picture(page(enlarged(seven, size)))), seven) > 0.9


@pytest.mark.parametrize("light_ink", [False, True])
def test_the_training_images_themselves_are_read_as_pictures(seven, light_ink):
    ink = np.clip(seven, 0, 1).reshape(20, 20)
    assert likeness(file(picture(ink if light_ink else 1 - ink)), seven) > 0.9


@pytest.mark.parametrize(("grow", "bounds"), [(-8, (0.75, 1.1)), (8, (1, 1.5))])
def test_thin_pens_are_thickened_and_fat_ones_thinned(seven, grow, bounds):
    ink = ndimage.grey_dilation(enlarged(seven), grow) if grow > 0 else ndimage.grey_erosion(enlarged(seven), -grow)
    other, usual = (read_photo(file(picture(page(drawn)))).pixels for drawn in (ink, enlarged(seven)))
    assert np.corrcoef(other, seven)[0, 1] > 0.85
    assert bounds[0] < other.sum() / usual.sum() < bounds[1]


def test_the_original_is_kept_small_and_grey(seven):
    original = read_photo(file(picture(page(enlarged(seven))))).original
    assert original.shape == (120, 160)
    assert (original.min() < 0.15, original.max() > 0.9) == (True, True)


def test_half_ink_is_paper_whichever_way_its_last_bit_was_rounded():
    ink = np.zeros((60, 40))
    ink[10:50, 15:25] = 1
    ink[10:50, 25] = 0.5
    below, above = (photo._grown(np.where(ink == 0.5, 0.5 + bit, ink), photo.STROKES) for bit in (-1e-15, 1e-15))
    assert np.array_equal(below > 0.5, above > 0.5)


def test_a_hair_line_becomes_as_wide_as_a_usual_stroke_of_mnist():
    line = np.zeros((100, 60))
    line[:, 30] = 1
    assert np.median(as_mnist(line)[6:22].sum(axis=1)) == pytest.approx(2.4, abs=0.2)
