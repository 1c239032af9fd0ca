"""Hostile pictures by name, for read_photo."""

import io
import re
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageDraw

from .pickles import zlib_bomb


def drawn(mode="L", size=(60, 60)):
    """A seven."""
    image = Image.new(mode, size, "white")
    width, height = size
    corners = [(width * 0.3, height * 0.25), (width * 0.7, height * 0.25), (width * 0.45, height * 0.8)]
    ImageDraw.Draw(image).line(corners, fill="black", width=max(2, width // 12))
    return image


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


PNG, JPEG, GIF = (saved(drawn(), kind) for kind in ("PNG", "JPEG", "GIF"))
WEBP = saved(drawn("RGB"), "WEBP", lossless=True)
BMP = saved(drawn(), "BMP")
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def chunk(kind, content=b""):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks, size=(60, 60), depth=8, colour=0, interlaced=0):
    """A PNG file of that header and those chunks."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND")


def with_chunks(*chunks):
    """The good PNG file with more behind its header."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def text_bomb(kind, prefix):
    return with_chunks(chunk(kind, prefix + zlib_bomb(100)))


def many_texts():
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20 - 9), 9))
    return with_chunks(*[text] * 100)


def with_segments(*segments):
    """The good JPEG file with more behind its start."""
    return (
        JPEG[:2]
        + b"".join(b"\xff" + kind + struct.pack(">H", len(content) + 2) + content for kind, content in segments)
        + JPEG[2:]
    )


def exif(orientation, count=1):
    """EXIF with that orientation."""
    entries = struct.pack("<HHII", 0x0112, 3, count, orientation)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + entries + bytes(4)


def scans(count, stray=b""):
    """A progressive JPEG of 16 million pixels that goes over them so many times, with stray bytes between."""
    data = saved(Image.new("L", (4000, 4000), 255), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + (stray + data[last:-2]) * count + data[-2:]


def gif(*blocks, size=(60, 60)):
    """The good GIF file with more before its frame, and another screen."""
    start = 13 + 3 * 2 ** ((GIF[10] & 7) + 1)
    return GIF[:6] + struct.pack("<HH", *size) + GIF[10:start] + b"".join(blocks) + GIF[start:]


def gif_frame(size):
    """A frame of that size on a screen of one pixel."""
    return b"GIF89a\x01\0\x01\0\0\0\0" + b"," + struct.pack("<HHHH", 0, 0, *size) + b"\0\x08\x01\0\0;"


def bmp(width, height, compression=0, content=b"", bits=8, colours=256):
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(content), 0, 0, colours, 0)
    offset = 14 + 40 + 4 * colours
    return b"BM" + struct.pack("<IHHI", offset + len(content), 0, 0, offset) + header + bytes(4 * colours) + content


def webp(kind, content):
    return b"RIFF" + struct.pack("<I", len(content) + 12) + b"WEBP" + kind + struct.pack("<I", len(content)) + content


def animation(kind):
    """Three frames: the seven first."""
    frames = [Image.new("L", (60, 60), shade).convert("RGB") for shade in (0, 128)]
    return saved(
        drawn("RGB"), kind, save_all=True, append_images=frames, **({"lossless": True} if kind == "WEBP" else {})
    )


def first_of(animated, kind, content):
    """The animated PNG with another first chunk of that kind."""
    at = animated.index(kind)
    length = int.from_bytes(animated[at - 4 : at], "big")
    return animated[: at - 4] + chunk(kind, content) + animated[at + length + 8 :]


def apng_without_its_first():
    """An animated PNG whose own picture, the seven, is none of its frames."""
    frames = [Image.new("L", (60, 60), shade) for shade in (0, 128)]
    return saved(drawn(), "PNG", save_all=True, append_images=frames, default_image=True)


def mpo():
    """Two pictures in one JPEG file, as cameras with two lenses make them."""
    return saved(drawn(), "MPO", save_all=True, append_images=[Image.new("L", (60, 60))])


def mpo_with_index(index):
    """Another index of the pictures behind that of the first."""
    data = mpo()
    at = data.index(b"MPF\0") + 8
    return data[:at] + index + data[at + len(index) :]


REFUSED = {
    "an empty file": b"",
    "text": b"hello",
    "a PNG of 10 gigapixels": png(size=(100_000, 100_000)),
    "a PNG of 2^62 pixels": png(size=(2**31 - 1, 2**31 - 1)),
    "a PNG of one pixel more than may be": png(size=(40_000_001, 1)),
    "a PNG of 1x100000": png(chunk(b"IDAT", zlib.compress(bytes(200_000))), size=(1, 100_000)),
    "a PNG of 100000x1": png(chunk(b"IDAT", zlib.compress(bytes(100_001))), size=(100_000, 1)),
    "a PNG of no pixels": png(chunk(b"IDAT", zlib.compress(b"")), size=(0, 0)),
    "a PNG of no data": png(),
    "a PNG of too little data": png(chunk(b"IDAT", zlib.compress(bytes(99)))),
    "a PNG that unpacks to a gigabyte": lambda: png(chunk(b"IDAT", zlib_bomb(1024)), size=(9, 9)),
    "a PNG of a depth that is none": png(depth=7),
    "a PNG of a palette that is not there": png(chunk(b"IDAT", zlib.compress(bytes(3660))), colour=3),
    "a PNG with a wrong checksum": PNG[:-20] + b"\0" + PNG[-19:],
    "a PNG cut": PNG[:-30],
    "a PNG of a zTXt bomb": lambda: text_bomb(b"zTXt", b"Comment\0\0"),
    "a PNG of an iTXt bomb": lambda: text_bomb(b"iTXt", b"Comment\0\1\0\0\0"),
    "a PNG of a hundred text chunks of a megabyte": many_texts,
    "a PNG of a million empty chunks": lambda: with_chunks(chunk(b"abCd") * 1_000_000),
    "a PNG of a chunk of 4 GiB": PNG[:33] + b"\xff\xff\xff\xffabCd" + PNG[33:],
    "a PNG of a chunk below zero": PNG[:33] + b"\x80\0\0\0abCd" + PNG[33:],
    "an animated PNG of 4 billion frames": png(chunk(b"acTL", b"\xff" * 8), chunk(b"fcTL", b"\xff" * 26)),
    "a JPEG cut": JPEG[: len(JPEG) // 2],
    "a JPEG of 65535x65535": JPEG.replace(struct.pack(">HH", 60, 60), b"\xff\xff\xff\xff", 1),
    "a JPEG of no pixels": JPEG.replace(struct.pack(">HH", 60, 60), bytes(4), 1),
    "a JPEG of a thousand scans over 16 million pixels": lambda: scans(1000),
    "a JPEG of a thousand scans, a stray byte before each": lambda: scans(1000, b"\x00"),
    "a JPEG of a thousand scans, a table and a stray byte before each": lambda: scans(1000, b"\xff\xfe\0\2\x17"),
    "a JPEG of a thousand scans behind a restart marker": lambda: scans(1000, b"\xff\xd0\xff\x01"),
    "a JPEG that begins with a megabyte of stray bytes": JPEG[:2] + bytes(2**20) + JPEG[2:],
    "a JPEG of a million comments": lambda: with_segments(*[(b"\xfe", b"")] * 1_000_000),
    "a JPEG that begins with a megabyte of filling": JPEG[:2] + b"\xff" * 2**20 + JPEG[2:],
    "a JPEG of no tables": b"\xff\xd8" + JPEG[JPEG.index(b"\xff\xc0") :],
    "a GIF cut": GIF[:-20],
    "a GIF of a frame of 65535x65535 on one pixel": gif_frame((65535, 65535)),
    "a GIF of a screen of 65535x65535": gif(size=(65535, 65535)),
    "a GIF of no frame": GIF[:13] + bytes(768) + b";",
    "a GIF of a comment of 16 MiB": lambda: gif(b"\x21\xfe" + (b"\xff" + b"x" * 255) * 2**16 + b"\0"),
    "a GIF of a million comments": lambda: gif(b"\x21\xfe\x01x\0" * 1_000_000),
    "a GIF of a megabyte of nothing": lambda: gif(b"\0" * 2**20),
    "a WebP cut": WEBP[:-20],
    "a WebP of a canvas of 2^48 pixels": webp(b"VP8X", bytes(4) + b"\xff" * 6),
    "a WebP of 16384x16384, lossless": webp(b"VP8L", b"\x2f" + b"\xff" * 9),
    "a WebP of 16383x16383": webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + b"\xff\x3f\xff\x3f" + bytes(9)),
    "a WAV file": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "a BMP of 2^62 pixels": bmp(2**31 - 1, 2**31 - 1),
    "a BMP of a height of -2^31": bmp(60, -(2**31)),
    "a BMP of a width below zero": bmp(-60, 60, content=bytes(3600)),
    "a BMP cut": BMP[:-1000],
    "a BMP of two billion colours": bmp(60, 60, colours=2)[:46] + b"\xff\xff\xff\x7f" + bytes(5000),
    "a run-length BMP of 40 million pixels": bmp(6000, 6000, 1, b"\0\0" * 10_000),
    "a run-length BMP that leaps": bmp(40_000_000, 1, 1, b"\0\2\xff\xff" * 1000),
    "an animated PNG of a frame beyond it": lambda: first_of(
        animation("PNG"), b"fcTL", struct.pack(">IIIIIHHBB", 0, 10**5, 10**5, 5, 5, 1, 1, 0, 0)
    ),
    "an animated WebP of a frame beyond it": lambda: re.sub(
        b"(ANMF....)......", b"\\1" + b"\xff" * 6, animation("WEBP"), count=1, flags=re.DOTALL
    ),
    "an animated WebP, cut": lambda: animation("WEBP")[:-40],
    "a TIFF": saved(drawn(), "TIFF"),
    "a TIFF called II": b"II*\0" + b"\xff" * 99,
    "an ICO": saved(drawn(), "ICO"),
    "a PPM of 10 gigapixels": b"P6 100000 100000 255\n",
    "an EPS that runs": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(canary) (w) file\n",
    "an SVG that fetches": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "XML of a billion laughs": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "&a;&a;">]><svg>&a;</svg>',
    "a Photoshop file": b"8BPS\0\x01" + bytes(30),
    "a PDF file": b"%PDF-1.7\n",
    "an HEIC picture": b"\0\0\0\x18ftypheic" + bytes(40),
    "a Python file": b"import os; os.system('touch canary')\n",
    "only paper": saved(Image.new("L", (60, 60), 255), "PNG"),
    "noise": saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60), np.uint8)), "PNG"),
}


def largest(kind, mode, **options):
    """The seven on 40 million pixels."""
    return saved(drawn(mode, (7300, 5470)), kind, **options)


# what is strange but holds a seven all the same: the pixels of PNG
AS_PNG = {
    "GIF": GIF,
    "WebP": WEBP,
    "BMP": BMP,
    "palette": saved(drawn("RGB").convert("P"), "PNG"),
    "one bit": saved(drawn("1"), "PNG"),
    "16 bits": saved(Image.fromarray(np.asarray(drawn(), np.uint16) * 257), "PNG"),
    "transparent paper": saved(Image.merge("LA", (Image.new("L", (60, 60)), drawn().point(lambda v: 255 - v))), "PNG"),
    "a colour profile that is none": saved(drawn(), "PNG", icc_profile=b"nonsense" * 99),
    "a comment": gif(b"\x21\xfe\x04abcd\0"),
    "an animated GIF, first frame": animation("GIF"),
    "an animated PNG, first frame": animation("PNG"),
    "an animated WebP, first frame": animation("WEBP"),
    "an animated PNG whose own picture is no frame": apng_without_its_first(),
    "an animated PNG of 2^31 frames": first_of(animation("PNG"), b"acTL", struct.pack(">II", 2**31 - 1, 0)),
    "an animated PNG of no frames": first_of(animation("PNG"), b"acTL", struct.pack(">II", 0, 0)),
    "a colour profile of another kind of colours": saved(drawn(), "PNG", icc_profile=LAB),
    "text behind it": PNG + b"<script>alert(1)</script>",
}
# those of JPEG
AS_JPEG = {
    "a stray byte between two segments": JPEG[:20] + b"\0" + JPEG[20:],
    "MPO": mpo(),
    "MPO whose index leads anywhere": mpo_with_index(b"\xff" * 60),
    "MPO cut behind its first picture": mpo()[: mpo().rindex(b"\xff\xd8") + 20],
    "a colour profile of another kind of colours": saved(drawn(), "JPEG", icc_profile=LAB),
    "EXIF of orientation 9": with_segments((b"\xe1", exif(9))),
    "EXIF of orientation 0": with_segments((b"\xe1", exif(0))),
    "EXIF of a billion orientations": with_segments((b"\xe1", exif(1, 2**30))),
    "EXIF that ends early": with_segments((b"\xe1", exif(1)[:20])),
    "EXIF that is none": with_segments((b"\xe1", b"Exif\0\0" + b"\xff" * 99)),
    "EXIF within itself": with_segments(
        (b"\xe1", b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8))
    ),
}
OTHERS = {
    "CMYK JPEG": saved(drawn("RGB").convert("CMYK"), "JPEG"),
    "CMYK JPEG that does not say who made it": lambda: OTHERS["CMYK JPEG"].replace(b"Adobe", b"Nobody"[:5]),
    "progressive JPEG": saved(drawn("RGB"), "JPEG", progressive=True),
    "a colour profile of 8 MiB": saved(drawn("RGB"), "JPEG", icc_profile=bytes(2**23)),
    "40 million pixels, PNG": lambda: largest("PNG", "RGBA", compress_level=1),
    "40 million pixels, JPEG": lambda: largest("JPEG", "RGB"),
    "40 million pixels, GIF": lambda: largest("GIF", "L"),
    "40 million pixels, WebP": lambda: largest("WEBP", "RGB", lossless=True, method=0),
    "40 million pixels, BMP": lambda: largest("BMP", "L"),
}
