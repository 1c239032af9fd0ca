"""Reads the arrays of NumPy's .npz archives: names, dtypes, shapes and sizes are checked before any number.

NumPy reads them too, but evaluates the header as Python, and its zip reader unpacks what a member's size only claims.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
DIRECTORY_ENTRY = b"PK\x01\x02"
MAX_MEMBERS = 10_000
MAX_HEADER = 10_000  # bytes, as in NumPy
MAX_DIMENSIONS = 32
ENCRYPTED = 0x1  # a flag of a member
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that NumPy writes; the others' sizes cannot be capped
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError, RuntimeError)
HEADER = re.compile(
    r"\{ ?'descr' ?: ?(?P<descr>'[^'\\]*'|\[.*\]), ?'fortran_order' ?: ?(?P<fortran>True|False), ?"
    r"'shape' ?: ?\((?P<shape>[\d, L]*+)\) ?,? ?\} *\n?",
    re.ASCII | re.DOTALL,
)
DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[SU][1-9]\d{0,4})", re.ASCII)
SIMPLE = re.compile(r"[<>|=]?[a-zA-Z]\d{0,2}", re.ASCII)
SIZE = re.compile(r" *(\d{1,19})L? *", re.ASCII)


def is_npz(data: bytes) -> bool:
    """Whether it is a zip file, which is what .npz is."""
    return data[:4] in ZIP


def extent(shape: tuple[int, ...]) -> int:
    """How many numbers NumPy needs to count for an array of that shape, which may be empty and too large all the same.

    In Python's integers, which do not wrap around.
    """
    return math.prod(max(size, 1) for size in shape)


def members(data: bytes) -> dict[str, zipfile.ZipInfo]:
    """What the archive holds, by name. Raises Digits20Error, what was seen."""
    if data.count(DIRECTORY_ENTRY) > MAX_MEMBERS:  # zipfile would make an object of each
        raise Digits20Error(f"more than {MAX_MEMBERS} arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
    except Exception:  # a directory of random bytes shows as whatever zipfile and struct raise
        raise _damaged("no directory") from None
    named = {member.filename.removesuffix(".npy"): member for member in found}
    if len(named) < len(found):
        raise Digits20Error("holds two arrays of one name")
    return named


def array(data: bytes, member: zipfile.ZipInfo, variable: str, require_size: Callable[[int], None]) -> npt.NDArray[Any]:
    """One array of the archive, called `variable` in messages. require_size: refuses more numbers than it allows.

    Raises Digits20Error, what was seen; objects, which only a pickle could bring back, are refused.
    """
    if member.flag_bits & ENCRYPTED:
        raise Digits20Error(f"{variable} is encrypted")
    if member.compress_type not in METHODS:
        raise Digits20Error(f"{variable} is packed in a way that NumPy does not")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(member) as file:
            return _npy(file.read, member.file_size, variable, require_size)
    except Digits20Error:
        raise
    except DAMAGE:
        raise _damaged(f"{variable} does not unpack") from None


def _npy(
    read: Callable[[int], bytes], size: int, variable: str, require_size: Callable[[int], None]
) -> npt.NDArray[Any]:
    """The array in an .npy file of that size, of which `read` gives the next bytes."""
    start = read(8)
    if start[:6] != b"\x93NUMPY" or len(start) < 8 or not 1 <= start[6] <= 3:
        raise _damaged(f"{variable} is no array")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(read(width), "little")
    header = HEADER.fullmatch(read(length).decode("utf-8", "replace")) if length <= MAX_HEADER else None
    if header is None:
        raise _damaged(f"{variable} has no header of NumPy's")
    dtype, shape = _dtype(header["descr"], variable), _shape(header["shape"], variable)
    require_size(extent(shape))
    count = math.prod(shape)
    there = size - 8 - width - length
    if count * dtype.itemsize != there:
        raise Digits20Error(f"{variable} promises {count * dtype.itemsize} bytes, has {there}")
    content = read(there)
    if len(content) != there or read(1):  # at the end zipfile compares the checksum
        raise _damaged(f"{variable} ends too early")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if header["fortran"] == "True" else "C")


def _shape(text: str, variable: str) -> tuple[int, ...]:
    sizes = [SIZE.fullmatch(size) for size in text.split(",") if size.strip()]
    if len(sizes) > MAX_DIMENSIONS or None in sizes:
        raise _damaged(f"{variable} has no possible shape")
    return tuple(int(size[1]) for size in sizes if size)


def _dtype(descr: str, variable: str) -> np.dtype[Any]:
    code = descr[1:-1]
    if DTYPE.fullmatch(code):
        return np.dtype(code)
    try:
        what = str(np.dtype(code)) if SIMPLE.fullmatch(code) else "several values each"
    except TypeError:
        what = "what NumPy does not know"
    raise Digits20Error(f"{variable} holds {what}, expected numbers")


def _damaged(why: str) -> Digits20Error:
    return Digits20Error(f"a damaged or truncated .npz file ({why})")
