"""Picture files of every format and mode, and files that are none."""

import contextlib
import io
import os
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images.drawing import FORMATS, enlarged, file, likeness, page, picture, png, seen, with_noise
from PIL import Image, ImageDraw, ImageFilter

from digits20 import ImageError
from digits20.images import decode
from digits20.images.photo import read_photo


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


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_photo_is_reduced_and_read(seven, kind):
    data = file(picture(page(enlarged(seven, 700), shape=(1500, 2000))), kind)
    assert max(decode.read_picture(data).shape) <= 2 * decode.LONGEST
    assert likeness(data, seven) > 0.9


# files that cannot be read


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
    monkeypatch.setattr(decode, "MAX_BYTES", 1000)
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
    small = picture(page(enlarged(digits.X[3507], 40), shape=(48, 48))).filter(ImageFilter.BLUR)
    raw = bytearray(file(small, kind, **FORMATS[kind]))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert np.isfinite(read_photo(bytes(raw)).pixels).all()
