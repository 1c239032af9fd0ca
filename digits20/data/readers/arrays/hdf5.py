"""Reads arrays out of HDF5 files, MATLAB's 7.3 among them, with h5py in a process of its own.

The HDF5 library was not made for damaged files; where one crashes it, that process dies and the file is refused.
"""

from __future__ import annotations

import importlib.util
import io
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import Digits20Error

MAGIC = b"\x89HDF\r\n\x1a\n"
MATLAB_HEADER = 512  # bytes that MATLAB 7.3 puts before it
MATLAB = b"MATLAB 7.3"
SECONDS = 120
MAX_LISTING = 2**20
NUMBERS = "buif"
Choose = Callable[[list[str]], list[str]]


def is_hdf5(data: bytes) -> bool:
    """Whether it is an HDF5 file, MATLAB's 7.3 included."""
    return data.startswith(MAGIC) or is_matlab_73(data)


def is_matlab_73(data: bytes) -> bool:
    """Whether it is a MATLAB 7.3 file: an HDF5 file behind MATLAB's own header."""
    return data.startswith(MATLAB)


def read(
    data: bytes, choose: Choose, require_size: Callable[[str, int], None], max_size: int
) -> list[tuple[str, npt.NDArray[Any]]]:
    """The arrays that `choose` picks from the names, each with its name. require_size: (name, numbers) that refuses.

    MATLAB's arrays come with their dimensions in MATLAB's order. Raises Digits20Error, what was seen.
    """
    what = "a MATLAB 7.3 file" if is_matlab_73(data) else "an HDF5 file"
    if importlib.util.find_spec("h5py") is None:
        advice = "save it with: save -v7, or pip install h5py" if is_matlab_73(data) else "pip install h5py"
        raise Digits20Error(f"{what}, which needs h5py: {advice}")
    with tempfile.TemporaryDirectory(prefix="digits20-") as folder:
        path = Path(folder) / "file.h5"
        path.write_bytes(data)
        shapes = _listing(_answer(what, path, max_size))
        chosen = choose(list(shapes))
        for name in chosen:
            kind, shape = shapes[name]
            if kind not in NUMBERS:
                raise Digits20Error(f"{name[:40]!a} holds no numbers")
            require_size(name, math.prod(max(side, 1) for side in shape))
        answer = _answer(what, path, max_size, *chosen)
    try:
        with np.load(io.BytesIO(answer), allow_pickle=False) as archive:
            arrays = [archive[f"a{place}"] for place in range(len(chosen))]
    except (ValueError, KeyError, OSError, EOFError):
        raise Digits20Error(f"{what}, damaged or truncated") from None
    return [(name, a.T if is_matlab_73(data) else a) for name, a in zip(chosen, arrays, strict=True)]


def _answer(what: str, path: Path, max_size: int, *names: str) -> bytes:
    child = Path(__file__).with_name("hdf5_child.py")
    command = [sys.executable, "-I", str(child), str(path), str(max_size), *names]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        raise Digits20Error(f"{what}, which could not be read") from None
    if done.returncode:
        raise Digits20Error(f"{what}, damaged or truncated")
    return done.stdout


def _listing(text: bytes) -> dict[str, tuple[str, list[int]]]:
    listed: dict[str, tuple[str, list[int]]] = json.loads(text[:MAX_LISTING]) if len(text) < MAX_LISTING else {}
    return listed
