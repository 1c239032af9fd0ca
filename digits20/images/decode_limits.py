"""Limits on the work that an untrusted picture file may cause, checked before Pillow decodes it.

Pillow processes each part of a file in Python, without a limit on their number, and allocates a canvas of whatever size
the header states. Files that violate their format are left for Pillow to refuse.
"""

from __future__ import annotations

import re
import struct

from ..errors import ImageError

MAX_PARTS = 20_000  # chunks, segments or blocks; libpng writes 8000 for 64 MiB
MAX_SCANS = 100  # of a progressive JPEG, each a pass over all pixels; usually there are ten
MAX_RUNS = 4 * 2**20  # bytes or pixels of a run-length encoded BMP, which Pillow decodes in Python
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")  # of a JPEG; those left out are data or have no length
START, SCAN, END = b"\xd8", b"\xda", b"\xd9"
RUN_LENGTH = (1, 2)  # a BMP's compression


def check_work(data: bytes, max_pixels: int) -> int:
    """How often a decoder goes over the pixels: once, or as often as a JPEG has scans.

    Raises ImageError for a file that would take more work than any ordinary picture. max_pixels: rows * columns.
    """
    kinds = {b"\x89PNG": _check_png, b"GIF8": _check_gif, b"BM": _check_bmp}
    for start, check in kinds.items():
        if data.startswith(start):
            check(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        columns, rows = _webp_canvas(data)
        if columns * rows > max_pixels:
            raise ImageError(f"{columns}x{rows} pixels, more than the {max_pixels} that a picture may have")
    return max(1, _jpeg_scans(data)) if data.startswith(b"\xff\xd8\xff") else 1


def _check_png(data: bytes) -> None:
    at = 8
    for _ in range(MAX_PARTS):
        if at + 8 > len(data) or data[at + 4 : at + 8] == b"IEND":
            return
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    raise _too_many("chunks")


def _jpeg_scans(data: bytes) -> int:
    """The number of scans, counted as libjpeg does, which skips whatever stands between two segments."""
    at = parts = scans = 0
    while marker := MARKER.search(data, at):
        parts += 1 if scans else marker.end() - at  # until the first scan, Pillow skips byte by byte
        if parts > MAX_PARTS:
            raise _too_many("segments")
        at = marker.end()
        if marker[1] == END:
            break
        if marker[1] != START:
            at += int.from_bytes(data[at : at + 2], "big")
        scans += marker[1] == SCAN
        if scans > MAX_SCANS:
            raise ImageError(f"refused: more than {MAX_SCANS} scans")
    return scans


def _check_gif(data: bytes) -> None:
    """Count blocks up to the first frame; nothing after it is read."""
    at = 13 + _gif_palette(data[10:11])
    parts = 0
    while parts < MAX_PARTS:
        if at >= len(data) or data[at] in b",;":
            return
        parts += 1
        if data[at] != 0x21:
            at += 1
            continue
        at += 2
        while at < len(data) and data[at] and parts < MAX_PARTS:
            at, parts = at + 1 + data[at], parts + 1
        at += 1
    raise _too_many("blocks")


def _gif_palette(flags: bytes) -> int:
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _check_bmp(data: bytes) -> None:
    if len(data) < 34 or int.from_bytes(data[30:34], "little") not in RUN_LENGTH:
        return
    columns, rows = struct.unpack_from("<ii", data, 18)
    if max(len(data), abs(columns * rows)) > MAX_RUNS:
        raise ImageError(f"refused: a run-length BMP of more than {MAX_RUNS} pixels or bytes")


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """(columns, rows) of the canvas, from the first chunk."""
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _too_many(parts: str) -> ImageError:
    return ImageError(f"refused: more than {MAX_PARTS} {parts}")
