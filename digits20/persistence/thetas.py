"""Imports weights that other programs wrote: the Theta matrices of a .mat, .npz, JSON or pickle file, as a model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import DIGITS, square_shape, squares_near
from ..data.pixels import Order
from ..data.readers import refused
from ..data.readers.arrays import named, numpy_pickle
from ..data.readers.kinds import BY_COLUMN, kind_of
from ..data.readers.text.csv_cells import number, plain_text, shown_cell
from ..errors import DataFileError, Digits20Error, ModelFileError, shown
from ..learning.model import Model
from ..nn.layer_text import layers_from
from ..nn.network import Network
from ..system.untrusted import read_file
from ..types import Hidden, Output, StrPath
from . import strict_json
from .conventions import Convention, Undecided, most_likely
from .layers_of_others import BIAS, THETA, WEIGHT, Named, in_order, thetas_of
from .payload import naming
from .reach import check_reach

Array = npt.NDArray[Any]

MAX_SIZE = 128 * 2**20  # bytes, unpacked
ARRAYS = (*BY_COLUMN, "npz", "hdf5")  # kinds of files
TOGETHER = 'give the files of all layers together: import_thetas("W1.npy", "b1.npy", …)'
MAX_ARRAYS = 200
LISTS = {"weights": "w", "biases": "b", "coefs": "w", "intercepts": "b"}  # keys of lists of all layers' arrays
TENSORS = "safetensors file: save its tensors with numpy.savez(file, W1=…, b1=…)"


def import_thetas(
    path: StrPath,
    *more: StrPath,
    biases: StrPath | None = None,
    order: Order | None = None,
    ten_is_zero: bool | None = None,
    hidden: Hidden | None = None,
    output: Output = "sigmoid",
    layers: str | None = None,
    image_shape: tuple[int, int] = (20, 20),
) -> Model:
    """The model whose weights that file holds, which may be untrusted: nothing in it runs.

    Reads the course's ex4weights.mat (Theta1, Theta2, …), and as .npz, HDF5, JSON or pickle a list of matrices
    (out, 1 + in), bias in column 0, or a dict of them by the same names; weights and biases apart, as W1, b1, W2, b2, …
    or in turn, either way round. more: further files, where each holds one array as .npy or text:
    import_thetas("W1.npy", "b1.npy", "W2.npy", "b2.npy"). biases: a file of the biases alone.
    order: "F" where the first matrix takes images column by column, as the course's do; None: "F" for
    .mat, else "C". ten_is_zero: whether the last of ten units is the digit 0. None: for .mat only.
    Both are undone: the model takes row-major images, and its unit 0 is the digit 0. hidden, output: the activations,
    which such files do not hold; None: "sigmoid". Ten outputs are the digits, others are labelled from 0.
    What is None is read in another way, and said as a warning, where only so the network recognizes the shipped digits.
    layers: of a network with convolutions, the outputs last, as digits20 exports them beside its matrices: "conv 32 5,
    pool 2, 10". Its images, of image_shape, and patches are row-major. None: dense layers, as the matrices say.

    Raises ModelFileError, one line with the path and what was seen, for all but finite matrices that chain.

    >>> from digits20 import import_thetas
    >>> np.savez("weights.npz", Theta1=np.ones((25, 401)), Theta2=np.ones((10, 26)))
    >>> import_thetas("weights.npz").network
    Network(400-25-10 sigmoid)
    """
    name = shown(path)
    files = [path, *more]
    try:
        arrays = [array for file in files for array in _arrays_in(file, alone=len(files) == 1 and biases is None)]
        arrays += [] if biases is None else [(f"b{n}", array) for n, (_, array) in enumerate(_arrays_in(biases), 1)]
        kinds = {kind_of(read_file(file, MAX_SIZE)) for file in files}
    except DataFileError as error:  # it names the file
        raise ModelFileError(str(error)) from None
    except MemoryError:
        raise ModelFileError(f"{name}: not enough memory for what it holds") from None
    with naming(path):
        if biases is not None and all(array[0].isdigit() for array in arrays if not array[0].startswith("b")):
            arrays = [(f"W{int(key) + 1}" if key.isdigit() else key, array) for key, array in arrays]
        course = not kinds.isdisjoint(BY_COLUMN)
        if layers is not None:
            network = Network(image_shape, layers_from(layers), hidden or "sigmoid", output)
            Thetas = _fitting(_checked(in_order(arrays)), network)
            return _model(network, Thetas, image_shape, name, ten_is_zero, course)
        joined = thetas_of(arrays)
        Thetas = _chained(_checked(joined))
        tens = course and len(Thetas[-1]) == len(DIGITS) if ten_is_zero is None else ten_is_zero
        usual = Convention(hidden or "sigmoid", (order or ("F" if course else "C")) == "F", tens)
        undecided = Undecided(hidden is None, order is None, ten_is_zero is None, len(joined) == len(arrays))
        return most_likely(lambda way: _dense(Thetas, way, output, name), usual, undecided, name)


def _dense(Thetas: list[Array], way: Convention, output: Output, name: str) -> Model:
    """The model that the matrices make, meant in that way."""
    Thetas = [np.roll(Theta, 1, axis=1) for Theta in Thetas] if way.bias_last else [*Thetas]
    pixels = Thetas[0].shape[1] - 1
    shape = _image_shape(pixels)
    if way.by_column:
        Thetas[0] = course_columns(Thetas[0], shape[::-1])
    return _model(
        Network((pixels, *map(len, Thetas)), way.hidden, output), Thetas, shape, name, way.ten_is_zero, course=False
    )


def _model(
    network: Network, Thetas: list[Array], shape: tuple[int, int], name: str, ten_is_zero: bool | None, course: bool
) -> Model:
    units = len(Thetas[-1])
    if course and units == len(DIGITS) if ten_is_zero is None else ten_is_zero:
        _require(units == len(DIGITS), f"{units} outputs, ten_is_zero means 10")
        Thetas = [*Thetas[:-1], np.roll(Thetas[-1], 1, axis=0)]
    theta = np.concatenate([Theta.ravel() for Theta in Thetas])
    check_reach(network, theta)
    labels = DIGITS if units == len(DIGITS) else tuple(range(units))
    return Model(network, theta, labels, shape, settings={"imported_from": name})


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


def _arrays_in(path: StrPath, alone: bool = False) -> Named:
    """The arrays of numbers in that file, by name. alone: whether it must hold all weights, which one .npy does not."""
    name, data = shown(path), read_file(path, MAX_SIZE)
    kind = kind_of(data)
    if data[8:10] == b'{"' and kind == "text":
        raise DataFileError(f"{name}: a {TENSORS}")
    if kind == "npz" and (what := refused.named_zip(named.zip_names(data, name))):
        raise DataFileError(f"{name}: {what}")
    if kind == "npy":
        ((_, array),) = named.read_arrays(data, name, list, MAX_SIZE)
        if alone:
            raise DataFileError(f"{name}: a single .npy array, {TOGETHER}")
        return [(Path(path).stem, array)]
    if kind in ARRAYS:
        return named.read_arrays(data, name, lambda names: _wanted(names, name), MAX_SIZE)
    if kind == "text" and _is_numbers(data):
        array = _from_text(data, name)
        if alone:
            raise DataFileError(f"{name}: text, one matrix of {'×'.join(map(str, array.shape))}, {TOGETHER}")
        return [(Path(path).stem, array)]
    with naming(path):
        return _from_json_or_pickle(data)


def _wanted(names: Collection[str], file: str) -> list[str]:
    """All names but those of arrays that can be no weights; too many are refused."""
    if len(names) > MAX_ARRAYS:
        raise DataFileError(f"{file}: {len(names)} arrays, expected those of a few layers")
    if not names:
        raise DataFileError(f"{file}: no Theta1, Theta2 and so on; found nothing")
    thetas = [name for name in names if THETA.fullmatch(name)]
    return [name for name in names if not thetas or name in thetas or BIAS.fullmatch(name)]


def _is_numbers(data: bytes) -> bool:
    """Whether it is text that begins with numbers; old pickles have no mark of their own."""
    first = data[:4096].split(b"\n")[0].decode("ascii", "replace")
    cells = [cell for cell in re.split(r"[,;\s]+", first.lstrip("#% ")) if cell][:4]
    return bool(cells) and all(number(cell) is not None for cell in cells)


def _from_text(data: bytes, name: str) -> Array:
    """(rows, columns) numbers of a text file, separated by commas, semicolons or blanks."""
    lines = [line for line in plain_text(data, name).decode().splitlines() if line.strip() and line[:1] not in "#%"]
    rows = [re.split(r"[,;\s]+", line.strip()) for line in lines]
    for place, row in enumerate(rows, 1):
        strange = next((cell for cell in row if number(cell) is None), None)
        if strange is not None:
            raise DataFileError(f"{name} line {place}: {shown_cell(strange)}, expected a number")
        if len(row) != len(rows[0]):
            raise DataFileError(f"{name} line {place}: {len(row)} numbers, expected {len(rows[0])}")
    return np.array(rows, dtype=np.float64)


def _from_json_or_pickle(data: bytes) -> Named:
    _require(bool(data), "empty")
    if not strict_json.is_json(data):
        return _from_pickle(data)
    value = strict_json.loads(data)
    if isinstance(value, list) and value and all(isinstance(layer, dict) for layer in value):
        value = {str(place): layer for place, layer in enumerate(value)}
    if not isinstance(value, dict):
        return [(str(place), _matrix(rows, f"matrix {place + 1}")) for place, rows in enumerate(value)]
    _require(value.get("format") != "digits20-model", "a whole digits20 model, load_model reads it")
    found = _of_json(value)
    _require(bool(found), f"no Theta1, Theta2 and so on; found {named.found_names(value)}")
    return found


def _of_json(value: dict[str, Any], path: str = "") -> Named:
    """The weights and biases in JSON's dicts, those of each layer in one of their own or not."""
    found: Named = []
    for key, item in value.items():
        name = f"{path}{key}"
        parts = item if key.strip("_") in LISTS and isinstance(item, list) and item else None
        if isinstance(item, dict):
            found += _of_json(item, f"{name}/")
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            found += _of_json(
                {str(place): part for place, part in enumerate(item) if isinstance(part, dict)}, f"{name}/"
            )
        elif parts and isinstance(parts[0], list) and not path:
            found += [(f"{LISTS[key.strip('_')]}{n}", _matrix(rows, f"{key} {n}")) for n, rows in enumerate(parts, 1)]
        elif THETA.fullmatch(key) or BIAS.fullmatch(key) or WEIGHT.fullmatch(key):
            found.append((name, _matrix(item, key)))
    return found


def _from_pickle(data: bytes) -> Named:
    found = numpy_pickle.arrays(data)
    if not any(array.ndim > 1 for array in found.values()):
        return numpy_pickle.matrices(data)  # which says what it is
    return [(re.sub(r"[^\w/.:]", "_", key), array) for key, array in found.items()]


def _matrix(rows: Any, name: str) -> Array:
    """JSON's list of rows of numbers."""
    if isinstance(rows, list) and rows and all(type(cell) in (int, float) for cell in rows):
        return np.array(rows, dtype=np.float64)
    right = isinstance(rows, list) and bool(rows) and all(isinstance(row, list) for row in rows)
    _require(right, f"{name[:30]!a} is no list of rows")
    width = len(rows[0])
    for place, row in enumerate(rows, start=1):
        _require(len(row) == width, f"{name[:30]!a} row {place}: {len(row)} numbers, expected {width}")
        _require(all(type(cell) in (int, float) for cell in row), f"{name[:30]!a} row {place}: not only numbers")
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
