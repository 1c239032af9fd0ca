"""The arrays of numbers in a file of others' weights, whatever its kind; nothing in it runs."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.readers import refused
from ...data.readers.arrays import named, numpy_pickle, shapes
from ...data.readers.kinds import BY_COLUMN, kind_of
from ...data.readers.text.csv_cells import number, plain_text, shown_cell
from ...errors import DataFileError, Digits20Error, shown
from ...system.untrusted import open_regular, read_file
from ...types import StrPath
from .. import strict_json
from ..payload import naming
from .beside import as_array, is_beside
from .layers import BIAS, THETA, WEIGHT, Named

Array = npt.NDArray[Any]

MAX_SIZE = 128 * 2**20  # bytes, unpacked
ARRAYS = (*BY_COLUMN, "npz", "hdf5")  # kinds of files
TOGETHER = 'give the files of all layers together: import_thetas("W1.npy", "b1.npy", …)'
MAX_ARRAYS = 200
LISTS = {"weights": "w", "biases": "b", "coefs": "w", "intercepts": "b"}  # keys of lists of all layers' arrays
ONNX = re.compile(rb"\x08[\x01-\x20]\x12.[\w. -]{2,}", re.DOTALL)  # its version, then who made it
TENSORS_OF_ONNX = "ONNX model: save its initializers with numpy.savez(file, W1=…, b1=…)"
OUR_FORMAT, OUR_OWN = b"digits20-model", "a whole digits20 model, load_model reads it"
TENSORS = "safetensors file: save its tensors with numpy.savez(file, W1=…, b1=…)"


def arrays_in(path: StrPath, alone: bool = False) -> Named:
    """The arrays of numbers in that file, by name. alone: whether it must hold all weights, which one .npy does not."""
    name, data = shown(path), read_file(path, MAX_SIZE)
    kind = kind_of(data)
    if ONNX.match(data):
        raise DataFileError(f"{name}: an {TENSORS_OF_ONNX}")
    if data[8:10] == b'{"' and kind == "text":
        raise DataFileError(f"{name}: a {TENSORS}")
    if kind == "npz" and (what := refused.named_zip(named.zip_names(data, name))):
        raise DataFileError(f"{name}: {what}")
    if kind == "npy":
        ((_, array),) = named.read_arrays(data, name, list, MAX_SIZE)
        if alone:
            if array.ndim == 1:
                return [(Path(path).stem, array)]
            raise DataFileError(f"{name}: a single .npy array, {TOGETHER}")
        return [(Path(path).stem, array)]
    if kind in ARRAYS:
        return named.read_arrays(data, name, lambda names: _wanted(names, name), MAX_SIZE)
    if kind == "text" and _is_numbers(data):
        blocks = _from_text(data, name)
        if len(blocks) > 1:
            return [(str(place), block) for place, block in enumerate(blocks)]
        if alone and blocks[0].shape[1] > 1:
            raise DataFileError(f"{name}: text, one matrix of {'×'.join(map(str, blocks[0].shape))}, {TOGETHER}")
        return [(Path(path).stem, blocks[0])]
    with naming(path):
        return _from_json_or_pickle(data)


def holds_arrays(path: StrPath) -> bool:
    """Whether the file begins as one of named arrays does, such as .npz, which no model of digits20 is."""
    try:
        with open_regular(path, "file") as file:
            return kind_of(file.read(4096)) in ARRAYS
    except Digits20Error:  # it is read again, and then refused
        return False


def _wanted(names: Collection[str], file: str) -> list[str]:
    """All names but those of arrays that can be no weights; too many are refused."""
    if len(names) > MAX_ARRAYS:
        raise DataFileError(f"{file}: {len(names)} arrays, expected those of a few layers")
    if not names:
        raise DataFileError(f"{file}: no Theta1, Theta2 and so on; found nothing")
    thetas = [name for name in names if THETA.fullmatch(name)]
    return [name for name in names if not thetas or name in thetas or BIAS.fullmatch(name) or is_beside(name)]


def _is_numbers(data: bytes) -> bool:
    """Whether it is text that begins with numbers; old pickles have no mark of their own."""
    lines = data[:4096].splitlines()
    first = next((line for line in lines if line.strip() and line[:1] not in b"#%"), b"").decode("ascii", "replace")
    cells = [cell for cell in re.split(r"[,;\s]+", first) if cell][:4]
    return bool(cells) and all(number(cell) is not None for cell in cells)


def _from_text(data: bytes, name: str) -> list[Array]:
    """The matrices (rows, columns) of a text file, which blank lines, comments or their widths tell apart."""
    blocks: list[list[list[str]]] = [[]]
    for place, line in enumerate(plain_text(data, name).decode().splitlines(), 1):
        if not line.strip() or line[0] in "#%":
            blocks += [[]] if blocks[-1] else []
            continue
        row = re.split(r"[,;\s]+", line.strip())
        strange = next((cell for cell in row if number(cell) is None), None)
        if strange is not None:
            raise DataFileError(f"{name} line {place}: {shown_cell(strange)}, expected a number")
        if blocks[-1] and len(row) != len(blocks[-1][0]):
            blocks.append([])
        blocks[-1].append(row)
    if len(blocks) > MAX_ARRAYS:
        raise DataFileError(f"{name}: {len(blocks)} matrices, expected those of a few layers")
    return [np.array(rows, dtype=np.float64) for rows in blocks if rows]


def _from_json_or_pickle(data: bytes) -> Named:
    require(bool(data), "empty")
    if not strict_json.is_json(data):
        return _from_pickle(data)
    value = strict_json.loads(data)
    if isinstance(value, list) and value and all(isinstance(layer, dict) for layer in value):
        value = {str(place): layer for place, layer in enumerate(value)}
    if not isinstance(value, dict):
        return _of_list(value)
    require(value.get("format") != "digits20-model", OUR_OWN)
    found = _of_json(value)
    require(bool(found), f"no Theta1, Theta2 and so on; found {shapes.found_names(value)}")
    _check_sizes(value.get("sizes"), [array.shape for name, array in found if name.startswith("w")])
    return found


def _of_list(values: list[Any]) -> Named:
    """JSON's list of matrices and vectors, or of such lists: a pair for each layer, or all weights and all biases."""
    if not any(map(_is_list_of_arrays, values)):
        return [(str(place), _matrix(rows, f"matrix {place + 1}")) for place, rows in enumerate(values)]
    return [
        (f"{group}/{place}", _matrix(rows, f"matrix {group + 1}/{place + 1}"))
        for group, arrays in enumerate(values)
        for place, rows in enumerate(arrays if isinstance(arrays, list) else [arrays])
    ]


def _is_list_of_arrays(value: Any) -> bool:
    """Whether it is a list with a matrix in it, a list of rows."""
    matrices = [item for item in value if isinstance(item, list) and item] if isinstance(value, list) else []
    return any(isinstance(item[0], list) for item in matrices)


def _check_sizes(sizes: Any, shapes: list[tuple[int, ...]]) -> None:
    """Nielsen's files tell the layers' sizes beside the weights (out, in): both must say the same."""
    if isinstance(sizes, list) and shapes and all(len(shape) == 2 for shape in shapes):
        made = [shapes[0][1], *(rows for rows, _ in shapes)], [shapes[0][0], *(columns for _, columns in shapes)]
        require(sizes in made, f"sizes {sizes[:8]}, but its weights make {made[0][:8]}")


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
        elif is_beside(key) and (array := as_array(item)) is not None:
            found.append((name, array))
        elif THETA.fullmatch(key) or BIAS.fullmatch(key) or WEIGHT.fullmatch(key):
            found.append((name, _matrix(item, key)))
    return found


def _from_pickle(data: bytes) -> Named:
    require(OUR_FORMAT not in data[:100], OUR_OWN)
    found = numpy_pickle.arrays(data, texts=True)
    if not any(array.ndim > 1 for array in found.values()):
        return numpy_pickle.matrices(data)  # which says what it is
    return [(re.sub(r"[^\w/.:]", "_", key), array) for key, array in found.items()]


def _matrix(rows: Any, name: str) -> Array:
    """JSON's list of rows of numbers."""
    if isinstance(rows, list) and rows and all(type(cell) in (int, float) for cell in rows):
        return np.array(rows, dtype=np.float64)
    right = isinstance(rows, list) and bool(rows) and all(isinstance(row, list) for row in rows)
    require(right, f"{name[:30]!a} is no list of rows")
    width = len(rows[0])
    for place, row in enumerate(rows, start=1):
        require(len(row) == width, f"{name[:30]!a} row {place}: {len(row)} numbers, expected {width}")
        require(all(type(cell) in (int, float) for cell in row), f"{name[:30]!a} row {place}: not only numbers")
    return np.array(rows, dtype=np.float64)


def require(condition: bool, seen: str) -> None:
    """Raise Digits20Error, what was seen, unless the condition holds."""
    if not condition:
        raise Digits20Error(seen)
