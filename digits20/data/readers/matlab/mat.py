"""Reads the numeric variables of a MATLAB file of version 5, 6 or 7.

SciPy reads them too, but takes a damaged file at its word and crashes the interpreter; here every length is checked.
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

HEADER = 128
HEADING = 4096  # bytes that hold a variable's flags, dimensions and name
INT8, INT32, UINT32, MATRIX, COMPRESSED, UTF8 = 1, 5, 6, 14, 15, 16
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
CLASSES = (
    *("", "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8"),
    *("int16", "uint16", "int32", "uint32", "int64", "uint64", "function", "opaque"),
)
NUMERIC = frozenset(CLASSES[6:16])
COMPLEX = 0x800
MAX_ELEMENTS = 10_000  # variables of a file: each takes work, however small it is
MAX_DIMENSIONS = 32
MAX_NESTING = 4  # structures within structures
MAX_FIELDS = 100
MAX_NAME = 63  # letters, MATLAB's own limit


class DamagedError(ValueError):
    """The file does not hold what it says. The message is why, in a few words."""


@dataclass(frozen=True)
class Variable:
    """What a variable is, and the bytes that it is in."""

    name: str
    kind: str  # MATLAB's class, "complex" for complex numbers
    shape: tuple[int, ...]
    packed: memoryview
    compressed: bool
    byte_order: str


def is_mat(data: bytes) -> bool:
    """Whether it is a MATLAB file of version 5, 6, 7 or 7.3."""
    return data[:6] == b"MATLAB" and data[126:128] in (b"IM", b"MI")


def is_mat_4(data: bytes) -> bool:
    """Whether it begins as a MATLAB file of version 4 does: little-endian type, rows, columns, complex or not, name."""
    if len(data) < 21:
        return False
    kind, rows, columns, imaginary, length = struct.unpack_from("<5i", data)
    possible = 0 <= kind < 60 and kind % 10 < 3 and rows > 0 and columns > 0 and imaginary in (0, 1)
    return (
        possible and 1 < length <= MAX_NAME + 1 and data[20:21].isalpha() and data[19 + length : 20 + length] == b"\0"
    )


def variables(data: bytes, max_size: int = 0) -> dict[str, Variable]:
    """What the file holds, by name; little of it is unpacked for that. Raises DamagedError.

    A structure's fields are listed as name.field, unpacked where they take at most `max_size` bytes.
    """
    found = _top(data)
    budget = [max_size]
    for name, variable in [*found.items()]:
        found |= _fields(name, variable, budget, 0)
    return found


def _fields(name: str, structure: Variable, budget: list[int], depth: int) -> dict[str, Variable]:
    """The fields of a 1x1 structure and of the structures in it, by name. budget: bytes that may still be unpacked."""
    if structure.kind != "struct" or math.prod(structure.shape) != 1 or depth == MAX_NESTING or budget[0] <= 0:
        return {}
    matrix = structure.packed
    if structure.compressed:
        inflated = _inflated(matrix, budget[0], whole=True)
        budget[0] -= len(inflated)
        matrix = next(_elements(inflated, structure.byte_order), (0, inflated))[1]
    _, _, _, width, names, *values = [content for _, content in _few(_elements(matrix, structure.byte_order))] + [
        None
    ] * 5
    size = int.from_bytes(width or b"", "little" if structure.byte_order == "<" else "big")
    if names is None or not 0 < size <= MAX_NAME + 1 or len(names) % size:
        raise DamagedError(f"{name} is a structure without fields")
    found: dict[str, Variable] = {}
    for at, content in zip(range(0, len(names), size), values, strict=False):
        if content:
            field = bytes(names[at : at + size]).split(b"\0")[0].decode("ascii", "replace")
            variable = replace(_variable(content, False, structure.byte_order), name=f"{name}.{field}")
            found |= {variable.name: variable} | _fields(variable.name, variable, budget, depth + 1)
    return found


def _few(elements: Iterator[tuple[int, memoryview]]) -> list[tuple[int, memoryview]]:
    few = list(itertools.islice(elements, MAX_FIELDS + 1))
    if len(few) > MAX_FIELDS:
        raise DamagedError(f"a structure of more than {MAX_FIELDS} fields")
    return few


def _top(data: bytes) -> dict[str, Variable]:
    """The file's own variables, by name."""
    order = "<" if data[126:128] == b"IM" else ">"
    found: dict[str, Variable] = {}
    for count, (element, content) in enumerate(_elements(memoryview(data)[HEADER:], order)):
        if count == MAX_ELEMENTS:
            raise DamagedError(f"more than {MAX_ELEMENTS} variables")
        if element in (MATRIX, COMPRESSED):
            variable = _variable(content, element == COMPRESSED, order)
            if variable.name in found:
                raise DamagedError(f"{variable.name or 'no name'} twice")
            found[variable.name] = variable
    return found


def values(variable: Variable) -> npt.NDArray[Any]:
    """The numbers of a variable whose kind is in NUMERIC, in its shape. Raises DamagedError."""
    matrix = _unpacked(variable) if variable.compressed else variable.packed
    for position, (element, content) in enumerate(_elements(matrix, variable.byte_order)):
        if position == 3:
            return _numbers(element, content, variable)
    raise DamagedError(f"{variable.name} has no numbers")


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """(type, content) of one element after another. Short contents hide in the second half of their own tag."""
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise DamagedError("ends within a tag")
        element, size = struct.unpack_from(order + "II", data, at)
        start = at + 8
        if element >> 16:
            element, size, start = element & 0xFFFF, element >> 16, at + 4
        end = start + size
        if end > (at + 8 if start == at + 4 else len(data)):
            raise DamagedError("ends within an element")
        yield element, data[start:end]
        at = end if element == COMPRESSED else end + -end % 8


def _variable(content: memoryview, compressed: bool, order: str) -> Variable:
    parts = _elements(_inflated(content, HEADING)[8:] if compressed else content, order)
    flags, shape, name = (_part(parts, types) for types in ((UINT32,), (INT32,), (INT8, UTF8)))
    if len(flags) != 8 or not 8 <= len(shape) <= 4 * MAX_DIMENSIONS or len(shape) % 4 or len(name) > MAX_NAME:
        raise DamagedError("a variable without class, size or name")
    (flag,) = struct.unpack_from(order + "I", flags)
    sizes = struct.unpack(f"{order}{len(shape) // 4}i", shape)
    if min(sizes) < 0 or not 0 < flag & 0xFF < len(CLASSES):
        raise DamagedError("a variable of no known class or size")
    kind = "complex" if flag & COMPLEX else CLASSES[flag & 0xFF]
    shown = "".join(c if c.isprintable() else "?" for c in bytes(name).decode("ascii", "replace"))
    return Variable(shown, kind, sizes, content, compressed, order)


def _part(parts: Iterator[tuple[int, memoryview]], types: tuple[int, ...]) -> memoryview:
    element, content = next(parts, (0, memoryview(b"")))
    if element not in types:
        raise DamagedError("a variable without class, size or name")
    return content


def _unpacked(variable: Variable) -> memoryview:
    """The variable's elements, inflated no further than its numbers can reach."""
    most = HEADING + 8 + 8 * math.prod(variable.shape)
    inflated = _inflated(variable.packed, most, whole=True)
    element, content = next(_elements(inflated, variable.byte_order), (0, inflated))
    if element != MATRIX:
        raise DamagedError(f"{variable.name} is no variable")
    return content


def _inflated(packed: memoryview, most: int, whole: bool = False) -> memoryview:
    """The first bytes, or the whole, whose checksum must be right and which must not be longer."""
    unpacker = zlib.decompressobj()
    try:
        inflated = unpacker.decompress(packed, most)
        rest = unpacker.decompress(unpacker.unconsumed_tail, 1) if whole and not unpacker.eof else b""
    except zlib.error:
        raise DamagedError("a variable that does not unpack") from None
    if rest or (whole and not unpacker.eof):
        raise DamagedError("a variable that is longer than its size says, or cut")
    return memoryview(inflated)


def _numbers(element: int, content: memoryview, variable: Variable) -> npt.NDArray[Any]:
    if element not in NUMBERS:
        raise DamagedError(f"{variable.name} holds no numbers")
    dtype = np.dtype(variable.byte_order + NUMBERS[element])
    if len(content) != math.prod(variable.shape) * dtype.itemsize:
        raise DamagedError(f"{variable.name} is not as long as its size says")
    return np.frombuffer(content, dtype).reshape(variable.shape, order="F")
