"""Reads Apache Parquet files by pyarrow: a column per pixel, or one of pictures or lists, and one of labels."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError, ImageError
from ..text.columns import INDEX_NAMES, OTHER_NAMES, order_of_names
from ..text.csv_cells import LABEL_NAMES
from .named import AS_FLOAT64
from .shapes import found_names

Array = npt.NDArray[Any]
KEPT_INDEX = "__index_level_0__"  # pandas' name for it, whichever order its rows are in

log = logging.getLogger("digits20")
MAX_NESTING = 3  # lists within lists


def read(data: bytes, name: str, label_column: str | None, labelled: bool, max_size: int) -> tuple[Array, Array | None]:
    """X (m, n) or (m, rows, columns), unscaled, and y (m,) of a Parquet file; `name` is the file's, for messages.

    The labels are in the column that is called label, y or the like, or in the first or last as `label_column` says.
    labelled: whether a file without such a column is refused; y is None then otherwise. Raises DataFileError.
    """
    table = _without_index(_table(data, name, max_size))
    place = _label_column(table.column_names, name, label_column, labelled)
    y = None
    if place is not None:
        y = np.asarray(table.column(place).to_pylist(), dtype=object)
        if missing := [row for row, label in enumerate(y) if label is None]:
            raise DataFileError(f"{name} image {missing[0] + 1}: no label")
        table = table.remove_column(place)
    return _images(_in_order(_without_texts(table)), name, max_size), y


def read_labels(data: bytes, name: str, max_size: int) -> Array:
    """(m,) the labels of a Parquet file: its only column, or the one called label, y or the like."""
    table = _without_index(_table(data, name, max_size))
    place = 0 if table.num_columns == 1 else _label_column(table.column_names, name, None, labelled=True)
    return np.asarray(table.column(place).to_pylist(), dtype=object)


def _table(data: bytes, name: str, max_size: int) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DataFileError(f'{name}: a Parquet file needs pyarrow: pip install "digits20[dask]"') from None
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
        for size in (rows * columns * AS_FLOAT64, unpacked):
            if not 0 <= size <= max_size:
                raise DataFileError(f"{name}: the table holds more than {max_size} bytes")
        table = file.read(use_threads=False)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError):
        raise DataFileError(f"{name}: a damaged or truncated Parquet file") from None
    if not table.num_rows or not table.num_columns:
        raise DataFileError(f"{name}: empty")
    return table


def _without_index(table: Any) -> Any:
    """Without the row numbers that pandas keeps in a column of their own."""
    from pyarrow import types

    for place in reversed(range(table.num_columns)):
        if table.column_names[place].lower() in INDEX_NAMES and types.is_integer(table.schema.types[place]):
            numbers = table.column(place).to_numpy()
            kept = table.column_names[place] == KEPT_INDEX and len(np.unique(numbers)) == len(numbers)
            if len(numbers) > 1 and (kept or (np.diff(numbers) == 1).all()):
                table = table.remove_column(place)
    return table


def _without_texts(table: Any) -> Any:
    """Without columns of names, of files and the like, beside those of numbers."""
    from pyarrow import types

    texts = [
        column.name
        for column in table.schema
        if column.name.lower() in OTHER_NAMES and (types.is_string(column.type) or types.is_large_string(column.type))
    ]
    return table.drop_columns(texts) if len(texts) < table.num_columns else table


def _in_order(table: Any) -> Any:
    """With the pixels in the order of the numbers in their names."""
    places = order_of_names(table.column_names)
    if places is None:
        return table
    log.warning("pixels put in the order of the numbers in their columns' names")
    return table.select(places)


def _label_column(columns: list[str], name: str, label_column: str | None, labelled: bool) -> int | None:
    if label_column and labelled:
        return 0 if label_column == "first" else len(columns) - 1
    known = [place for place, column in enumerate(columns) if column.strip().lower() in LABEL_NAMES]
    if len(known) == 1 or (known and not labelled):
        return known[0]
    if not labelled:
        return None
    many = "several columns" if known else "no column"
    raise DataFileError(f"{name}: {many} called label, y or the like; found {found_names(columns)} (--label-column)")


def _images(table: Any, name: str, max_size: int) -> Array:
    from pyarrow import types

    kinds = table.schema.types
    if any(types.is_struct(kind) or types.is_binary(kind) or types.is_large_binary(kind) for kind in kinds):
        return _pictures(table, name, max_size)
    if any(_is_list(kind) for kind in kinds):
        return _lists(_only_column(table, name), name)
    for column in table.schema:
        if not (types.is_integer(column.type) or types.is_floating(column.type)):
            raise DataFileError(f"{name}: {found_names([column.name])} holds {str(column.type)[:40]}, expected numbers")
    X = np.empty((table.num_rows, table.num_columns))
    for place, column in enumerate(table.columns):
        X[:, place] = column.to_numpy()  # missing values become NaN, which is refused later
    return X


def _only_column(table: Any, name: str) -> Any:
    if table.num_columns != 1:
        raise DataFileError(f"{name}: several columns beside the labels; found {found_names(table.column_names)}")
    return table.column(0).combine_chunks()


# Hugging Face's pictures


def _pictures(table: Any, name: str, max_size: int) -> Array:
    """(m, rows, columns) grey values from 0 to 1 of a column of picture files, or of structs with their `bytes`."""
    from pyarrow import types

    from ....images.decode import read_picture

    column = _only_column(table, name)
    if types.is_struct(column.type):
        if "bytes" not in [column.type.field(i).name for i in range(column.type.num_fields)]:
            raise DataFileError(f"{name}: a struct without bytes, expected pictures")
        column = column.field("bytes")
    if not (types.is_binary(column.type) or types.is_large_binary(column.type)):
        raise DataFileError(f"{name}: a struct of {str(column.type)[:40]}, expected pictures")
    X: Array = np.empty((0, 0, 0))
    for row, content in enumerate(column):
        if not content.is_valid:
            raise DataFileError(f"{name} image {row + 1}: no picture")
        try:
            grey = read_picture(content.as_py(), f"{name} image {row + 1}").mean(axis=2)
        except ImageError as error:
            raise DataFileError(str(error)) from None
        if row == 0:
            if grey.size * AS_FLOAT64 * len(column) > max_size:
                raise DataFileError(f"{name}: its pictures hold more than {max_size} bytes")
            X = np.empty((len(column), *grey.shape))
        if grey.shape != X.shape[1:]:
            sizes = " pixels, expected ".join("×".join(map(str, shape)) for shape in (grey.shape, X.shape[1:]))
            raise DataFileError(f"{name} image {row + 1}: {sizes} as in image 1")
        X[row] = grey
    return X


# lists


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _lists(column: Any, name: str) -> Array:
    """(m, n) or (m, rows, columns) numbers of lists of equal length, or of lists of such lists."""
    import pyarrow
    from pyarrow import compute, types

    shape = [len(column)]
    while _is_list(column.type) and len(shape) <= MAX_NESTING:
        lengths = compute.unique(compute.list_value_length(column)).to_pylist()
        if len(lengths) != 1 or not lengths[0]:
            raise DataFileError(f"{name}: lists of {', '.join(map(str, lengths[:3]))} numbers, expected one length")
        shape.append(lengths[0])
        column = column.flatten()
    if not (types.is_integer(column.type) or types.is_floating(column.type)) or column.null_count:
        raise DataFileError(f"{name}: lists of {str(column.type)[:40]}, expected numbers")
    try:
        numbers = column.to_numpy(zero_copy_only=False)
    except pyarrow.ArrowException:
        raise DataFileError(f"{name}: lists that are no numbers") from None
    X: Array = np.asarray(numbers).reshape(shape)
    if X.ndim == 4 and 1 in X.shape[1:]:
        X = X.squeeze(axis=next(axis for axis in (3, 1, 2) if X.shape[axis] == 1))
    if X.ndim not in (2, 3):
        raise DataFileError(f"{name}: lists of shape {'×'.join(map(str, X.shape))}, expected one image per row")
    return X
