"""An untrusted picture file to an array of colours: five formats, with limits checked before decoding."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, ImageError, shown
from ..system.untrusted import open_regular
from ..types import StrPath
from . import decode_process
from .decode_limits import check_work
from .decode_process import LONGEST

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float64]

MAX_BYTES = 64 * 2**20  # of a file
MAX_PIXELS = 40_000_000  # more than phones take; checked before decoding
MAX_SIDE = 65_535  # pixels: JPEG's own limit
QUICK = 2 * 2**20  # pixels or bytes that this process decodes itself, a fraction of a second of work at most
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
EXPECTED = "expected PNG, JPEG, WebP, BMP or GIF"

# first bytes of the formats that are read, then of other formats that people try
OWN = ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"BM", "BMP"), (b"RIFF", "WebP"))
OTHER = (
    *((b"II*\0", "a TIFF picture"), (b"MM\0*", "a TIFF picture"), (b"%PDF", "a PDF file"), (b"<svg", "an SVG drawing")),
    *((b"<?xml", "XML text"), (b"\x1f\x8b", "a gzip file"), (b"PK\3\4", "a zip file"), (b"8BPS", "a Photoshop file")),
    *((b"\0\0\1\0", "an icon file"), (b"%!PS", "a PostScript file"), (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture")),
)
BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture", b"heic": "a HEIC picture", b"mif1": "a HEIC picture"}

_filters = threading.Lock()  # warning filters are global, and the page decodes in threads


def read_picture(source: StrPath | bytes, name: str | None = None, longest: int = LONGEST) -> Floats:
    """The first frame of a PNG, JPEG, WebP, BMP or GIF file as colours (rows, columns, 3), 0 dark to 1 light.

    source: the file's path, or its bytes. name: what error messages call it, None for the path. The picture is rotated
    as its EXIF orientation says; other metadata is ignored. Transparent areas become white paper, or black paper under
    light ink. A picture of at least twice `longest` pixels along its longer side is reduced by a whole factor.

    Raises ImageError, one line `name: what was seen`, for other formats, damaged or truncated files, files of more than
    MAX_BYTES or MAX_PIXELS, and files that take longer than decode_process.SECONDS to decode.
    """
    return read_scaled(source, name, longest)[0]


def read_scaled(source: StrPath | bytes, name: str | None = None, longest: int = LONGEST) -> tuple[Floats, float]:
    """As `read_picture`, and how many pixels of the file each pixel stands for along a side."""
    name = display_name(source, name)
    data = source if isinstance(source, bytes) else _contents(source, name)
    try:
        work, side = _measured(data)
        colours = on_paper(decode_process.decode(data, longest) if work > QUICK else decode(data, longest))
        return colours, side / max(colours.shape[:2])
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None


def display_name(source: StrPath | bytes, name: str | None) -> str:
    """What messages call the picture: `name`, or else its path."""
    return shown(name or ("picture" if isinstance(source, bytes) else source))


def _contents(path: StrPath, name: str) -> bytes:
    """The first MAX_BYTES + 1 bytes of a regular file."""
    try:
        with open_regular(path, "picture") as file:
            return file.read(MAX_BYTES + 1)
    except Digits20Error as error:
        raise ImageError(f"{name}: {error}") from None


def _measured(data: bytes) -> tuple[int, int]:
    """A decoder's work, and the pixels of the longer side. Raises ImageError.

    Work is pixels, each pass counted; at least the bytes of the file.
    """
    with _refusing(data):
        image, passes = _opened(data)
        return max(len(data), image.width * image.height * passes), max(image.size)


def decode(data: bytes, longest: int = LONGEST) -> npt.NDArray[Any]:
    """The first frame of a picture file, upright and reduced: (rows, columns) float32 or (rows, columns, 3 or 4) uint8.

    longest: see `read_picture`. 0 is dark and 255 light, in the fourth channel transparent and opaque.
    Raises ImageError, what was seen.
    """
    with _refusing(data):
        return np.asarray(_decoded(_opened(data)[0], longest))


@contextmanager
def _refusing(data: bytes) -> Iterator[None]:
    try:
        yield
    except ImageError:
        raise
    except MemoryError:
        raise ImageError("not enough memory for this picture") from None
    except Exception as error:  # Pillow's decoders raise exceptions of many types on broken bytes
        raise ImageError(_what_failed(data, error)) from None


def _opened(data: bytes) -> tuple[Image, int]:
    """The picture, not yet decoded, and the decoder's passes: its format, size and, of a PNG, checksums are checked."""
    from PIL import Image

    if not data:
        raise ImageError(f"empty, {EXPECTED}")
    if len(data) > MAX_BYTES:
        raise ImageError(f"more than the {MAX_BYTES} bytes that a picture may have")
    passes = check_work(data, MAX_PIXELS)
    try:
        with _strict_warnings():
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            pixels = image.width * image.height
            if pixels <= MAX_PIXELS and image.format == "PNG":  # the decoder does not check the checksums
                image.verify()
                image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"more than the {MAX_PIXELS} pixels that a picture may have") from None
    if pixels > MAX_PIXELS:
        size = f"{image.width}x{image.height}"
        raise ImageError(f"{size} pixels, more than the {MAX_PIXELS} that a picture may have")
    if max(image.size) > MAX_SIDE:
        raise ImageError(f"{max(image.size)} pixels long, more than the {MAX_SIDE} that a picture may be")
    return image, passes


@contextmanager
def _strict_warnings() -> Iterator[None]:
    """Turn Pillow's decompression bomb warning into an error and ignore its warnings about metadata."""
    from PIL import Image

    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _decoded(image: Image, longest: int) -> Image:
    """The first frame, upright and reduced, in mode F (16-bit pictures, scaled to 0 to 255), RGB or RGBA."""
    from PIL import Image

    image.draft(None, (longest, longest))  # decodes a JPEG at a fraction of its size, which is faster
    image.load()
    orientation = _orientation(image)
    if image.mode.startswith("I"):
        image = Image.fromarray(np.asarray(image).astype(np.float32) * np.float32(255 / 65535))
    else:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
    factor = max(image.size) // longest
    if factor > 1:
        image = image.reduce(factor)
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(Image.Transpose[turn])


# EXIF orientation: the transposition that undoes it
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def _orientation(image: Image) -> int:
    try:
        with _strict_warnings():
            return int(image.getexif().get(0x0112, 1))
    except Exception:  # unreadable metadata is ignored
        return 1


def on_paper(image: npt.NDArray[Any]) -> Floats:
    """Colours (rows, columns, 3) from 0 to 1; transparent areas become black under light ink, white otherwise."""
    colours: Floats = np.asarray(image, dtype=np.float64) / 255
    if colours.ndim == 2:
        return np.repeat(colours[:, :, None], 3, axis=2)
    if colours.shape[2] == 3:
        return colours
    colours, alpha = colours[:, :, :3], colours[:, :, 3:]
    drawn = float((colours * alpha).mean() / max(float(alpha.mean()), 1e-9))
    paper = 0.0 if drawn > 0.6 else 1.0
    return np.asarray(colours * alpha + paper * (1 - alpha))


def _what_failed(data: bytes, error: Exception) -> str:
    for start, kind in OWN:
        if data.startswith(start) and (start != b"RIFF" or data[8:12] == b"WEBP"):
            return f"a {'truncated' if 'truncated' in str(error).lower() else 'damaged'} {kind} file"
    for start, what in OTHER:
        if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(start):
            return f"{what}, {EXPECTED}"
    if data[4:8] == b"ftyp":
        return f"{BRANDS.get(data[8:12], 'a video')}, {EXPECTED}"
    return f"not a picture (begins with 0x{data[:4].hex()}), {EXPECTED}"
