"""Images and labels out of files that hold whole arrays by name: MATLAB's .mat and NumPy's .npz."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import mat_file
from .errors import DataFileError

Part = Literal["train", "test"]
Array = npt.NDArray[Any]
Choose = Callable[[Collection[str]], Sequence[str]]
PAIRS = (("X", "y"), ("x", "y"))
AS_FLOAT64 = 8  # bytes a number will take
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_matlab(data: bytes) -> bool:
    """Whether it is a MATLAB file of version 5 or later."""
    return mat_file.is_mat(data) or data.startswith(HDF5)


def is_npz(data: bytes) -> bool:
    """Whether it is a zip file, which is what .npz is."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read_labelled(data: bytes, name: str, part: Part, max_size: int) -> tuple[Array, Array]:
    """X and y as they stand in a MATLAB file or NumPy archive: X (m, n) or (m, rows, columns), y (m,).

    Raises DataFileError.
    """
    (X_name, X), (y_name, y) = read_arrays(data, name, lambda names: _pair(names, name, part), max_size)
    X = _images(X, name, X_name)
    if y.size != max(y.shape, default=0):
        raise DataFileError(f"{name}: {y_name} is {'×'.join(map(str, y.shape))}, expected one label a row")
    if len(X) != y.size:
        raise DataFileError(f"{name}: {len(X)} images but {y.size} labels")
    _require_some(X, name)
    return X, y.ravel()


def read_images(data: bytes, name: str, part: Part, max_size: int) -> Array:
    """X as it stands in a MATLAB file or NumPy archive with or without labels: (m, n) or (m, rows, columns).

    Raises DataFileError.
    """
    ((X_name, X),) = read_arrays(data, name, lambda names: _images_alone(names, name, part), max_size)
    X = _images(X, name, X_name)
    _require_some(X, name)
    return X


def read_arrays(data: bytes, name: str, choose: Choose, max_size: int) -> list[tuple[str, Array]]:
    """The variables that `choose` picks from the names in a MATLAB file or NumPy archive, each with its name.

    Raises DataFileError; objects, which only a pickle could bring back, are never read.
    """
    return (_read_mat if is_matlab(data) else _read_npz)(data, name, choose, max_size)


def _read_mat(data: bytes, name: str, choose: Choose, max_size: int) -> list[tuple[str, Array]]:
    if data.startswith(HDF5) or data[:10] == b"MATLAB 7.3":
        raise DataFileError(f"{name}: a MATLAB 7.3 file, save it with: save -v7")
    try:
        variables = mat_file.variables(data)
        wanted = choose(variables)
        size = 0
        for variable in (variables[which] for which in wanted):
            if variable.kind not in mat_file.NUMERIC:
                raise DataFileError(f"{name}: {variable.name} is of MATLAB's class {variable.kind}, expected numbers")
            size += math.prod(variable.shape) * AS_FLOAT64
            _require_size(variable.name, size, name, max_size)
        return [(which, mat_file.values(variables[which])) for which in wanted]
    except mat_file.DamagedError as error:
        raise DataFileError(f"{name}: a damaged or truncated MATLAB file ({error})") from None


def _read_npz(data: bytes, name: str, choose: Choose, max_size: int) -> list[tuple[str, Array]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {file.filename.removesuffix(".npy"): file for file in archive.infolist()}
            arrays: list[tuple[str, Array]] = []
            for which in choose(members):
                before = sum(array.size for _, array in arrays) * AS_FLOAT64
                arrays.append((which, _member(archive, members[which], name, before, max_size)))
            return arrays
    except DataFileError:
        raise
    except Exception:  # damage shows as whatever zipfile, zlib, struct and NumPy raise, each its own
        raise DataFileError(f"{name}: a damaged or truncated .npz file") from None


def _pair(names: Collection[str], name: str, part: Part) -> tuple[str, str]:
    """The names of the images and of their labels."""
    for X, y in ((f"x_{part}", f"y_{part}"), (f"X_{part}", f"y_{part}"), *PAIRS):
        if X in names and y in names:
            return X, y
    raise DataFileError(f"{name}: no X and y, nor x_{part} and y_{part}; found {found(names)}")


def _images_alone(names: Collection[str], name: str, part: Part) -> tuple[str]:
    """The name of the images: what they are called beside labels, or whatever the only array is called."""
    for X in (f"x_{part}", f"X_{part}", "X", "x"):
        if X in names:
            return (X,)
    if len(names) == 1:
        return (next(iter(names)),)
    raise DataFileError(f"{name}: no X, nor x_{part}; found {found(names)}")


def found(names: Collection[str]) -> str:
    """The names as a message shows them."""
    return _printable(", ".join(sorted(names)[:8]) or "nothing")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:80])


def _require_size(variable: str, size: int, name: str, max_size: int) -> None:
    if not 0 <= size <= max_size:
        raise DataFileError(f"{name}: {variable} holds more than {max_size} bytes")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, before: int, max_size: int) -> Array:
    """One array, read only after its header has promised something harmless. before: bytes of those read already."""
    variable = _printable(member.filename.removesuffix(".npy"))
    _require_size(variable, member.file_size, name, max_size)
    with archive.open(member) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dtype, shape = _npy_header(file)
        header_size = file.tell()
    if dtype.kind not in "buifUS":
        raise DataFileError(f"{name}: {variable} holds {_printable(str(dtype))}, expected numbers")
    _require_size(variable, before + math.prod(shape) * AS_FLOAT64, name, max_size)
    size = math.prod(shape) * dtype.itemsize
    if header_size + size != member.file_size:
        raise DataFileError(f"{name}: {variable} promises {size} bytes, has {member.file_size - header_size}")
    return np.asarray(np.lib.format.read_array(io.BytesIO(archive.read(member)), allow_pickle=False))


def _npy_header(file: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return dtype, shape


def _images(X: Array, name: str, variable: str) -> Array:
    """(m, n) or (m, rows, columns) numbers; a single channel counts as none."""
    if X.dtype.kind not in "buif":
        raise DataFileError(f"{name}: {_printable(variable)} holds text, expected numbers")
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[..., 0]
    if X.ndim not in (2, 3):
        shape = "×".join(map(str, X.shape)) or "a single number"
        raise DataFileError(f"{name}: {_printable(variable)} is {shape}, expected one image a row")
    return X


def _require_some(X: Array, name: str) -> None:
    if not X.size:
        raise DataFileError(f"{name}: empty")
