"""What model files and checkpoints have in common: plain values under a checksum, as a pickle or as JSON."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import pickle
import platform
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Digits20Error, ModelFileError, shown
from ..system import safe_pickle
from ..system.untrusted import open_regular, read_unpacked
from ..system.version import __version__
from ..types import StrPath
from . import strict_json


@contextlib.contextmanager
def naming(path: StrPath) -> Iterator[None]:
    """Put the file before what was seen in it."""
    try:
        yield
    except Digits20Error as error:
        raise ModelFileError(f"{shown(path)}: {error}") from None
    except MemoryError:
        raise ModelFileError(f"{shown(path)}: not enough memory for what it holds") from None


def seal(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with its `sha256` over everything else, which proves that it is complete, not who wrote it."""
    rest = {key: value for key, value in payload.items() if key != "sha256"}
    return rest | {"sha256": digest(rest)}


def versions() -> dict[str, str]:
    """What made a file; no time stamp, so that the same content gives the same bytes."""
    return {"digits20": __version__, "python": platform.python_version(), "numpy": np.__version__}


def dumps(payload: dict[str, Any]) -> bytes:
    """The bytes of the file. Raises ModelFileError for what `read` would refuse."""
    data = pickle.dumps(payload, protocol=4)
    safe_pickle.loads(data)
    return data


def read(path: StrPath, kind: str, max_size: int) -> Any:
    """The plain values in that file, which may be untrusted: nothing in it runs.

    kind: "model" or "checkpoint", for messages. max_size: bytes, unpacked where it is a gzip file.
    Raises Digits20Error, what was seen without the path.
    """
    with open_regular(path, f"{kind} file") as file:
        data = read_unpacked(file, max_size)
    return strict_json.loads(data) if strict_json.is_json(data) else safe_pickle.loads(data, kind)


def check(payload: Any, form: str, version: int, keys: tuple[str, ...]) -> None:
    """Raise ModelFileError where that is not of this format ("digits20-model") and version, or not as it was written.

    keys: all that it must have, among them format, version, made_with and sha256.
    """
    kind = form.removeprefix("digits20-")
    require_dict(payload, f"the {kind}")
    found, written = payload.get("format"), payload.get("version")
    require(type(found) is str and found == form, f"not a digits20 {kind}: its format is {preview(found)}")
    require(type(written) is int, f"version: {preview(written)}, expected {version}")
    require(written <= version, f"written by a newer digits20: version {preview(written)}, this one reads {version}")
    require(written == version, f"version: {preview(written)}, expected {version}")
    require_keys(payload, keys, f"the {kind}")
    whole = payload["sha256"] == digest({key: value for key, value in payload.items() if key != "sha256"})
    require(whole, "changed or damaged since it was written: its checksum does not match")
    require_dict(payload["made_with"], "made_with")
    require(all(type(value) is str for value in payload["made_with"].values()), "made_with: a version is not text")


DTYPES = {"<f4": 4, "<f8": 8}  # bytes per number
MAX_INT = 2**128  # room for a seed of numpy's own making

Numbers = npt.NDArray[np.floating[Any]]


def builtin_values(value: object, name: str, texts: dict[str, str]) -> Any:
    """A copy with lists for tuples and arrays, Python's numbers for NumPy's and text for paths.

    Containers are copied and equal texts become one object, by way of `texts`: pickle writes a repeated object as a
    reference, so that its bytes would otherwise tell how the value came about. Raises for anything else.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if value is None or type(value) in (bool, int, float, bytes):
        return value
    if isinstance(value, str):
        return texts.setdefault(str(value), str(value))
    if isinstance(value, list | tuple):
        return [builtin_values(item, name, texts) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {builtin_values(key, name, texts): builtin_values(item, name, texts) for key, item in value.items()}
    raise ModelFileError(f"{name} holds a {type(value).__name__}, which a model file cannot")


def pack(array: Numbers) -> dict[str, Any]:
    """The array as dtype, shape and bytes; as float32 where that changes no number. Raises where one is not finite."""
    if not np.isfinite(array).all():
        raise ModelFileError("a weight is not a finite number")
    with np.errstate(all="ignore"):  # what overflows is kept as float64
        single = array.astype("<f4")
        exact = bool((single == array).all())
    stored = single if exact else array.astype("<f8")
    return {"dtype": stored.dtype.str, "shape": list(stored.shape), "data": stored.tobytes()}


def unpack(packed: Any, shape: tuple[int, ...], name: str) -> Numbers:
    """The numbers of a packed array of that shape, flat, read-only, without a copy."""
    require_keys(packed, ("dtype", "shape", "data"), name)
    dtype, found, data = packed["dtype"], packed["shape"], packed["data"]
    require(type(dtype) is str and dtype in DTYPES, f"{name} has dtype {preview(dtype)}, expected '<f4' or '<f8'")
    require_list(found, f"the shape of {name}")
    right = all(type(size) is int for size in found) and tuple(found) == shape
    require(right, f"{name} has shape {preview_list(found)}, expected {list(shape)}")
    require(type(data) is bytes, f"the data of {name} is {preview(data)}, expected bytes")
    expected = math.prod(shape) * DTYPES[dtype]
    require(len(data) == expected, f"{name} has {len(data)} bytes, expected {expected}")
    return np.frombuffer(data, dtype)


def digest(payload: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the JSON with sorted keys, in which the SHA-256 of bytes stands for them."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=_digest_of_bytes)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _digest_of_bytes(value: object) -> dict[str, str]:
    if type(value) is not bytes:
        raise ModelFileError(f"holds a {type(value).__name__}")
    return {"sha256": hashlib.sha256(value).hexdigest()}


def require(condition: bool, seen: str) -> None:
    if not condition:
        raise ModelFileError(seen)


def require_dict(value: Any, name: str) -> None:
    require(type(value) is dict, f"{name}: {preview(value)}, expected a dict")
    require(all(type(key) is str for key in value), f"{name}: a key is not text")


def require_keys(value: Any, keys: tuple[str, ...], name: str) -> None:
    """Exactly these keys."""
    require_dict(value, name)
    for key in keys:
        require(key in value, f"{name}: lacks {key!r}")
    for key in value:
        require(key in keys, f"{name}: unknown key {preview(key)}")


def require_list(value: Any, name: str) -> None:
    require(type(value) is list, f"{name}: {preview(value)}, expected a list")


def require_number(value: Any, name: str) -> None:
    require(is_number(value), f"{name}: {preview(value)}, expected a finite number")


def require_numbers(value: Any, name: str) -> None:
    require_list(value, name)
    for index, item in enumerate(value):
        if not is_number(item):
            raise ModelFileError(f"{name}: number {index} is {preview(item)}, expected a finite number")


def is_number(value: Any) -> bool:
    """A finite int or float; True is no number."""
    return is_whole(value) or (type(value) is float and math.isfinite(value))


def is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < MAX_INT


def preview(value: Any) -> str:
    """The value as an error message shows it: one line, a few characters."""
    if type(value) is str:
        return ascii(value[:30]) + ("…" if len(value) > 30 else "")
    if value is None or type(value) in (bool, float) or is_whole(value):
        return repr(value)
    return f"a {type(value).__name__}"


def preview_list(values: list[Any]) -> str:
    return "[" + ", ".join(preview(value) for value in values[:4]) + (", …]" if len(values) > 4 else "]")
