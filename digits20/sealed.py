"""Sealed files: a pickle, or JSON, of plain values with a checksum. What model files and checkpoints have in common."""

from __future__ import annotations

import contextlib
import pickle
import platform
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from . import plain_json, safe_pickle
from .atomic import StrPath, shown
from .errors import Digits20Error, ModelFileError
from .plain import digest, require, require_dict, require_keys, short
from .regular_file import opened, unpacked


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
    """The payload with its `sha256` over everything else: proves that it is whole, not who wrote it."""
    rest = {key: value for key, value in payload.items() if key != "sha256"}
    return rest | {"sha256": digest(rest)}


def versions() -> dict[str, str]:
    """What made a file; no time stamp, so that the same content gives the same bytes."""
    import digits20  # not above: the package itself imports this module

    return {"digits20": digits20.__version__, "python": platform.python_version(), "numpy": np.__version__}


def dumps(payload: dict[str, Any]) -> bytes:
    """The bytes of the file. Raises ModelFileError for what `read` would refuse."""
    data = pickle.dumps(payload, protocol=4)
    safe_pickle.examine(data)
    return data


def read(path: StrPath, kind: str, max_size: int) -> Any:
    """The plain values in that file, which may come from a stranger: nothing in it runs.

    kind: "model" or "checkpoint", for messages. max_size: bytes, unpacked where it is a gzip file.
    Raises Digits20Error, what was seen without the path.
    """
    with opened(path, f"{kind} file") as file:
        data = unpacked(file, max_size)
    return plain_json.loads(data) if plain_json.is_json(data) else safe_pickle.loads(data, kind)


def check(payload: Any, form: str, version: int, keys: tuple[str, ...]) -> None:
    """Raise ModelFileError where that is not of this format ("digits20-model") and version, or not as it was written.

    keys: all that it must have, among them format, version, made_with and sha256.
    """
    kind = form.removeprefix("digits20-")
    require_dict(payload, f"the {kind}")
    found, written = payload.get("format"), payload.get("version")
    require(type(found) is str and found == form, f"not a digits20 {kind}: its format is {short(found)}")
    require(type(written) is int, f"version: {short(written)}, expected {version}")
    require(written <= version, f"written by a newer digits20: version {short(written)}, this one reads {version}")
    require(written == version, f"version: {short(written)}, expected {version}")
    require_keys(payload, keys, f"the {kind}")
    whole = payload["sha256"] == digest({key: value for key, value in payload.items() if key != "sha256"})
    require(whole, "changed or damaged since it was written: its checksum does not match")
    require_dict(payload["made_with"], "made_with")
    require(all(type(value) is str for value in payload["made_with"].values()), "made_with: a version is not text")
