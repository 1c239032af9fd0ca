"""Imports weights that other programs wrote: the Theta matrices of a .mat, .npz, JSON or pickle file, as a model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import DIGITS, square_shape, squares_near
from ..data.pixels import Order
from ..data.readers import numpy_pickle
from ..data.readers.kinds import BY_COLUMN, kind_of
from ..data.readers.named import Choose, found_names, read_arrays
from ..errors import DataFileError, Digits20Error, ModelFileError, shown
from ..learning.model import Model
from ..nn.layer_text import layers_from
from ..nn.network import Network
from ..system.untrusted import read_file
from ..types import Hidden, Output, StrPath
from . import strict_json
from .payload import naming

Array = npt.NDArray[Any]
Named = list[tuple[str, Array]]  # every matrix with its name in the file

MAX_SIZE = 128 * 2**20  # bytes, unpacked
ARRAYS = (*BY_COLUMN, "npz", "hdf5")  # kinds of files
PATTERNS = (re.compile(r"theta_?(\d{1,3})", re.IGNORECASE), re.compile(r"arr_(\d{1,3})"))


def import_thetas(
    path: StrPath,
    *,
    order: Order | None = None,
    ten_is_zero: bool | None = None,
    hidden: Hidden = "sigmoid",
    output: Output = "sigmoid",
    layers: str | None = None,
    image_shape: tuple[int, int] = (20, 20),
) -> Model:
    """The model whose weights that file holds, which may be untrusted: nothing in it runs.

    Reads the course's ex4weights.mat (Theta1, Theta2, …), and as .npz, JSON or pickle a list of matrices (out, 1 + in),
    bias in column 0, or a dict of them by the same names.
    order: "F" where the first matrix takes images column by column, as the course's do; None: "F" for
    .mat, else "C". ten_is_zero: whether the last of ten units is the digit 0. None: for .mat only.
    Both are undone: the model takes row-major images, and its unit 0 is the digit 0. hidden, output: the activations,
    which such files do not hold. Ten outputs are the digits, others are labelled from 0.
    layers: of a network with convolutions, the outputs last, as digits20 exports them beside its matrices: "conv 32 5,
    pool 2, 10". Its images, of image_shape, and patches are row-major. None: dense layers, as the matrices say.

    Raises ModelFileError, one line with the path and what was seen, for all but finite matrices that chain.
    """
    name = shown(path)
    try:
        data = read_file(path, MAX_SIZE)
        arrays = read_arrays(data, name, _chosen_in(name), MAX_SIZE) if kind_of(data) in ARRAYS else None
    except DataFileError as error:  # it names the file
        raise ModelFileError(str(error)) from None
    except MemoryError:
        raise ModelFileError(f"{name}: not enough memory for what it holds") from None
    with naming(path):
        named = _checked(arrays or _from_json_or_pickle(data))
        course = kind_of(data) in BY_COLUMN
        if layers is None:
            network, shape, Thetas = _dense(_chained(named), hidden, output)
            if (order or ("F" if course else "C")) == "F":
                Thetas[0] = course_columns(Thetas[0], shape[::-1])
        else:
            network, shape = Network(image_shape, layers_from(layers), hidden, output), image_shape
            Thetas = _fitting(named, network)
        units = len(Thetas[-1])
        if course and units == len(DIGITS) if ten_is_zero is None else ten_is_zero:
            _require(units == len(DIGITS), f"{units} outputs, ten_is_zero means 10")
            Thetas[-1] = np.roll(Thetas[-1], 1, axis=0)
        theta = np.concatenate([Theta.ravel() for Theta in Thetas])
        labels = DIGITS if units == len(DIGITS) else tuple(range(units))
        return Model(network, theta, labels, shape, settings={"imported_from": name})


def _dense(Thetas: list[Array], hidden: Hidden, output: Output) -> tuple[Network, tuple[int, int], list[Array]]:
    """The network that the matrices make, the shape of its images, and the matrices."""
    pixels = Thetas[0].shape[1] - 1
    return Network((pixels, *map(len, Thetas)), hidden, output), _image_shape(pixels), Thetas


def _fitting(arrays: Named, network: Network) -> list[Array]:
    """The matrices as float64, once they are those of the network."""
    wanted = f"expected {len(network.shapes)} for {network.title}"
    _require(len(arrays) == len(network.shapes), f"{len(arrays)} matrices, {wanted}")
    for (name, array), (out, into) in zip(arrays, network.shapes, strict=True):
        rows, columns = array.shape
        _require((rows, columns) == (out, into), f"{name} is {rows}×{columns}, expected {out}×{into}")
    return [array.astype(np.float64) for _, array in arrays]


def course_columns(Theta: Array, shape: tuple[int, int]) -> Array:
    """Theta (out, 1 + in) of row-major images (rows, columns) for column-major ones; (columns, rows) leads back."""
    pixels = Theta[:, 1:].reshape(-1, *shape).swapaxes(1, 2).reshape(len(Theta), -1)
    return np.hstack([Theta[:, :1], pixels])


def _from_json_or_pickle(data: bytes) -> Named:
    _require(bool(data), "empty")
    if not strict_json.is_json(data):
        return _in_order(numpy_pickle.matrices(data))
    value = strict_json.loads(data)
    if isinstance(value, dict):
        _require(value.get("format") != "digits20-model", "a whole digits20 model, load_model reads it")
        return [(name, _matrix(value[name], name)) for name in _chosen(value)]
    return [(f"matrix {number}", _matrix(rows, f"matrix {number}")) for number, rows in enumerate(value, start=1)]


def _in_order(arrays: Named) -> Named:
    """By the numbers in their names; a list's have nothing but numbers."""
    if all(name.isdigit() for name, _ in arrays):
        return [(f"matrix {int(name) + 1}", array) for name, array in arrays]
    by_name = dict(arrays)
    return [(name, by_name[name]) for name in _chosen(list(by_name))]


def _chosen_in(file: str) -> Choose:
    """`_chosen` for the names of the arrays in that file, which its refusals name."""

    def choose(names: Collection[str]) -> list[str]:
        try:
            return _chosen(names)
        except ModelFileError as error:
            raise DataFileError(f"{file}: {error}") from None

    return choose


def _chosen(names: Collection[str]) -> list[str]:
    """Theta1, Theta2, … or, as NumPy names arrays without one, arr_0, arr_1, …"""
    for pattern in PATTERNS:
        numbered = sorted((int(match[1]), name) for name in names if (match := pattern.fullmatch(name)))
        if numbered:
            numbers = [number for number, _ in numbered]
            if numbers[0] > 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
                raise ModelFileError(f"{', '.join(name for _, name in numbered[:8])}: not one after another")
            return [name for _, name in numbered]
    raise ModelFileError(f"no Theta1, Theta2 and so on; found {found_names(names)}")


def _matrix(rows: Any, name: str) -> Array:
    """JSON's list of rows of numbers."""
    right = isinstance(rows, list) and bool(rows) and all(isinstance(row, list) for row in rows)
    _require(right, f"{name[:30]!a} is no list of rows")
    width = len(rows[0])
    for number, row in enumerate(rows, start=1):
        _require(len(row) == width, f"{name[:30]!a} row {number}: {len(row)} numbers, expected {width}")
        _require(all(type(cell) in (int, float) for cell in row), f"{name[:30]!a} row {number}: not only numbers")
    return np.array(rows, dtype=np.float64)


def _checked(arrays: Named) -> Named:
    """They, once they are finite matrices."""
    _require(bool(arrays), "no matrices")
    for name, array in arrays:
        _require(array.dtype.kind in "fiu", f"{name} holds {array.dtype}, expected numbers")
        sizes = "×".join(map(str, array.shape)) or "a single number"
        right = array.ndim == 2 and array.shape[0] > 0 and array.shape[1] > 1
        _require(right, f"{name} is {sizes}, expected a matrix (out, 1 + in)")
        _require(bool(np.isfinite(array).all()), f"{name} holds a weight that is not a finite number")
    return arrays


def _chained(arrays: Named) -> list[Array]:
    """The matrices as float64, once each takes what the one before it gives."""
    for (below, lower), (name, array) in itertools.pairwise(arrays):
        rows, columns = array.shape
        wanted = f"{rows}×{len(lower) + 1} above the {len(lower)} units of {below}"
        _require(columns == len(lower) + 1, f"{name} is {rows}×{columns}, expected {wanted}")
    _require(len(arrays[-1][1]) > 1, "1 output unit, expected one for each of two labels or more")
    return [array.astype(np.float64) for _, array in arrays]


def _image_shape(pixels: int) -> tuple[int, int]:
    shape = square_shape(pixels)
    if shape is None:
        raise ModelFileError(f"{pixels} inputs, expected the pixels of a square image: {squares_near(pixels)}")
    return shape


def _require(condition: bool, seen: str) -> None:
    if not condition:
        raise Digits20Error(seen)
