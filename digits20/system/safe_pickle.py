"""Reads a pickle without unpickling it: a small interpreter of the opcodes that plain values need.

Plain values are what `pickle.dumps` writes for dicts with text keys, lists, text, bytes, numbers, booleans and None.
`numpy_pickle` adds NumPy's arrays. Nothing that a pickle names is ever imported or called.
"""

from __future__ import annotations

import codecs
import io
import pickle
import pickletools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import ModelFileError

PROTOCOLS = (4, 5)
MAX_OPCODES = 1_000_000  # takes about two seconds
MAX_CONTAINERS = 10_000  # an empty list is one byte in the file and a hundred in memory
MAX_DEPTH = 5  # containers within containers, the outermost included
MAX_TEXT = 2**22  # characters of text in all, counted again wherever the memo repeats it
MAX_INT_BITS = 128

OPCODES: dict[str, Any] = {opcode.code: opcode for opcode in pickletools.opcodes}

Kind = TypeVar("Kind", list[Any], dict[str, Any])


def loads(data: bytes, kind: str = "model") -> dict[str, Any]:
    """The dict in that pickle, from the file of a `kind`, whose name messages use.

    No container in it occurs twice, and it is not much larger in memory than the pickle itself.
    Raises ModelFileError, which says what was seen, for any pickle that holds anything else.
    """
    if not data:
        raise ModelFileError(f"empty, not a digits20 {kind}")
    if data[:1] != pickle.PROTO:
        raise ModelFileError(f"not a digits20 {kind}: it begins with {data[:8]!r}")
    if len(data) < 2:
        raise ModelFileError("truncated")
    if data[1] not in PROTOCOLS:
        raise ModelFileError(f"not a digits20 {kind}: a pickle of protocol {data[1]}, expected {PROTOCOLS[0]}")
    value = Machine(data, Grammar(PLAIN, f"a {kind} file holds plain values only"), start=2).run()
    if type(value) is not dict:
        raise ModelFileError(f"not a digits20 {kind}: a pickle, but not of a dict")
    return value


@dataclass(frozen=True)
class Grammar:
    """What a pickle may hold.

    opcodes: by name, what each allowed opcode does. only: ends the refusal of anything else.
    names: what each allowed class or function, "module.name", stands for. shareable: the types of values that may
    occur in more than one place.
    """

    opcodes: Mapping[str, Handler]
    only: str
    names: Mapping[str, object] = field(default_factory=dict)
    shareable: tuple[type, ...] = (str,)  # a container that occurs twice could hold itself, or unfold to billions
    max_opcodes: int = MAX_OPCODES
    max_text: int = MAX_TEXT


class Machine:
    """The stack and the memo of an unpickler, which makes plain values and what `grammar` says, and nothing else."""

    def __init__(self, data: bytes, grammar: Grammar, start: int = 0) -> None:
        self.grammar, self.size = grammar, len(data)
        self.stream = io.BytesIO(data)  # in memory: a length past the end cannot make a reader allocate
        self.stream.seek(start)
        self.stack: list[Any] = []  # above the last mark
        self.below: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        self.containers = self.text = 0

    def run(self) -> object:
        """What the pickle holds, once all of it is read."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unknown escapes in old strings
            for _ in range(self.grammar.max_opcodes):
                name, argument = self._next()
                if name == "STOP":
                    return self._end()
                self.grammar.opcodes[name](self, argument)
        raise ModelFileError(f"refused: more than {self.grammar.max_opcodes} opcodes")

    def _next(self) -> tuple[str, Any]:
        """The next opcode's name and argument; refused before its argument is read."""
        at, code = self.stream.tell(), self.stream.read(1)
        if not code:
            raise ModelFileError("truncated")
        opcode = OPCODES.get(code.decode("latin-1"))
        if opcode is None:
            raise ModelFileError(f"damaged: byte {at} is not a pickle's")
        if opcode.name != "STOP" and opcode.name not in self.grammar.opcodes:
            raise ModelFileError(f"refused: it holds {opcode.name} at byte {at}, {self.grammar.only}")
        try:
            if opcode.name == "STRING":
                return opcode.name, _python_2_string(self.stream.readline())
            return opcode.name, opcode.arg.reader(self.stream) if opcode.arg else None
        except UnicodeDecodeError:
            raise ModelFileError("damaged: holds text that is not UTF-8") from None
        except (ValueError, EOFError):
            raise ModelFileError(f"truncated or damaged: {opcode.name} at byte {at} does not end") from None

    def _end(self) -> object:
        if rest := self.size - self.stream.tell():
            raise ModelFileError(f"refused: {rest} bytes after its end")
        need(len(self.stack) == 1 and not self.below)
        level = self.stack
        for _ in range(MAX_DEPTH + 1):
            level = [item for container in level for item in _items(container)]
        if level:
            raise ModelFileError(f"refused: nested more than {MAX_DEPTH} deep")
        return self.stack[0]

    def frame(self, length: int) -> None:
        if length > self.size - self.stream.tell():
            raise ModelFileError("truncated")

    def push(self, value: object) -> None:
        self.stack.append(value)

    def push_int(self, value: int) -> None:
        if value.bit_length() > MAX_INT_BITS:
            raise ModelFileError(f"refused: an integer of {value.bit_length()} bits")
        self.push(value)

    def push_text(self, text: str) -> None:
        if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            raise ModelFileError("refused: it holds half a character (a lone surrogate)")
        self.text += len(text)
        if self.text > self.grammar.max_text:
            raise ModelFileError(f"refused: more than {self.grammar.max_text} characters of text")
        self.push(text)

    def push_new(self, container: list[Any] | dict[str, Any]) -> None:
        self.containers += 1
        if self.containers > MAX_CONTAINERS:
            raise ModelFileError(f"refused: more than {MAX_CONTAINERS} lists and dicts")
        self.push(container)

    def push_named(self, module: object, name: object) -> None:
        need(type(module) is str and type(name) is str)
        full = f"{module}.{name}"
        if full not in self.grammar.names:
            raise ModelFileError(f"refused: it names {ascii(full[:60])[1:-1]}, {self.grammar.only}")
        self.push(self.grammar.names[full])

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def pop_to_mark(self) -> list[Any]:
        need(bool(self.below))
        items, self.stack = self.stack, self.below.pop()
        return items

    def pop_last(self, count: int) -> list[Any]:
        need(len(self.stack) >= count)
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def put(self, index: int) -> None:
        need(bool(self.stack) and 0 <= index <= self.grammar.max_opcodes)
        self.memo[index] = self.stack[-1]

    def get(self, index: int) -> None:
        need(index in self.memo)
        value = self.memo[index]
        if not isinstance(value, self.grammar.shareable):
            raise ModelFileError("refused: a value in it occurs in two places")
        if isinstance(value, str):
            self.push_text(value)
        else:
            self.push(value)

    def extend(self, items: list[Any]) -> None:
        self._top(list).extend(items)

    def update(self, items: list[Any]) -> None:
        entries = self._top(dict)
        need(len(items) % 2 == 0)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is not str:
                raise ModelFileError("refused: a key in it is not text")
            if key in entries:
                raise ModelFileError(f"refused: the key {key[:30]!a} occurs twice")
            entries[key] = value

    def _top(self, kind: type[Kind]) -> Kind:
        need(bool(self.stack) and type(self.stack[-1]) is kind)
        top: Kind = self.stack[-1]
        return top


def need(in_order: bool) -> None:
    """Raise ModelFileError where the opcodes are not in an order that any pickle has."""
    if not in_order:
        raise ModelFileError("damaged: its values are out of order")


def _items(value: object) -> list[Any]:
    """What a container holds."""
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list | tuple) else []


def _python_2_string(line: bytes) -> str:
    """The bytes in a quoted line of protocol 0, as Latin-1 text. Raises ValueError."""
    quoted = line.removesuffix(b"\n")
    if len(quoted) < 2 or quoted[:1] not in (b"'", b'"') or quoted[-1:] != quoted[:1] or not line.endswith(b"\n"):
        raise ValueError("no quoted string")
    return codecs.escape_decode(quoted[1:-1])[0].decode("latin-1")


Handler = Callable[[Machine, Any], None]

# each opcode of plain values, and what it does; GLOBAL and STACK_GLOBAL, so that a refusal tells the name
PLAIN: dict[str, Handler] = {
    "FRAME": Machine.frame,
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "BINFLOAT"), Machine.push),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"), Machine.push),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), Machine.push_text),
    "LONG1": Machine.push_int,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_LIST": lambda machine, _: machine.push_new([]),
    "EMPTY_DICT": lambda machine, _: machine.push_new({}),
    "MARK": lambda machine, _: machine.mark(),
    "APPEND": lambda machine, _: machine.extend(machine.pop_last(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_to_mark()),
    "SETITEM": lambda machine, _: machine.update(machine.pop_last(2)),
    "SETITEMS": lambda machine, _: machine.update(machine.pop_to_mark()),
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), Machine.get),
    "GLOBAL": lambda machine, words: machine.push_named(*words.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.push_named(*machine.pop_last(2)),
}
