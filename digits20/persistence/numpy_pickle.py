"""The matrices in a pickle that NumPy wrote: a list, tuple or dict of float arrays, and nothing else.

A small interpreter of the few opcodes that takes. The classes and functions that such a pickle names are looked up in
a table here, never imported; an array is made only of a checked shape, a checked dtype and bytes of the right length.
"""

from __future__ import annotations

import codecs
import io
import pickletools
import warnings
from collections.abc import Callable
from typing import Any

from ..errors import ModelFileError
from .numpy_pickle_arrays import NAMES, Array, Name, PickledArray, build, called

MAX_OPCODES = 20_000  # an array takes about fifty
OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}

_MARK = object()


def matrices(data: bytes) -> list[tuple[str, Array]]:
    """The arrays in that pickle, read-only, each with its key in the dict or its place in the list, from 0.

    Raises ModelFileError, what was seen, for any pickle that holds or does anything else.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that mean nothing in old strings
        items = _items(_Machine(data).run())
    for key, item in items:
        if not isinstance(item, PickledArray) or not item.dtype:
            kind = type(item).__name__.strip("_").lower()
            raise ModelFileError(f"a pickle, but not of a list of matrices: item {key[:30]!a} is of type {kind}")
    if sum(len(item.data) for _, item in items) > len(data):
        raise ModelFileError("refused: one array many times over")
    return [(key, item.made()) for key, item in items]


def _items(root: object) -> list[tuple[str, Any]]:
    if isinstance(root, dict):
        return list(root.items())
    if isinstance(root, list | tuple):
        return [(str(place), item) for place, item in enumerate(root)]
    raise ModelFileError("a pickle, but not of a list of matrices")


class _Machine:
    """The unpickler's stack and memo, with numbers, texts, bytes, tuples, lists, dicts, and stand-ins for the rest."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.stream = io.BytesIO(data)  # in memory: a length past the end cannot make a reader allocate
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.encoded = 0

    def run(self) -> object:
        """What the pickle holds, once all of it is read."""
        for _ in range(MAX_OPCODES):
            name, argument = self._step()
            if name == "STOP":
                if rest := self.size - self.stream.tell():
                    raise ModelFileError(f"refused: {rest} bytes after its end")
                need(len(self.stack) == 1)
                return self.pop()
            ALLOWED[name](self, argument)
        raise ModelFileError(f"refused: more than {MAX_OPCODES} opcodes")

    def _step(self) -> tuple[str, Any]:
        """The next opcode's name and argument; refused before its argument is read."""
        at, code = self.stream.tell(), self.stream.read(1)
        if not code:
            raise ModelFileError("truncated")
        opcode: Any = OPCODES.get(code.decode("latin-1"))
        if opcode is None:
            raise ModelFileError(f"damaged: no pickle from byte {at} on")
        if opcode.name != "STOP" and opcode.name not in ALLOWED:
            raise ModelFileError(f"refused: it holds {opcode.name} at byte {at}, a list of matrices needs none")
        try:
            if opcode.name == "STRING":
                return opcode.name, _python_2_string(self.stream.readline())
            return opcode.name, opcode.arg.reader(self.stream) if opcode.arg else None
        except (ValueError, EOFError):
            raise ModelFileError(f"truncated or damaged: {opcode.name} at byte {at} does not end") from None

    def push(self, value: object) -> None:
        self.stack.append(value)

    def top(self) -> Any:
        need(bool(self.stack) and self.stack[-1] is not _MARK)
        return self.stack[-1]

    def pop(self) -> Any:
        self.top()
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] is _MARK:
                items = self.stack[at + 1 :]
                del self.stack[at:]
                return items
        raise ModelFileError("damaged: its values are out of order")

    def put(self, index: int) -> None:
        need(0 <= index <= MAX_OPCODES)
        self.memo[index] = self.top()

    def get(self, index: int) -> None:
        need(0 <= index <= MAX_OPCODES and index in self.memo)
        self.push(self.memo[index])

    def push_tuple(self, items: list[Any]) -> None:
        if any(isinstance(part, tuple) for item in items if isinstance(item, tuple) for part in item):
            raise ModelFileError("refused: nested more than two deep")  # an array's state is: its shape within it
        self.push(tuple(items))

    def pop_tuple(self, size: int) -> None:
        items = [self.pop() for _ in range(size)]
        self.push_tuple(items[::-1])

    def extend(self, items: list[Any]) -> None:
        need(type(self.top()) is list)
        self.top().extend(items)

    def update(self, items: list[Any]) -> None:
        entries = self.top()
        need(type(entries) is dict and len(items) % 2 == 0)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is not str or key in entries:
                raise ModelFileError("refused: a key in it is not text, or occurs twice")
            entries[key] = value

    def set_item(self) -> None:
        value, key = self.pop(), self.pop()
        self.update([key, value])

    def push_dict(self, items: list[Any]) -> None:
        self.push({})
        self.update(items)

    def push_name(self, module: object, name: object) -> None:
        need(type(module) is str and type(name) is str)
        full = f"{module}.{name}"
        if full not in NAMES:
            raise ModelFileError(f"refused: it names {ascii(full[:60])[1:-1]}, a list of matrices needs NumPy's arrays")
        self.push(Name(NAMES[full]))

    def pop_name(self) -> None:
        name, module = self.pop(), self.pop()
        self.push_name(module, name)

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        self.push(called(function, arguments, self.encode))

    def build(self) -> None:
        state = self.pop()
        build(self.top(), state, self.encode)

    def encode(self, text: str) -> bytes:
        self.encoded += len(text)
        if self.encoded > self.size:
            raise ModelFileError("refused: one text many times over")
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            raise ModelFileError("damaged: text in the place of bytes") from None


def _python_2_string(line: bytes) -> str:
    """The bytes in a quoted line of protocol 0, as Latin-1 text. Raises ValueError."""
    quoted = line.removesuffix(b"\n")
    if len(quoted) < 2 or quoted[:1] not in (b"'", b'"') or quoted[-1:] != quoted[:1] or not line.endswith(b"\n"):
        raise ValueError("no quoted string")
    return codecs.escape_decode(quoted[1:-1])[0].decode("latin-1")


def need(in_order: bool) -> None:
    if not in_order:
        raise ModelFileError("damaged: its values are out of order")


Handler = Callable[[_Machine, Any], None]
PUSHED = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "STRING", "SHORT_BINSTRING", "BINSTRING", "UNICODE"),
    *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)

ALLOWED: dict[str, Handler] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(PUSHED, _Machine.push),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.push(_MARK),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "LIST": lambda machine, _: machine.push(machine.pop_to_mark()),
    "DICT": lambda machine, _: machine.push_dict(machine.pop_to_mark()),
    "TUPLE": lambda machine, _: machine.push_tuple(machine.pop_to_mark()),
    "TUPLE1": lambda machine, _: machine.pop_tuple(1),
    "TUPLE2": lambda machine, _: machine.pop_tuple(2),
    "TUPLE3": lambda machine, _: machine.pop_tuple(3),
    "APPEND": lambda machine, _: machine.extend([machine.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_to_mark()),
    "SETITEM": lambda machine, _: machine.set_item(),
    "SETITEMS": lambda machine, _: machine.update(machine.pop_to_mark()),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    "GLOBAL": lambda machine, words: machine.push_name(*words.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.pop_name(),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.build(),
}
