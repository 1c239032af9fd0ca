"""Reads the numeric variables of a MATLAB file of version 4: a header of five integers, a name and the numbers.

Source: MathWorks, MAT-File Format, "Level 4 MAT-files". SciPy reads them too, but allocates what a header promises.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import Digits20Error

NUMBERS = ("f8", "f4", "i4", "i2", "u2", "u1")  # by the tens digit of the type
HEADER = 20  # bytes
MAX_NAME = 64
MAX_VARIABLES = 1000


@dataclass(frozen=True)
class Variable:
    """dtype: None for text and sparse matrices. content: the numbers' bytes, column by column."""

    shape: tuple[int, int]
    dtype: str | None
    content: memoryview


def variables(data: bytes) -> dict[str, Variable]:
    """What the file holds, by name. Raises Digits20Error, what was seen."""
    found: dict[str, Variable] = {}
    at = 0
    while at < len(data):
        name, variable, at = _variable(memoryview(data), at)
        if name in found or len(found) >= MAX_VARIABLES:
            raise _damaged("two variables of one name, or too many")
        found[name] = variable
    return found


def _variable(data: memoryview, at: int) -> tuple[str, Variable, int]:
    """The variable there, its name, and where the next begins."""
    if at + HEADER > len(data):
        raise _damaged("ends within a header")
    order = "<" if struct.unpack_from("<i", data, at)[0] in range(60) else ">"
    kind, rows, columns, imaginary, length = struct.unpack_from(order + "5i", data, at)
    kind -= 0 if order == "<" else 1000  # the thousands digit tells the byte order
    if not (0 <= kind < 60 and kind % 10 < 3 and kind // 10 % 10 < 6) or imaginary not in (0, 1):
        raise _damaged("a variable of no known type")
    if not (rows >= 0 and columns >= 0 and 0 < length <= MAX_NAME):
        raise _damaged("a variable of no possible size")
    name = bytes(data[at + HEADER : at + HEADER + length]).rstrip(b"\0").decode("ascii", "replace")
    dtype = NUMBERS[kind // 10]
    start = at + HEADER + length
    end = start + rows * columns * np.dtype(dtype).itemsize * (1 + imaginary)
    if end > len(data):
        raise _damaged("ends within a variable")
    plain = kind % 10 == 0 and not imaginary
    return name, Variable((rows, columns), order + dtype if plain else None, data[start:end]), end


def array(variable: Variable, name: str, require_size: Callable[[int], None]) -> npt.NDArray[Any]:
    """The numbers of a variable, called `name` in messages. require_size: refuses more numbers than it allows.

    Raises Digits20Error, what was seen.
    """
    if variable.dtype is None:
        raise Digits20Error(f"{name} is text, sparse or complex, expected numbers")
    require_size(math.prod(max(side, 1) for side in variable.shape))
    return np.frombuffer(variable.content, variable.dtype).reshape(variable.shape, order="F")


def _damaged(why: str) -> Digits20Error:
    return Digits20Error(f"a damaged or truncated MATLAB 4 file ({why})")
