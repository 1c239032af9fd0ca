"""What NumPy's pickles say about arrays: the names they use, and arrays made only of what was checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelFileError

Array = npt.NDArray[np.floating[Any]]

FLOATS = {"f2": 2, "f4": 4, "f8": 8}  # bytes a number
MAX_SIDE = 2**31

# every name that NumPy has had for what it needs to make arrays, and what it stands for here
NAMES = {
    **{f"numpy.{core}.multiarray._reconstruct": "reconstruct" for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": "frombuffer" for core in ("core", "_core")},
    **dict.fromkeys(("numpy.ndarray", "numpy.matrix", "numpy.matrixlib.defmatrix.matrix"), "array"),
    "numpy.dtype": "dtype",
    "_codecs.encode": "encode",  # how protocols 0 to 2 write bytes
}


@dataclass(frozen=True)
class Name:
    """A function or class that the pickle names: one of the values of NAMES."""

    means: str


@dataclass(eq=False)
class DType:
    """A float dtype; its byte order comes with BUILD."""

    code: str
    order: str = ""


@dataclass(eq=False)
class PickledArray:
    """An array; all but its existence comes with BUILD."""

    dtype: str = ""
    shape: tuple[int, ...] = ()
    layout: Any = "C"
    data: bytes | bytearray = b""

    def made(self) -> Array:
        """The array, read-only or not, as a view of its bytes."""
        array: Array = np.frombuffer(self.data, self.dtype).reshape(self.shape, order=self.layout)
        return array


def called(function: object, arguments: object, encode: Callable[[str], bytes]) -> object:
    """What stands for function(*arguments). Raises ModelFileError for any call that NumPy's own pickles do not make."""
    match function, arguments:
        case Name("reconstruct"), (Name("array"), (0,), b"b" | "b"):
            return PickledArray()
        case Name("dtype"), (str(code), 0, 1):
            if code not in FLOATS:
                raise ModelFileError(f"its arrays hold {code[:10]!a}, expected floats")
            return DType(code)
        case Name("encode"), (str(text), "latin1" | "latin-1"):
            return encode(text)
        case Name("frombuffer"), (bytes() | bytearray() as data, DType() as dtype, tuple(shape), "C" | "F" as layout):
            array = PickledArray()
            _fill(array, dtype, shape, layout, data)
            return array
        case _:
            raise ModelFileError("refused: it calls what NumPy's own pickles do not")


def build(target: object, state: object, encode: Callable[[str], bytes]) -> None:
    """Give the array or dtype its state, once. Raises ModelFileError for any state that NumPy's own pickles do not."""
    match target, state:
        case DType(order=""), (3, "<" | ">" as order, None, None, None, -1, -1, 0):
            target.order = order
        case PickledArray(dtype=""), (1, tuple(shape), DType() as dtype, 0 | 1 as fortran, bytes() | str() as data):
            data = encode(data) if isinstance(data, str) else data
            _fill(target, dtype, shape, "F" if fortran else "C", data)
        case _:
            raise ModelFileError("refused: an array of another make than NumPy's")


def _fill(array: PickledArray, dtype: DType, shape: tuple[Any, ...], layout: str, data: bytes | bytearray) -> None:
    possible = 0 < len(shape) <= 4 and all(type(side) is int and 0 < side < MAX_SIDE for side in shape)
    if not dtype.order or not possible:
        raise ModelFileError("refused: an array of no possible dtype or size")
    promised = math.prod(shape) * FLOATS[dtype.code]
    if promised != len(data):
        raise ModelFileError(f"an array of {'×'.join(map(str, shape))} promises {promised} bytes, has {len(data)}")
    array.dtype, array.shape, array.layout, array.data = dtype.order + dtype.code, shape, layout, data
