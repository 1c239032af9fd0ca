"""The ink of the digit, on all kinds of paper and in all kinds of light."""

import numpy as np
import pytest
from images.drawing import enlarged, file, likeness, page, picture, seen, with_noise
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from digits20.images.finding.segment import find_digit
from digits20.images.photo import as_mnist, read_photo


def test_light_ink_on_dark_paper_is_read_as_dark_on_light(seven):
    negative = file(picture(page(enlarged(seven), paper=0.1, pen=0.9)))
    assert likeness(negative, seven) > 0.9


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((0.8, 0.1, 0.1), (1, 1, 1)),
        ((1, 0.9, 0.1), (1, 1, 1)),
        ((0.9, 0.9, 1), (0.1, 0.3, 0.2)),
        ((0.7, 0.3, 0.2), (0.3, 0.7, 0.2)),
    ],
)
def test_ink_of_any_colour_on_paper_of_any_other(seven, ink, paper):
    much = 1 - page(enlarged(seven), paper=1, pen=0)[:, :, None]
    assert likeness(file(picture(much * ink + (1 - much) * paper)), seven) > 0.9


def faint(image):
    return page(enlarged(image), pen=0.75)


def under_a_lamp(image):
    return page(enlarged(image, 120)) * np.exp(-1.3 * np.linspace(0, 1, 400))


def at_night(image):
    return page(enlarged(image, 120), paper=0.15, pen=0.8) * np.linspace(1, 0.4, 300)[:, None]


def under_a_hand(image):
    down, right = np.mgrid[:300, :400]
    return page(enlarged(image, 120)) * (1 - 0.5 * ndimage.gaussian_filter((right + 0.5 * down > 350) * 1.0, 4))


def half_in_a_hard_shadow(image):
    return page(enlarged(image, 180), shape=(400, 400)) * np.where(np.arange(400) > 200, 0.5, 1)


def in_a_spotlight(image):
    down, right = np.mgrid[:300, :400] / 400
    return page(enlarged(image, 120)) * (0.4 + 0.6 * np.exp(-((right - 0.6) ** 2 + (down - 0.3) ** 2) / 0.08))


def half_in_a_soft_shadow(image):
    down, right = np.mgrid[:300, :400]
    return page(enlarged(image, 120)) * (1 - 0.6 * ndimage.gaussian_filter((right + 0.5 * down > 290) * 1.0, 25))


def on_ruled_paper(image):
    light = page(enlarged(image))
    light[10::60] *= 0.8
    return light


def on_a_dark_table(image):
    return np.pad(page(enlarged(image)), ((40, 90), (70, 30)), constant_values=0.25)


def with_a_dark_corner(image):
    light = page(enlarged(image, 120), at=(150, 200))
    light[np.add.outer(np.arange(300), np.arange(400)) < 150] = 0.1
    return light


def with_dust(image):
    light, rng = page(enlarged(image, 120)), np.random.default_rng(0)
    for row, column in rng.integers(0, (297, 397), (25, 2)):
        light[row : row + 3, column : column + 3] = 0.1
    return light


def beside_a_smaller_symbol(image):
    light = page(enlarged(image, 150))
    light[10:40, 370:374] = 0.1
    return light


@pytest.mark.parametrize(
    "scene",
    [
        *(
            faint,
            under_a_lamp,
            at_night,
            under_a_hand,
            half_in_a_hard_shadow,
            in_a_spotlight,
            half_in_a_soft_shadow,
            on_ruled_paper,
            on_a_dark_table,
            with_a_dark_corner,
            with_dust,
        ),
        *(with_noise, beside_a_smaller_symbol),
    ],
)
def test_only_the_ink_of_the_digit_counts(seven, scene):
    assert likeness(file(picture(scene(seven))), seven) > 0.9


def test_the_bar_of_a_five_may_be_apart():
    five = Image.new("L", (400, 300), 240)
    pen = ImageDraw.Draw(five)
    pen.line((160, 80, 150, 140), fill=20, width=14)
    pen.arc((130, 125, 240, 230), 230, 500, fill=20, width=14)
    whole = five.copy()
    ImageDraw.Draw(whole).line((180, 76, 245, 70), fill=20, width=14)
    rows = [read_photo(file(image)).pixels.reshape(20, 20)[3:6, 10:].sum() for image in (whole, five)]
    assert rows[0] > rows[1] + 2


# pictures without a digit


def blanks():
    rng = np.random.default_rng(0)
    across = np.linspace(0, 1, 400)
    return {
        "white": np.ones((300, 400)),
        "black": np.zeros((300, 400)),
        "gradient": np.ones((300, 1)) * np.exp(-across),
        "dark corner": np.exp(-np.add.outer(np.arange(300), np.arange(400)) / 400),
        "soft shadow": 0.9
        - 0.45 * ndimage.gaussian_filter((np.add.outer(np.arange(0, 150, 0.5), np.arange(400)) > 350) * 1.0, 25),
        "vignette": 1 - 0.4 * np.add.outer(np.linspace(-1, 1, 300) ** 2, np.linspace(-1, 1, 400) ** 2),
        "noise": 0.8 + 0.05 * rng.standard_normal((300, 400)),
        "coarse noise": 0.5 + 0.12 * ndimage.gaussian_filter(rng.standard_normal((300, 400)), 0.7),
        "texture": 0.9 - 0.3 * np.abs(ndimage.gaussian_filter(rng.standard_normal((300, 400)), 1.5)),
        "a faint stain": page(np.ones((60, 30)), pen=0.91),
        "a speck": page(np.ones((4, 4))),
        "one pixel": np.ones((1, 1)),
        "one row": np.linspace(0, 1, 40)[None],
    }


@pytest.mark.parametrize("name", blanks())
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_blank_picture_is_refused_not_guessed(name, kind):
    assert seen(file(picture(blanks()[name]), kind)).startswith("picture: no ink found")


def test_a_wholly_transparent_picture_is_blank(tmp_path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(path)
    assert seen(path) == f"{path}: no ink found (the page is empty)"


@pytest.mark.parametrize(
    ("light", "words"),
    [(0.0, "the picture is dark all over"), (0.15, "the picture is dark all over"), (0.9, "the page is empty")],
)
def test_a_sheet_of_one_shade_is_called_what_it_is(light, words):
    noise = 0.01 * np.random.default_rng(0).standard_normal((300, 400))
    assert seen(file(picture(light + noise))) == f"picture: no ink found ({words})"


def test_a_picture_of_noise_is_called_what_it_is():
    noise = np.random.default_rng(0).uniform(size=(300, 400))
    assert seen(file(picture(noise))) == "picture: no ink found (only noise or a texture)"


def drawn(side, pen, points, **colours):
    """A square picture with a line through points, given as shares of its side."""
    image = Image.new("L", (side, side), colours.get("paper", 255))
    ImageDraw.Draw(image).line([(x * side, y * side) for x, y in points], fill=colours.get("ink", 0), width=pen)
    return image


SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]


@pytest.mark.parametrize("side", [20, 28, 50, 100, 200, 400, 800])
def test_a_stroke_one_pixel_wide_is_read_like_a_thick_one(side):
    thin, thick = (read_photo(file(drawn(side, pen, SEVEN))).pixels for pen in (1, max(2, side // 20)))
    assert np.corrcoef(thin, thick)[0, 1] > 0.85


@pytest.mark.parametrize("side", [20, 100, 200])
def test_a_straight_line_one_pixel_wide_is_found(side):
    pixels = read_photo(file(drawn(side, 1, [(0.5, 0.2), (0.5, 0.8)]))).pixels.reshape(20, 20)
    assert pixels[4:16].max(axis=1).min() > 0.5


def test_a_faint_and_small_digit_is_found():
    small = drawn(28, 2, [(0.5 + x / 2, y / 2) for x, y in SEVEN], ink=30, paper=0).filter(ImageFilter.BoxBlur(0.5))
    assert np.corrcoef(read_photo(file(small)).pixels, read_photo(file(drawn(200, 10, SEVEN))).pixels)[0, 1] > 0.8


def test_faint_ink_on_paper_without_noise_is_found():
    faint, dark = (drawn(150, 4, SEVEN, ink=ink, paper=250) for ink in (236, 0))
    assert np.corrcoef(read_photo(file(faint)).pixels, read_photo(file(dark)).pixels)[0, 1] > 0.95


def test_the_hole_of_a_small_loop_stays_open_when_thin_strokes_are_widened():
    image = np.ones((28, 28))
    image[6:22, 14] = image[6, 11:14] = image[8, 11:14] = image[6:9, 11] = 0  # a 9 whose hole is 1 pixel high
    rows = as_mnist(find_digit(np.repeat(image[:, :, None], 3, axis=2)))
    assert ndimage.label(np.pad(rows, 1) < 0.5)[1] == 2
