"""Images and labels out of files that hold whole arrays by name: .npz, .npy, .mat, Octave, HDF5 and pickles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError, Digits20Error, ModelFileError
from ..arrays import hdf5, npz, numpy_pickle, roles
from ..kinds import BY_COLUMN, Kind, kind_of
from ..matlab import mat, mat4, octave
from .roles import Part
from .shapes import found_names, images_of, label_row, printable

Array = npt.NDArray[Any]
Choose = Callable[[Collection[str]], Sequence[str]]
AS_FLOAT64 = 8  # bytes a number will take
log = logging.getLogger("digits20")
FEW = 8  # arrays whose shapes are looked at where their names tell nothing


def read(
    data: bytes,
    name: str,
    part: Part,
    pair: Sequence[str] | None,
    labelled: bool,
    max_size: int,
    by_rows: bool = False,
) -> tuple[Array, Array | None, bool]:
    """(X, y, whether the pixels of an image stand column by column) as they are in a file of named arrays.

    X (m, n) or (m, rows, columns); y (m,), None where the file holds no labels. part: which images, where the file
    holds several parts. pair: the names of the arrays, None to find them. labelled: whether labels are wanted at all.
    Raises DataFileError.
    """
    chosen: list[str] = []

    def choose(names: Collection[str]) -> list[str]:
        chosen.extend(_choice(names, name, part, pair, labelled))
        if labelled and pair is None and len(chosen) == 1 < len(names):
            log.info("%s: no labels among %s (--arrays IMAGES LABELS names them)", name, found_names(names))
        if part == "train" and roles.other_parts(chosen) == {"train"} < roles.other_parts(names):
            log.info("%s: only %s is read; --test-data %s reads the other part", name, printable(chosen[0]), name)
        return chosen

    found = dict(read_arrays(data, name, choose, max_size))
    classes = roles.one_array_per_class(found, part) if pair is None else {}
    if classes:
        return _of_classes(found, classes, name)
    names = (chosen[0], chosen[1] if len(chosen) > 1 else None) if pair else _pair(found, name, part, labelled)
    y = None if names[1] is None or not labelled else label_row(found[names[1]], name, names[1])
    X, turned = images_of(found[names[0]], y, name, names[0], by_rows)
    if y is not None and len(X) != len(y):
        raise DataFileError(f"{name}: {len(X)} images but {len(y)} labels")
    if not X.size:
        raise DataFileError(f"{name}: empty")
    mldata = turned and names == ("data", "label")  # mnist-original.mat: an image a column, its pixels row by row
    return X, y, kind_of(data) in BY_COLUMN and X.ndim == 2 and not mldata


def _of_classes(arrays: Mapping[str, Array], classes: Mapping[str, str], name: str) -> tuple[Array, Array, bool]:
    """The images of mnist_all.mat: an array for each class, row-major."""
    images = [images_of(arrays[which], None, name, which)[0] for which in classes]
    if len({array.shape[1:] for array in images}) > 1:
        raise DataFileError(f"{name}: images of several sizes in {found_names(classes)}")
    return np.concatenate(images), np.repeat(list(classes.values()), [len(array) for array in images]), False


def zip_names(data: bytes, name: str) -> list[str]:
    """The names of the files in a zip archive. Raises DataFileError."""
    try:
        return [member.filename for member in npz.members(data).values()]
    except Digits20Error as error:
        raise DataFileError(f"{name}: {error}") from None


# which arrays


def _choice(names: Collection[str], name: str, part: Part, pair: Sequence[str] | None, labelled: bool) -> list[str]:
    """The names of the arrays to read: the images and labels, or the few that must be looked at to tell."""
    if pair is not None:
        if missing := [which for which in pair if which not in names]:
            raise DataFileError(f"{name}: no array {printable(missing[0])}; found {found_names(names)}")
        return list(pair)[: 1 + labelled]
    if classes := roles.one_array_per_class(names, part):
        return list(classes)
    if known := roles.by_name(names, part):
        return [which for which in known if which is not None][: 1 + labelled]
    if 0 < len(names) <= FEW and not roles.other_parts(names):
        return list(names)
    raise _unknown(names, name, part, labelled)


def _pair(arrays: Mapping[str, Array], name: str, part: Part, labelled: bool) -> roles.Pair:
    pair = roles.by_name(arrays, part) or roles.by_shape(arrays, part)
    if pair is None:
        raise _unknown(arrays, name, part, labelled)
    return pair


def _unknown(names: Collection[str], name: str, part: Part, labelled: bool) -> DataFileError:
    wanted = f"no X and y, nor x_{part} and y_{part}" if labelled else f"no X, nor x_{part}"
    return DataFileError(f"{name}: {wanted}; found {found_names(names)} (--arrays IMAGES LABELS names them)")


# the kinds of files


def read_arrays(data: bytes, name: str, choose: Choose, max_size: int) -> list[tuple[str, Array]]:
    """The arrays that `choose` picks from the names in the file, each with its name.

    Raises DataFileError; objects, which only a pickle could bring back, are never read.
    """
    used = 0

    def require_size(variable: str, count: int) -> None:
        nonlocal used
        used += count * AS_FLOAT64
        if not 0 <= used <= max_size:
            raise DataFileError(f"{name}: {printable(variable)} holds more than {max_size} bytes")

    try:
        kind = kind_of(data)
        if kind not in READ:
            raise DataFileError(f"{name}: no file of named arrays")
        return READ[kind](data, choose, require_size, max_size)
    except DataFileError:
        raise
    except Digits20Error as error:
        raise DataFileError(f"{name}: {error}") from None


Require = Callable[[str, int], None]
Arrays = list[tuple[str, Array]]


def _mat(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    try:
        variables = mat.variables(data, max_size)
        wanted = choose([n for n, one in variables.items() if one.kind in mat.NUMERIC or roles.is_told(n)] or variables)
        for variable in (variables[which] for which in wanted):
            if variable.kind not in mat.NUMERIC:
                cure = f": save X = cat(3, {variable.name}{{:}})" if variable.kind == "cell" else ""
                raise Digits20Error(f"{variable.name} is of MATLAB's class {variable.kind}, expected numbers{cure}")
            require_size(variable.name, npz.extent(variable.shape))
        return [(which, mat.values(variables[which])) for which in wanted]
    except mat.DamagedError as error:
        raise Digits20Error(f"a damaged or truncated MATLAB file ({error})") from None


def _mat4(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    variables = mat4.variables(data)
    return [(w, mat4.array(variables[w], printable(w), lambda n, w=w: require_size(w, n))) for w in choose(variables)]  # type: ignore[misc]


def _octave(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    variables = octave.variables(data)
    return [(w, octave.array(variables[w], printable(w), lambda n, w=w: require_size(w, n))) for w in choose(variables)]  # type: ignore[misc]


def _hdf5(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    return hdf5.read(data, lambda names: list(choose(names)), require_size, max_size)


def _pickle(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    try:
        arrays = numpy_pickle.arrays(data, max_size, numpy_pickle.MAX_LABELS, numpy_pickle.ONLY_ARRAYS)
    except ModelFileError as error:
        raise Digits20Error(f"a pickle, which is read only where it holds NumPy's arrays: {error}") from None
    if not arrays:
        raise Digits20Error("a pickle without arrays of numbers")
    wanted = choose(arrays)
    for which in wanted:
        require_size(which, npz.extent(arrays[which].shape))
    return [(which, arrays[which]) for which in wanted]


def _npz(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    members = npz.members(data)
    arrays = []
    for which in choose(members):
        variable = printable(which)
        if members[which].file_size > max_size:
            raise Digits20Error(f"{variable} holds more than {max_size} bytes")
        arrays.append((which, npz.array(data, members[which], variable, lambda n, v=variable: require_size(v, n))))  # type: ignore[misc]
    return arrays


def _npy(data: bytes, choose: Choose, require_size: Require, max_size: int) -> Arrays:
    (which,) = choose(["array"])
    return [(which, npz.single(data, lambda count: require_size(which, count)))]


READ: dict[Kind, Callable[[bytes, Choose, Require, int], Arrays]] = {
    "npy": _npy,
    "npz": _npz,
    "hdf5": _hdf5,
    "matlab 7.3": _hdf5,
    "matlab": _mat,
    "matlab 4": _mat4,
    "octave": _octave,
    "pickle": _pickle,
}
