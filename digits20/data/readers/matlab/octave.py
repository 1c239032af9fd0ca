"""Reads the numeric variables of Octave's text format, which its `save` writes unless told otherwise."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import Digits20Error

START = re.compile(rb"# Created by Octave|(?:#[ \r]*\n){0,3}# name: \S{1,63}[ \r]*\n# type: ")
NAME = re.compile(rb"^# name: (\S{1,63})[ \r]*\n# type: ([a-z0-9 ]{1,40}?)[ \r]*\n", re.MULTILINE)
FIELD = re.compile(rb"# (rows|columns|ndims): (\d{1,12})[ \r]*\n")
LINE = re.compile(rb"[^\n]*\n?")
KINDS = re.compile(r"(u?int(8|16|32|64) |float |bool )?(matrix|scalar)|bool")
NOT_NUMBERS = re.compile(rb"[^0-9+\-.eE \t\r\n]")
MAX_VARIABLES = 1000


@dataclass(frozen=True)
class Variable:
    """kind: Octave's type. body: what follows the line that tells it, up to the next variable."""

    kind: str
    body: bytes


def is_octave(data: bytes) -> bool:
    """Whether it begins as Octave's text files do."""
    return START.match(data) is not None


def variables(data: bytes) -> dict[str, Variable]:
    """What the file holds, by name. Raises Digits20Error, what was seen."""
    marks = list(_marks(data))
    if len(marks) > MAX_VARIABLES:
        raise Digits20Error(f"more than {MAX_VARIABLES} variables")
    ends = [mark.start() for mark in marks[1:]] + [len(data)]
    found = {
        mark[1].decode("ascii", "replace"): Variable(mark[2].decode(), data[mark.end() : end])
        for mark, end in zip(marks, ends, strict=False)
    }
    if len(found) < len(marks):
        raise Digits20Error("holds two variables of one name")
    return found


def _marks(data: bytes) -> Iterator[re.Match[bytes]]:
    for count, mark in enumerate(NAME.finditer(data)):
        if count > MAX_VARIABLES:
            return
        yield mark


def array(variable: Variable, name: str, require_size: Callable[[int], None]) -> npt.NDArray[Any]:
    """The numbers of a variable, called `name` in messages. require_size: refuses more numbers than it allows.

    Raises Digits20Error, what was seen.
    """
    if not KINDS.fullmatch(variable.kind):
        raise Digits20Error(f"{name} is of Octave's type {variable.kind}, expected numbers")
    shape, body, by_column = _shape(variable, name)
    require_size(math.prod(max(side, 1) for side in shape))
    if strange := NOT_NUMBERS.search(body):
        raise Digits20Error(f"{name} holds {strange[0]!a}, expected numbers")
    cells = body.split()
    if len(cells) != math.prod(shape):
        raise Digits20Error(f"{name} promises {'×'.join(map(str, shape))} numbers, has {len(cells)}")
    try:
        numbers = np.array([float(cell) for cell in cells])
    except ValueError:
        raise Digits20Error(f"{name} holds what is no number") from None
    return numbers.reshape(shape, order="F" if by_column else "C")


def _shape(variable: Variable, name: str) -> tuple[tuple[int, ...], bytes, bool]:
    """The shape that a variable promises, the text of its numbers, and whether these go down the columns first."""
    body, fields = variable.body, {}
    while match := FIELD.match(body):
        fields[match[1]], body = int(match[2]), body[match.end() :]
    if "matrix" not in variable.kind:
        return (1, 1), body, False
    if fields.keys() == {b"rows", b"columns"}:
        return (fields[b"rows"], fields[b"columns"]), body, False
    line = LINE.match(body)
    sizes = line[0].split() if line else []
    possible = 1 < len(sizes) < 9 and len(sizes) == fields.get(b"ndims")
    if not possible or not all(size.isdigit() and len(size) < 13 for size in sizes) or line is None:
        raise Digits20Error(f"{name} has no possible size")
    return tuple(int(size) for size in sizes), body[line.end() :], True
