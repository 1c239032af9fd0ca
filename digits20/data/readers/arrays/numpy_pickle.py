"""Reads the arrays in a pickle that NumPy wrote: lists, tuples and dicts of arrays and numbers, and nothing else.

The classes and functions that such a pickle names are looked up in a table here, never imported; an array is made only
of a checked shape, a checked dtype and bytes of the right length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import ModelFileError
from ....system.safe_pickle import PLAIN, Grammar, Handler, Machine

Array = npt.NDArray[Any]

MAX_OPCODES = 20_000  # an array takes about fifty
MAX_TEXT = 2**27  # characters; protocols 0 to 2 write an array's bytes as text
FLOATS = {"f2": 2, "f4": 4, "f8": 8}  # bytes per number
NUMBERS = FLOATS | {"b1": 1} | {f"{kind}{size}": size for kind in "iu" for size in (1, 2, 4, 8)}
MAX_SIDE = 2**31
CONTENT = "a pickle, but not of a list of matrices"
MAX_LABELS = 2_000_000  # opcodes of a pickle that may hold labels as a list of numbers
SHORT = 100  # characters of a text that is read
ONLY_ARRAYS = "only NumPy's arrays are read from a pickle"


def matrices(data: bytes) -> list[tuple[str, Array]]:
    """The arrays in that pickle, each with its key in the dict or its place in the list, from 0.

    They are views of the pickle's bytes. Raises ModelFileError, what was seen, for any pickle that holds anything else.
    """
    if not data:
        raise ModelFileError("empty")
    items = _items(Machine(data, GRAMMAR).run())
    for key, item in items:
        if not isinstance(item, PickledArray) or item.value is None:
            kind = type(item).__name__.lower()
            raise ModelFileError(f"{CONTENT}: item {key[:30]!a} is of type {kind}")
        if item.value.dtype.kind != "f":
            raise ModelFileError(f"its arrays hold {item.value.dtype.str[1:]!a}, expected floats")
    arrays = [(key, item.value) for key, item in items]
    if sum(array.nbytes for _, array in arrays) > len(data):
        raise ModelFileError("refused: one array many times over")
    return arrays


def arrays(
    data: bytes,
    max_text: int = MAX_TEXT,
    max_opcodes: int = MAX_OPCODES,
    only: str = "a list of matrices needs none",
    texts: bool = False,
) -> dict[str, npt.NDArray[Any]]:
    """The arrays and lists of numbers anywhere in that pickle, by their keys and places: "train/0" or "x_train".

    max_text, max_opcodes: of characters in its texts, and of opcodes. only: ends the refusal of anything else. texts:
    whether short texts and lists of them are read too. What else is neither a container nor numbers is passed over.
    Raises ModelFileError, what was seen, for a pickle that names
    anything but NumPy's arrays.
    """
    if not data:
        raise ModelFileError("empty")
    found: dict[str, npt.NDArray[Any]] = {}
    grammar = replace(GRAMMAR, max_text=max_text, max_opcodes=max_opcodes, only=only)
    _collect(Machine(data, grammar).run(), "", found, texts)
    held = [array.nbytes for array in found.values() if not array.flags.owndata]
    if sum(held) > len(data):
        raise ModelFileError("refused: one array many times over")
    return found


def _collect(item: object, path: str, found: dict[str, npt.NDArray[Any]], texts: bool) -> None:
    if isinstance(item, PickledArray) and item.value is not None:
        found[path] = item.value
    elif isinstance(item, list) and item and all(type(value) in (int, float) for value in item):
        found[path] = np.array(item, dtype=np.float64)
    elif texts and path and _are_texts(item):
        found[path] = np.array(item)
    elif isinstance(item, dict | list | tuple):
        for key, value in _items(item):
            _collect(value, f"{path}/{key}" if path else key, found, texts)


def _are_texts(item: object) -> bool:
    """Whether it is a text, or a list of nothing but texts, none of them long, for the longest counts for all."""
    texts = list(item) if isinstance(item, list | tuple) else [item]
    return bool(texts) and all(type(text) is str and len(text) <= SHORT for text in texts)


def _items(root: object) -> list[tuple[str, Any]]:
    if isinstance(root, dict):
        return list(root.items())
    if isinstance(root, list | tuple):
        return [(str(place), item) for place, item in enumerate(root)]
    raise ModelFileError(CONTENT)


@dataclass(frozen=True)
class Name:
    """A function or class that the pickle names, by what it means here."""

    means: str


@dataclass(eq=False)
class DType:
    """A dtype of numbers; its byte order comes with BUILD."""

    code: str
    order: str = ""


@dataclass(eq=False)
class PickledArray:
    """An array; None until its state comes with BUILD."""

    value: Array | None = None


# every name that NumPy has had for what it needs to make arrays
NAMES = {
    **{f"numpy.{core}.multiarray._reconstruct": Name("reconstruct") for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": Name("frombuffer") for core in ("core", "_core")},
    **dict.fromkeys(("numpy.ndarray", "numpy.matrix", "numpy.matrixlib.defmatrix.matrix"), Name("array")),
    "numpy.dtype": Name("dtype"),
    "_codecs.encode": Name("encode"),  # how protocols 0 to 2 write bytes
}


def _reduce(machine: Machine, _: None) -> None:
    """What stands for function(*arguments); any call that NumPy's own pickles do not make is refused."""
    match machine.pop_last(2):
        case [Name("reconstruct"), (Name("array"), (0,), b"b" | "b")]:
            machine.push(PickledArray())
        case [Name("dtype"), (str(code), 0, 1)]:
            if code not in NUMBERS:
                raise ModelFileError(f"its arrays hold {code[:10]!a}, expected numbers")
            machine.push(DType(code))
        case [Name("encode"), (str(text), "latin1" | "latin-1")]:
            machine.push(_latin_1(text))
        case [Name("frombuffer"), (bytes() | bytearray() as data, DType() as dtype, tuple(shape), "C" | "F" as order)]:
            machine.push(PickledArray(_array(dtype, shape, order, data)))
        case _:
            raise ModelFileError("refused: it calls what NumPy's own pickles do not")


def _build(machine: Machine, _: None) -> None:
    """Gives the array or dtype its state, once; any state that NumPy's own pickles do not hold is refused."""
    target, state = machine.pop_last(2)
    match target, state:
        case DType(order=""), (3, "<" | ">" | "|" as order, None, None, None, -1, -1, 0):
            if order == "|" and NUMBERS[target.code] > 1:
                raise ModelFileError("refused: an array of another make than NumPy's")
            target.order = order
        case PickledArray(value=None), (1, tuple(shape), DType() as dtype, 0 | 1 as fortran, bytes() | str() as data):
            data = _latin_1(data) if isinstance(data, str) else data
            target.value = _array(dtype, shape, "F" if fortran else "C", data)
        case _:
            raise ModelFileError("refused: an array of another make than NumPy's")
    machine.push(target)


def _latin_1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise ModelFileError("damaged: text in the place of bytes") from None


def _array(dtype: DType, shape: tuple[Any, ...], order: Any, data: bytes | bytearray) -> Array:
    possible = 0 < len(shape) <= 4 and all(type(side) is int and 0 < side < MAX_SIDE for side in shape)
    if not dtype.order or not possible:
        raise ModelFileError("refused: an array of no possible dtype or size")
    promised = math.prod(shape) * NUMBERS[dtype.code]
    if promised != len(data):
        raise ModelFileError(f"an array of {'×'.join(map(str, shape))} promises {promised} bytes, has {len(data)}")
    array: Array = np.frombuffer(data, dtype.order + dtype.code).reshape(shape, order=order)
    return array


def _set(machine: Machine, items: list[Any]) -> None:
    """Entries of a dict; Python 2's text keys come as bytes."""
    items[::2] = [key.decode("latin-1") if isinstance(key, bytes) else key for key in items[::2]]
    machine.update(items)


def _push_dict(machine: Machine, items: list[Any]) -> None:
    machine.push_new({})
    _set(machine, items)


OPCODES: dict[str, Handler] = PLAIN | {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(("INT", "LONG"), Machine.push_int),
    **dict.fromkeys(("STRING", "SHORT_BINSTRING", "BINSTRING", "UNICODE"), Machine.push_text),
    "BYTEARRAY8": Machine.push,
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "LIST": lambda machine, _: machine.push_new(machine.pop_to_mark()),
    "DICT": lambda machine, _: _push_dict(machine, machine.pop_to_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_to_mark())),
    "TUPLE1": lambda machine, _: machine.push(tuple(machine.pop_last(1))),
    "TUPLE2": lambda machine, _: machine.push(tuple(machine.pop_last(2))),
    "TUPLE3": lambda machine, _: machine.push(tuple(machine.pop_last(3))),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Machine.put),
    "GET": Machine.get,
    "REDUCE": _reduce,
    "SETITEM": lambda machine, _: _set(machine, machine.pop_last(2)),
    "SETITEMS": lambda machine, _: _set(machine, machine.pop_to_mark()),
    "BUILD": _build,
}
GRAMMAR = Grammar(
    OPCODES,
    only="a list of matrices needs none",
    names=NAMES,
    shareable=(str, bytes, bytearray, Name, DType, PickledArray),
    max_opcodes=MAX_OPCODES,
    max_text=MAX_TEXT,
)
