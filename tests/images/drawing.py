"""Pictures of a digit on a page, as arrays and as files, and how well what is read matches what was drawn."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from digits20 import ImageError
from digits20.images.geometry import resize
from digits20.images.photo import read_photo

FORMATS = {"PNG": {}, "JPEG": {"quality": 90}, "WEBP": {"lossless": True}, "BMP": {}, "GIF": {}}


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


def with_noise(image):
    return page(enlarged(image, 120)) + 0.08 * np.random.default_rng(0).standard_normal((300, 400))


def png(columns, rows, depth, colour, pixels, *chunks):
    """A PNG file, made by hand."""
    header = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
