"""Pictures of digits as people have them, in real files, and files that are no such thing."""

import contextlib
import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from digits20 import ImageError
from digits20.images import decode as picture_file
from digits20.images.geometry import resize
from digits20.images.photo import as_mnist, read_photo

FORMATS = {"PNG": {}, "JPEG": {"quality": 90}, "WEBP": {"lossless": True}, "BMP": {}, "GIF": {}}
SEVEN = 3507  # an image of the shipped digits with a middling pen


@pytest.fixture(scope="module")
def seven(digits):
    return digits.X[SEVEN]


def enlarged(image, size=200):
    """(size, size) ink from 0 to 1, with edges as a pen leaves them."""
    large = resize(image[None], (20, 20), (size, size))[0].reshape(size, size)
    return np.clip((large - 0.5) * max(1, size / 40) + 0.5, 0, 1)


def page(ink, *, paper=0.95, pen=0.1, shape=(300, 400), at=None):
    """(rows, columns) light: the ink on a page, in its middle unless told where."""
    row, column = at or [(whole - part) // 2 for whole, part in zip(shape, ink.shape, strict=True)]
    picture = np.full(shape, float(paper))
    picture[row : row + ink.shape[0], column : column + ink.shape[1]] += (pen - paper) * ink
    return picture


def picture(light):
    """An 8-bit grey or RGB picture."""
    return Image.fromarray(np.uint8(np.rint(255 * np.clip(light, 0, 1))))


def file(image, kind="PNG", **more):
    """The bytes of a picture file."""
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def likeness(data, image):
    """The correlation of what is read with the image that was drawn."""
    return np.corrcoef(read_photo(data).pixels, image)[0, 1]


def seen(data):
    """What an unreadable picture is refused with."""
    with pytest.raises(ImageError) as caught:
        read_photo(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# what comes back


def test_one_of_each_digit_comes_back_as_it_was_drawn(digits):
    for digit in range(10):
        image = digits.X[np.flatnonzero(digits.y == digit)[7]]
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_photo_is_reduced_and_read(seven, kind):
    data = file(picture(page(enlarged(seven, 700), shape=(1500, 2000))), kind)
    assert max(picture_file.read_picture(data).shape) <= 2 * picture_file.LONGEST
    assert likeness(data, seven) > 0.9


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


# every format and mode


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_read(seven, tmp_path, kind):
    path = tmp_path / "seven.xyz"  # what the file holds decides, not its name
    picture(page(enlarged(seven))).save(path, kind, **FORMATS[kind])
    assert likeness(path, seven) > 0.9
    assert likeness(str(path), seven) > 0.9


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("RGB", "PNG"),
        ("RGBA", "PNG"),
        ("P", "GIF"),
        ("CMYK", "JPEG"),
    ],
)
def test_each_mode_is_read(seven, mode, kind):
    assert likeness(file(picture(page(enlarged(seven))).convert(mode), kind), seven) > 0.9


@pytest.mark.parametrize("white", [65535, 4095])
def test_16_bits_are_read(seven, white):
    deep = Image.fromarray(np.uint16(white * page(enlarged(seven), pen=0)))
    assert (deep.mode, likeness(file(deep), seven) > 0.9) == ("I;16", True)


def test_16_bits_of_colour_are_read(seven):
    rows = np.repeat(page(enlarged(seven))[:, :, None] * 65535, 3, axis=2).astype(">u2")
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    assert likeness(png(400, 300, 16, 2, zlib.compress(lines)), seven) > 0.9


@pytest.mark.parametrize("ink", ["black", "white", "navy", "yellow"])
def test_ink_on_a_transparent_ground_is_read(seven, ink):
    drawn = Image.new("RGB", (400, 300), ink)
    drawn.putalpha(picture(1 - page(enlarged(seven), paper=1, pen=0)))
    assert likeness(file(drawn), seven) > 0.9


def test_a_digit_cut_out_of_its_page_is_read(seven):
    page_with_a_hole = Image.new("RGB", (400, 300), (230, 230, 220))
    page_with_a_hole.putalpha(picture(page(enlarged(seven), paper=1, pen=0)))
    assert likeness(file(page_with_a_hole), seven) > 0.9


def test_transparent_corners_of_a_page_are_no_ink(seven):
    drawn = picture(page(enlarged(seven))).convert("RGB")
    corners = Image.new("L", drawn.size, 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 399, 299), 60, fill=255)
    drawn.putalpha(corners)
    assert likeness(file(drawn), seven) > 0.9


def test_a_transparent_palette_is_read(seven):
    drawn = picture(page(enlarged(seven), paper=1, pen=0)).convert("P")
    assert likeness(file(drawn, "GIF", transparency=drawn.getpixel((0, 0))), seven) > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_honoured(seven, orientation, kind):
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90"}
    undo |= {7: "TRANSVERSE", 8: "ROTATE_270"}
    image = picture(page(enlarged(seven)))
    if orientation in undo:
        image = image.transpose(Image.Transpose[undo[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert likeness(file(image, kind, exif=exif), seven) > 0.9


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0rubbish", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)]
)
def test_metadata_that_cannot_be_read_says_nothing(seven, exif):
    assert likeness(file(picture(page(enlarged(seven))), "JPEG", exif=exif), seven) > 0.9


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_shows_its_first_frame(seven, kind):
    frames = [picture(page(enlarged(seven))), Image.new("L", (400, 300), 255), Image.new("L", (400, 300), 0)]
    data = file(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    assert likeness(data, seven) > 0.9


# ink, paper and light


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


def with_noise(image):
    return page(enlarged(image, 120)) + 0.08 * np.random.default_rng(0).standard_normal((300, 400))


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


# no ink


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
    assert seen(file(picture(blanks()[name]), kind)) == "picture: no ink found"


def test_a_wholly_transparent_picture_is_blank(tmp_path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(path)
    assert seen(path) == f"{path}: no ink found"


# what is no picture


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty, expected PNG, JPEG, WebP, BMP or GIF"),
        (b"hello", "not a picture (begins with 0x68656c6c), expected PNG, JPEG, WebP, BMP or GIF"),
        (file(Image.new("L", (9, 9)), "TIFF"), "a TIFF picture, expected PNG, JPEG, WebP, BMP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing, expected"),
        (b"\n<?xml version='1.0'?><svg/>", "XML text, expected"),
        (b"%PDF-1.7\n", "a PDF file, expected"),
        (b"%!PS-Adobe-3.0 EPSF", "a PostScript file, expected"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "a HEIC picture, expected"),
        (b"\0\0\0\x18ftypavif" + bytes(20), "an AVIF picture, expected"),
        (file(Image.new("L", (9, 9)), "PPM"), "not a picture (begins with 0x50350a39), expected"),
        (file(Image.new("L", (16, 16)), "ICO"), "an icon file, expected"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a damaged PNG file"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a damaged JPEG file"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(9), "a damaged WebP file"),
        (b"RIFF\x10\0\0\0WAVEfmt " + bytes(9), "not a picture (begins with 0x52494646)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_files_are_refused_with_what_they_are(data, what):
    assert seen(data).startswith(f"picture: {what}")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files_are_refused(seven, kind, share):
    data = file(picture(with_noise(seven)), kind, **FORMATS[kind])
    assert seen(data[: int(len(data) * share)]).startswith(("picture: a truncated", "picture: a damaged"))


def test_a_png_with_a_flipped_bit_is_refused(seven):
    data = bytearray(file(picture(page(enlarged(seven)))))
    data[len(data) // 2] ^= 4
    assert seen(bytes(data)) == "picture: a damaged PNG file"


def png(columns, rows, depth, colour, pixels, *chunks):
    """A PNG file, made by hand."""
    header = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


@pytest.mark.parametrize(
    ("columns", "rows", "what"),
    [
        (10_000, 4_001, "10000x4001 pixels, more than the 40000000 that a picture may have"),
        (10_000, 10_000, "more than the 40000000 pixels that a picture may have"),
        (100_000, 100_000, "more than the 40000000 pixels that a picture may have"),
    ],
)
def test_too_many_pixels_are_refused_before_decoding(columns, rows, what):
    assert seen(png(columns, rows, 8, 0, b"never looked at")) == f"picture: {what}"


def test_a_bomb_in_the_metadata_is_refused():
    text = b"Comment\0\0" + zlib.compress(bytes(80 * 2**20))
    assert seen(png(9, 9, 8, 0, zlib.compress(bytes(90)), (b"zTXt", text))) == "picture: a damaged PNG file"


def test_too_many_bytes_are_refused(seven, tmp_path, monkeypatch):
    path = tmp_path / "large.bmp"
    picture(page(enlarged(seven))).save(path)
    monkeypatch.setattr(picture_file, "MAX_BYTES", 1000)
    for source, name in ((path, path), (path.read_bytes(), "picture")):
        assert seen(source) == f"{name}: more than the 1000 bytes that a picture may have"


def test_reading_leaves_the_warning_filters_as_they_are(seven):
    before = warnings.filters[:]
    read_photo(file(picture(page(enlarged(seven)))))
    assert warnings.filters == before


def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert seen(tmp_path) == f"{tmp_path}: a folder, expected a picture"
    assert seen(tmp_path / "pipe") == f"{tmp_path / 'pipe'}: a pipe or device, expected a picture"
    assert seen("/dev/zero") == "/dev/zero: a pipe or device, expected a picture"
    assert seen(tmp_path / "nothing") == f"{tmp_path / 'nothing'}: no such file"
    assert seen("a\0b") == "a?b: not a usable file name"


def test_a_strange_name_stays_on_its_line(tmp_path):
    path = tmp_path / "new\nline\x1b[31m"
    path.write_bytes(b"hello")
    assert "new?line?[31m: not a picture" in seen(path)


def test_bytes_go_by_the_name_they_are_given():
    with pytest.raises(ImageError, match=r"^standard input: empty"):
        read_photo(b"", name="standard input")


@given(data=st.data(), kind=st.sampled_from(list(FORMATS)))
@settings(max_examples=150, deadline=None)
def test_mutated_files_are_refused_or_read_and_nothing_else(digits, data, kind):
    small = picture(page(enlarged(digits.X[SEVEN], 40), shape=(48, 48))).filter(ImageFilter.BLUR)
    raw = bytearray(file(small, kind, **FORMATS[kind]))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert np.isfinite(read_photo(bytes(raw)).pixels).all()
