"""Imports weights that other programs wrote: the Theta matrices of a .mat, .npz, JSON or pickle file, as a model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.convert import square_shape, squares_near
from ..data.dataset import DIGITS
from ..data.readers.kinds import BY_COLUMN, kind_of
from ..data.readers.unscaled import Order
from ..errors import DataFileError, ModelFileError, shown
from ..learning.model import Model
from ..nn.layers.text import layers_from
from ..nn.network import Network
from ..system.arguments import one_of
from ..system.untrusted import read_file
from ..types import Hidden, Label, Output, StrPath
from .others.beside import taken_in, without_beside
from .others.conventions import Convention, Undecided, most_likely
from .others.layers import Named, in_order, thetas_of
from .others.weights_file import MAX_SIZE, arrays_in, require
from .payload import naming
from .reach import check_reach

Array = npt.NDArray[Any]

FEW_NUMBERS = 16  # a network of one hidden layer has more weights
UNROLLED = "expected a matrix for each layer: Theta1 = reshape(nn_params(1:25*401), 25, 401) and so on"


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
    labels: Sequence[Label] | None = None,
) -> Model:
    """A model of the weights in a file, which may be untrusted: nothing in it runs.

    Reads the course's ex4weights.mat (Theta1, Theta2, …), and as .npz, HDF5, JSON or pickle a list of matrices (out, 1
    + in), bias in column 0, or a dict of them by the same names; weights and biases apart, as W1, b1, W2, b2, … or in
    turn, either way round. A mean and std beside them are taken into the first layer. The model takes row-major images,
    and its unit 0 is the digit 0. What is None below is read in another way, and said as a warning, where only so the
    network recognizes the shipped digits.

    Parameters
    ----------
    path
        Of the file.
    more
        Further files, where each holds one array as .npy or text:
        import_thetas("W1.npy", "b1.npy", "W2.npy", "b2.npy").
    biases
        A file of the biases alone.
    order
        "F" where the first matrix takes images column by column, as the course's do, which is undone; None: "F" for
        .mat, else "C".
    ten_is_zero
        Whether the last of ten units is the digit 0, which is undone; None: for .mat only.
    hidden, output
        The activations; None: what the file calls `activation`, or else "sigmoid".
    layers
        Of a network with convolutions, the outputs last, as digits20 exports them beside its matrices: "conv 32 5, pool
        2, 10"; its images and patches are row-major. None: dense layers, as the matrices say.
    image_shape
        (rows, columns) of the images of such a network.
    labels
        What the outputs of the file stand for. None: what the file calls `classes_` or `labels`, or else the digits for
        ten outputs, and 0, 1, … for others.

    Raises
    ------
    ModelFileError
        For all but finite matrices that chain: one line with the path and what was seen.

    Examples
    --------
    >>> from digits20 import import_thetas
    >>> np.savez("weights.npz", Theta1=np.ones((25, 401)), Theta2=np.ones((10, 26)))
    >>> import_thetas("weights.npz").network
    Network(400-25-10 sigmoid)
    """
    one_of(order, "order", ("C", "F", None))
    name = shown(path)
    arrays, course = _read([path, *more], biases, name)
    with naming(path):
        arrays, beside = without_beside(arrays)
        labels, hidden = _labels(beside.labels if labels is None else labels), hidden or beside.hidden
        if layers is not None:
            network = Network(image_shape, layers_from(layers), hidden or "sigmoid", output)
            Thetas = _fitting(_checked(in_order(arrays)), network)
            beside.scaled(0, name)
            return _model(network, Thetas, image_shape, name, ten_is_zero, course, labels)
        joined = thetas_of(arrays)
        Thetas = _chained(_checked(joined))
        scaled = beside.scaled(Thetas[0].shape[1] - 1, name)
        tens = course and len(Thetas[-1]) == len(DIGITS) if ten_is_zero is None else ten_is_zero
        usual = Convention(hidden or "sigmoid", (order or ("F" if course else "C")) == "F", tens)
        undecided = Undecided(hidden is None, order is None, ten_is_zero is None, len(joined) == len(arrays))
        return most_likely(lambda way: _dense(Thetas, way, scaled, output, name, labels), usual, undecided, name)


def _read(files: Sequence[StrPath], biases: StrPath | None, name: str) -> tuple[Named, bool]:
    """The arrays in the files, and whether these are of a kind that holds images by columns, as the course's does."""
    try:
        arrays = [array for file in files for array in arrays_in(file, alone=len(files) == 1 and biases is None)]
        if biases is not None:
            if all(key.isdigit() for key, _ in arrays):
                arrays = [(f"W{int(key) + 1}", array) for key, array in arrays]
            arrays += [(f"b{n}", array) for n, (_, array) in enumerate(arrays_in(biases), 1)]
        kinds = {kind_of(read_file(file, MAX_SIZE)) for file in files}
    except DataFileError as error:  # it names the file
        raise ModelFileError(str(error)) from None
    except MemoryError:
        raise ModelFileError(f"{name}: not enough memory for what it holds") from None
    if len(arrays) == 1 and arrays[0][1].size == max(arrays[0][1].shape, default=0) > FEW_NUMBERS:
        raise ModelFileError(f"{name}: {arrays[0][0]} is one vector of {arrays[0][1].size} weights, {UNROLLED}")
    return arrays, not kinds.isdisjoint(BY_COLUMN)


def _labels(labels: Sequence[Any] | None) -> tuple[Label, ...] | None:
    """The labels, once they are different words or whole numbers."""
    if labels is None:
        return None
    found = tuple(int(one) if isinstance(one, float) and one.is_integer() else one for one in labels)
    require(all(type(one) in (str, int) for one in found), f"labels {found[:5]}, expected words or whole numbers")
    require(len(set(found)) == len(found), f"labels {found[:5]}, expected different ones")
    return found


def _dense(
    Thetas: list[Array],
    way: Convention,
    scaled: tuple[Array, Array] | None,
    output: Output,
    name: str,
    labels: tuple[Label, ...] | None,
) -> Model:
    """The model that the matrices make, meant in that way. scaled: the mean and std of its images, see `beside`."""
    Thetas = [np.roll(Theta, 1, axis=1) for Theta in Thetas] if way.bias_last else [*Thetas]
    pixels = Thetas[0].shape[1] - 1
    shape = _image_shape(pixels)
    if scaled:
        Thetas[0] = taken_in(Thetas[0], *scaled)
    if way.by_column:
        Thetas[0] = course_columns(Thetas[0], shape[::-1])
    return _model(
        Network((pixels, *map(len, Thetas)), way.hidden, output), Thetas, shape, name, way.ten_is_zero, False, labels
    )


def _model(
    network: Network,
    Thetas: list[Array],
    shape: tuple[int, int],
    name: str,
    ten_is_zero: bool | None,
    course: bool,
    labels: tuple[Label, ...] | None,
) -> Model:
    units = len(Thetas[-1])
    if course and units == len(DIGITS) if ten_is_zero is None else ten_is_zero:
        require(units == len(DIGITS), f"{units} outputs, ten_is_zero means 10")
        Thetas = [*Thetas[:-1], np.roll(Thetas[-1], 1, axis=0)]
        labels = labels and (*labels[-1:], *labels[:-1])
    theta = np.concatenate([Theta.ravel() for Theta in Thetas])
    check_reach(network, theta)
    usual = DIGITS if units == len(DIGITS) else tuple(range(units))
    require(labels is None or len(labels) == units, f"{units} outputs but {len(labels or ())} labels")
    return Model(network, theta, labels or usual, shape, settings={"imported_from": name})


def _fitting(arrays: Named, network: Network) -> list[Array]:
    """The matrices as float64, once they are those of the network."""
    wanted = f"expected {len(network.shapes)} for {network.title}"
    require(len(arrays) == len(network.shapes), f"{len(arrays)} matrices, {wanted}")
    for (name, array), (out, into) in zip(arrays, network.shapes, strict=True):
        rows, columns = array.shape
        require((rows, columns) == (out, into), f"{name} is {rows}×{columns}, expected {out}×{into}")
    return [array.astype(np.float64) for _, array in arrays]


def course_columns(Theta: Array, shape: tuple[int, int]) -> Array:
    """Theta (out, 1 + in) of row-major images (rows, columns) for column-major ones; (columns, rows) leads back."""
    pixels = Theta[:, 1:].reshape(-1, *shape).swapaxes(1, 2).reshape(len(Theta), -1)
    return np.hstack([Theta[:, :1], pixels])


def _checked(arrays: Named) -> Named:
    """They, once they are finite matrices."""
    require(bool(arrays), "no matrices")
    for name, array in arrays:
        require(array.dtype.kind in "fiu", f"{name} holds {array.dtype}, expected numbers")
        sizes = "×".join(map(str, array.shape)) or "a single number"
        right = array.ndim == 2 and array.shape[0] > 0 and array.shape[1] > 1
        require(right, f"{name} is {sizes}, expected a matrix (out, 1 + in)")
        require(bool(np.isfinite(array).all()), f"{name} holds a weight that is not a finite number")
    return arrays


def _chained(arrays: Named) -> list[Array]:
    """The matrices as float64, once each takes what the one before it gives."""
    for (below, lower), (name, array) in itertools.pairwise(arrays):
        rows, columns = array.shape
        wanted = f"{rows}×{len(lower) + 1} above the {len(lower)} units of {below}"
        require(columns == len(lower) + 1, f"{name} is {rows}×{columns}, expected {wanted}")
    require(len(arrays[-1][1]) > 1, "1 output unit, expected one for each of two labels or more")
    return [array.astype(np.float64) for _, array in arrays]


def _image_shape(pixels: int) -> tuple[int, int]:
    shape = square_shape(pixels)
    if shape is None:
        raise ModelFileError(f"{pixels} inputs, expected the pixels of a square image: {squares_near(pixels)}")
    return shape
