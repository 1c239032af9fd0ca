"""Reads the arrays of NumPy's .npz archives: names, dtypes, shapes and sizes are checked before any number is read.

`numpy.load` itself would allocate what a header only promises.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format

from ....errors import Digits20Error

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
DIRECTORY_ENTRY = b"PK\x01\x02"
MAX_MEMBERS = 10_000
MAX_HEADER = 10_000  # bytes, as in NumPy
# by version of the .npy format: what reads its header, and how many bytes tell the header's length
HEADERS = {(1, 0): (format.read_array_header_1_0, 2), (2, 0): (format.read_array_header_2_0, 4)}
ENCRYPTED = 0x1  # a flag of a member
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that NumPy writes; the others' sizes cannot be capped
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError, RuntimeError)


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
            return _npy(file, member.file_size, variable, require_size)
    except Digits20Error:
        raise
    except DAMAGE:
        raise _damaged(f"{variable} does not unpack") from None


def single(data: bytes, require_size: Callable[[int], None]) -> npt.NDArray[Any]:
    """The array of an .npy file. require_size: refuses more numbers than it allows. Raises Digits20Error."""
    try:
        return _npy(io.BytesIO(data), len(data), "the array", require_size)
    except Digits20Error as error:
        raise Digits20Error(str(error).replace(".npz", ".npy")) from None
    except DAMAGE:
        raise Digits20Error("a damaged or truncated .npy file") from None


def _npy(file: IO[bytes], size: int, variable: str, require_size: Callable[[int], None]) -> npt.NDArray[Any]:
    """The array in an .npy file of that many bytes."""
    shape, fortran_order, dtype = _header(file, variable)
    if dtype.kind not in "biufSU" or dtype.itemsize == 0 or (dtype.kind == "f" and dtype.itemsize > 8):
        what = "several values each" if dtype.kind == "V" else str(dtype)
        raise Digits20Error(f"{variable} holds {what}, expected numbers")
    require_size(extent(shape))
    promised, there = math.prod(shape) * dtype.itemsize, size - file.tell()
    if promised != there:
        raise Digits20Error(f"{variable} promises {promised} bytes, has {there}")
    content = file.read(there)
    if len(content) != there or file.read(1):  # at the end zipfile compares the checksum
        raise _damaged(f"{variable} ends too early")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")


def _header(file: IO[bytes], variable: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """(shape, fortran_order, dtype) as an .npy file promises them."""
    try:
        read, width = HEADERS[format.read_magic(file)]
    except (ValueError, KeyError):
        raise _damaged(f"{variable} is no array") from None
    length = file.read(width)
    text = file.read(min(int.from_bytes(length, "little"), MAX_HEADER + 1))  # NumPy would read 4 GiB before it refuses
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's, of headers that Python 2 wrote
            shape, fortran_order, dtype = read(io.BytesIO(length + text))
    except Exception:  # a header of random bytes shows as whatever Python's parser raises
        raise _damaged(f"{variable} has no header of NumPy's") from None
    if not all(type(size) is int and size >= 0 for size in shape):
        raise _damaged(f"{variable} has no possible shape")
    return shape, fortran_order, dtype


def _damaged(why: str) -> Digits20Error:
    return Digits20Error(f"a damaged or truncated .npz file ({why})")
