"""Reads images and labels from files of named arrays: MATLAB's .mat and NumPy's .npz."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import numpy.typing as npt

from ..errors import DataFileError, Digits20Error
from . import mat, npz

Part = Literal["train", "test"]
Array = npt.NDArray[Any]
Choose = Callable[[Collection[str]], Sequence[str]]
PAIRS = (("X", "y"), ("x", "y"))
AS_FLOAT64 = 8  # bytes per number
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_matlab(data: bytes) -> bool:
    """Whether it is a MATLAB file of any version."""
    return mat.is_mat(data) or data.startswith(HDF5) or mat.is_mat_4(data)


def read_labelled(data: bytes, name: str, part: Part, max_size: int) -> tuple[Array, Array]:
    """X and y, unscaled, of a MATLAB file or NumPy archive: X (m, n) or (m, rows, columns), y (m,).

    Raises DataFileError.
    """
    (X_name, X), (y_name, y) = read_arrays(data, name, lambda names: _pair(names, name, part), max_size)
    X = _images(X, name, X_name)
    if y.size != max(y.shape, default=0):
        raise DataFileError(f"{name}: {y_name} is {'×'.join(map(str, y.shape))}, expected one label per row")
    if len(X) != y.size:
        raise DataFileError(f"{name}: {len(X)} images but {y.size} labels")
    _require_some(X, name)
    return X, y.ravel()


def read_images(data: bytes, name: str, part: Part, max_size: int) -> Array:
    """X, unscaled, of a MATLAB file or NumPy archive with or without labels: (m, n) or (m, rows, columns).

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
    if mat.is_mat_4(data):
        raise DataFileError(f"{name}: a MATLAB 4 file, save it with: save -v7")
    try:
        variables = mat.variables(data)
        wanted = choose(variables)
        size = 0
        for variable in (variables[which] for which in wanted):
            if variable.kind not in mat.NUMERIC:
                raise DataFileError(f"{name}: {variable.name} is of MATLAB's class {variable.kind}, expected numbers")
            size += npz.extent(variable.shape) * AS_FLOAT64
            require_size(variable.name, size, name, max_size)
        return [(which, mat.values(variables[which])) for which in wanted]
    except mat.DamagedError as error:
        raise DataFileError(f"{name}: a damaged or truncated MATLAB file ({error})") from None


def _read_npz(data: bytes, name: str, choose: Choose, max_size: int) -> list[tuple[str, Array]]:
    arrays: list[tuple[str, Array]] = []
    try:
        members = npz.members(data)
        for which in choose(members):
            before = sum(array.size for _, array in arrays) * AS_FLOAT64
            arrays.append((which, _member(data, members[which], name, before, max_size)))
    except DataFileError:
        raise
    except Digits20Error as error:
        raise DataFileError(f"{name}: {error}") from None
    return arrays


def _member(data: bytes, member: Any, name: str, before: int, max_size: int) -> Array:
    """One array of an archive. before: bytes that those read already take."""
    variable = printable(member.filename.removesuffix(".npy"))
    require_size(variable, member.file_size, name, max_size)
    return npz.array(
        data, member, variable, lambda count: require_size(variable, before + count * AS_FLOAT64, name, max_size)
    )


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
    return printable(", ".join(sorted(names)[:8]) or "nothing")


def printable(text: str) -> str:
    """The text, cut and fit for one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:80])


def require_size(variable: str, size: int, name: str, max_size: int) -> None:
    if not 0 <= size <= max_size:
        raise DataFileError(f"{name}: {variable} holds more than {max_size} bytes")


def _images(X: Array, name: str, variable: str) -> Array:
    """(m, n) or (m, rows, columns) numbers; a single channel counts as none."""
    if X.dtype.kind not in "buif":
        raise DataFileError(f"{name}: {printable(variable)} holds text, expected numbers")
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[..., 0]
    if X.ndim not in (2, 3):
        shape = "×".join(map(str, X.shape)) or "a single number"
        raise DataFileError(f"{name}: {printable(variable)} is {shape}, expected one image per row")
    return X


def _require_some(X: Array, name: str) -> None:
    if not X.size:
        raise DataFileError(f"{name}: empty")
