"""Plain values as JSON, read strictly: counted before they are made, and nothing in them that JSON does not know.

An array, {"dtype": "<f4", "shape": [25, 401], "data": bytes}, has the base64 of its bytes as its data here.
"""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any

from ..errors import ModelFileError

MAX_SIZE = 128 * 2**20  # bytes
MAX_VALUES = 4_000_000  # about three seconds of reading
MAX_TEXTS = MAX_CONTAINERS = 100_000
MAX_DEPTH = 5  # lists and objects within one another, the outermost included
MAX_DIGITS = 40  # of an integer
ARRAY = {"dtype", "shape", "data"}
# a text that does not close counts to the end, or each quotation mark in it would be tried for another beginning
STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def is_json(data: bytes) -> bool:
    """Whether it begins as JSON of a list or an object does."""
    return data[:100].lstrip()[:1] in (b"{", b"[")


def dumps(value: Any) -> bytes:
    """The JSON of plain values, UTF-8. Raises ModelFileError for text that is none."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, default=_base64)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        raise ModelFileError("holds half a character (a lone surrogate)") from None


def _base64(value: object) -> str:
    if type(value) is not bytes:
        raise ModelFileError(f"holds a {type(value).__name__}, which JSON cannot")
    return base64.b64encode(value).decode("ascii")


def loads(data: bytes) -> Any:
    """The plain values in that JSON.

    Raises ModelFileError, what was seen, also for what Python's own reader would let pass: a key twice, NaN, Infinity,
    1e999, and more or deeper values than any model has.
    """
    _examine(data)
    try:
        return json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise ModelFileError("damaged: holds text that is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ModelFileError(f"damaged: no JSON at line {error.lineno} column {error.colno}") from None


def _examine(data: bytes) -> None:
    """Refuse what is too much to read; nothing is made of the values yet."""
    if len(data) > MAX_SIZE:
        raise ModelFileError(f"refused: {len(data)} bytes of JSON, more than {MAX_SIZE}")
    if data.count(b",") > MAX_VALUES:
        raise ModelFileError(f"refused: more than {MAX_VALUES} values")
    if data.count(b'"') > 2 * MAX_TEXTS:
        raise ModelFileError(f"refused: more than {MAX_TEXTS} texts")
    if SURROGATE.search(data):
        raise ModelFileError("refused: it holds half a character (a surrogate)")
    depth = containers = 0
    for match in STRING_OR_BRACKET.finditer(data):
        first = data[match.start()]
        if first in b"[{":
            depth, containers = depth + 1, containers + 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise ModelFileError(f"refused: nested more than {MAX_DEPTH} deep")
        if containers > MAX_CONTAINERS or depth < 0:
            raise ModelFileError(f"refused: more than {MAX_CONTAINERS} lists and objects, or one that never opened")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ModelFileError(f"refused: the key {key[:30]!a} occurs twice")
        found[key] = value
    if found.keys() == ARRAY and type(found["data"]) is str:
        try:
            found["data"] = base64.b64decode(found["data"], validate=True)
        except ValueError:
            raise ModelFileError("damaged: the data of an array is not base64") from None
    return found


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ModelFileError(f"refused: {text[:30]} is not a finite number")
    return value


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ModelFileError(f"refused: an integer of {len(text)} digits")
    return int(text)


def _refuse_constant(text: str) -> Any:
    raise ModelFileError(f"refused: it holds {text}, which JSON does not know")
