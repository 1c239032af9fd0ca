"""Plain values out of a stranger's pickle: every opcode is examined before any of them runs.

Allowed is what `pickle.dumps` writes for dicts with text keys, lists, text, bytes, numbers, booleans and None.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ModelFileError

PROTOCOLS = (4, 5)
MAX_OPCODES = 1_000_000  # about two seconds of examining
MAX_CONTAINERS = 10_000  # an empty list takes one byte to ask for and a hundred to make
MAX_DEPTH = 5  # containers within containers, the outermost included
MAX_TEXT = 2**22  # bytes of text in all, counted again wherever the memo repeats it
MAX_INT_BITS = 128

# opcodes that begin with a length, and how many bytes tell it
LENGTHS = {
    "FRAME": 8,
    "SHORT_BINUNICODE": 1,
    "BINUNICODE": 4,
    "BINUNICODE8": 8,
    "SHORT_BINBYTES": 1,
    "BINBYTES": 4,
    "BINBYTES8": 8,
}
NAMES = {opcode.code: opcode.name for opcode in pickletools.opcodes}
TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}


def loads(data: bytes, kind: str = "model") -> Any:
    """The dict in that pickle, from the file of a `kind`.

    Raises ModelFileError, which says what was seen, for any pickle that holds more.
    """
    examine(data, kind)
    try:
        return pickle.loads(data)
    except Exception as error:  # nothing known comes here: the last net
        raise ModelFileError(f"damaged: {type(error).__name__} while unpickling") from None


def examine(data: bytes, kind: str = "model") -> None:
    """Follow the pickle by kinds of values, running nothing. Raises ModelFileError.

    What it has let pass is one dict, whole, with text keys that do not repeat, no deeper than MAX_DEPTH; no container
    in it occurs twice; and it makes nothing that is much larger than the pickle itself.
    """
    _check_start(data, kind)
    stream = io.BytesIO(data)  # in memory: a length past the end cannot make genops allocate
    steps = pickletools.genops(stream)
    next(steps)  # PROTO
    machine = _Machine(kind)
    for _ in range(MAX_OPCODES):
        name = _name_ahead(data, stream.tell(), machine)
        try:
            _, argument, _ = next(steps)
        except UnicodeDecodeError:
            raise ModelFileError("damaged: holds text that is not UTF-8") from None
        except ValueError:
            raise ModelFileError("truncated") from None
        if name == "STOP":
            machine.stop()
            if rest := len(data) - stream.tell():
                raise ModelFileError(f"refused: {rest} bytes after its end")
            return
        ALLOWED[name](machine, argument)
    raise ModelFileError(f"refused: more than {MAX_OPCODES} values")


def _check_start(data: bytes, kind: str) -> None:
    if not data:
        raise ModelFileError(f"empty, not a digits20 {kind}")
    if data[:1] != pickle.PROTO:
        raise ModelFileError(f"not a digits20 {kind}: it begins with {data[:8]!r}")
    if len(data) < 2:
        raise ModelFileError("truncated")
    if data[1] not in PROTOCOLS:
        raise ModelFileError(f"not a digits20 {kind}: a pickle of protocol {data[1]}, expected {PROTOCOLS[0]}")


def _name_ahead(data: bytes, position: int, machine: _Machine) -> str:
    """The opcode there, refused before its argument is read."""
    if position >= len(data):
        raise ModelFileError("truncated")
    name = NAMES.get(chr(data[position]))
    if name is None:
        raise ModelFileError(f"damaged: no pickle from byte {position} on")
    if name not in ALLOWED:
        raise ModelFileError(f"refused: it {_what_it_does(name, data, position, machine)}")
    if name in LENGTHS:
        start = position + 1 + LENGTHS[name]
        length = int.from_bytes(data[position + 1 : start], "little")
        if length > len(data) - start:
            raise ModelFileError("truncated")
        if name in TEXTS:
            machine.count_text(length)
    return name


def _what_it_does(name: str, data: bytes, position: int, machine: _Machine) -> str:
    if name in ("GLOBAL", "INST"):
        words: list[Any] = data[position + 1 : position + 200].decode("latin-1").split("\n")[:2]
    elif name == "STACK_GLOBAL":
        words = machine.stack[-2:]
    else:
        return f"holds {name} at byte {position}, a {machine.kind} file holds plain values only"
    named = ".".join(word for word in words if isinstance(word, str))
    return f"names {ascii(named[:60])[1:-1] or 'a class'}, a {machine.kind} file holds no code"


@dataclass(slots=True, eq=False)
class _Container:
    """A dict with its keys so far, or a list; height: how deep the containers in it go, itself included."""

    is_dict: bool
    keys: set[str] = field(default_factory=set)
    height: int = 1


_SCALAR, _MARK = object(), object()


class _Machine:
    """The unpickler's stack and memo with kinds in the place of values; only texts are kept, for keys and names."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: list[object] = []
        self.containers = 0
        self.text = 0

    def count_text(self, length: int) -> None:
        self.text += length
        if self.text > MAX_TEXT:
            raise ModelFileError(f"refused: more than {MAX_TEXT} bytes of text")

    def frame(self, length: int) -> None:
        pass

    def scalar(self, value: object) -> None:
        self.stack.append(_SCALAR)

    def whole(self, value: int) -> None:
        if value.bit_length() > MAX_INT_BITS:
            raise ModelFileError(f"refused: an integer of {value.bit_length()} bits")
        self.stack.append(_SCALAR)

    def string(self, value: str) -> None:
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise ModelFileError("refused: it holds half a character (a lone surrogate)")
        self.stack.append(value)

    def new_dict(self, _: None) -> None:
        self._open(_Container(is_dict=True))

    def new_list(self, _: None) -> None:
        self._open(_Container(is_dict=False))

    def _open(self, container: _Container) -> None:
        self.containers += 1
        if self.containers > MAX_CONTAINERS:
            raise ModelFileError(f"refused: more than {MAX_CONTAINERS} lists and dicts")
        self.stack.append(container)

    def memoize(self, _: None) -> None:
        self._need(bool(self.stack) and self.stack[-1] is not _MARK)
        self.memo.append(self.stack[-1])

    def get(self, index: int) -> None:
        """Text only: a container fetched twice could hold itself, or unfold to billions."""
        text = self.memo[index] if index < len(self.memo) else None
        if not isinstance(text, str):
            raise ModelFileError("refused: a value in it occurs in two places")
        self.count_text(len(text))
        self.stack.append(text)

    def mark(self, _: None) -> None:
        self.marks.append(len(self.stack))
        self.stack.append(_MARK)

    def append(self, _: None) -> None:
        self._extend([self._pop()])

    def appends(self, _: None) -> None:
        self._extend(self._pop_to_mark())

    def set_item(self, _: None) -> None:
        value = self._pop()
        self._update([self._pop(), value])

    def set_items(self, _: None) -> None:
        self._update(self._pop_to_mark())

    def stop(self) -> None:
        self._need(len(self.stack) == 1)
        if not isinstance(self.stack[0], _Container) or not self.stack[0].is_dict:
            raise ModelFileError(f"not a digits20 {self.kind}: a pickle, but not of a dict")

    def _extend(self, items: list[object]) -> None:
        container = self._container()
        self._need(not container.is_dict)
        self._take(container, items)

    def _update(self, items: list[object]) -> None:
        container = self._container()
        self._need(container.is_dict and len(items) % 2 == 0)
        for key in items[::2]:
            if not isinstance(key, str):
                raise ModelFileError("refused: a key in it is not text")
            if key in container.keys:
                raise ModelFileError(f"refused: the key {key[:30]!a} occurs twice")
            container.keys.add(key)
        self._take(container, items[1::2])

    def _take(self, container: _Container, items: list[object]) -> None:
        tallest = max((item.height for item in items if isinstance(item, _Container)), default=0)
        container.height = max(container.height, 1 + tallest)
        if container.height > MAX_DEPTH:
            raise ModelFileError(f"refused: nested more than {MAX_DEPTH} deep")

    def _container(self) -> _Container:
        top = self.stack[-1] if self.stack else None
        if isinstance(top, _Container):
            return top
        raise ModelFileError("damaged: its values are out of order")

    def _pop(self) -> object:
        self._need(bool(self.stack) and self.stack[-1] is not _MARK)
        return self.stack.pop()

    def _pop_to_mark(self) -> list[object]:
        self._need(bool(self.marks))
        mark = self.marks.pop()
        items = self.stack[mark + 1 :]
        del self.stack[mark:]
        return items

    @staticmethod
    def _need(in_order: bool) -> None:
        if not in_order:
            raise ModelFileError("damaged: its values are out of order")


ALLOWED: dict[str, Callable[[_Machine, Any], None]] = {
    "FRAME": _Machine.frame,
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "BINFLOAT", "NEWTRUE", "NEWFALSE", "NONE"), _Machine.scalar),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"), _Machine.scalar),
    **dict.fromkeys(TEXTS, _Machine.string),
    "LONG1": _Machine.whole,
    "EMPTY_DICT": _Machine.new_dict,
    "EMPTY_LIST": _Machine.new_list,
    "MEMOIZE": _Machine.memoize,
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.get),
    "MARK": _Machine.mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "STOP": lambda machine, _: machine.stop(),
}
