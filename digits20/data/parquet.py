"""Reads tables in Apache Parquet files by pyarrow: one image per row, one column per pixel, and one of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataFileError
from .arrays import AS_FLOAT64, found, require_size
from .csv_cells import LABEL_NAMES, LabelEnd

Array = npt.NDArray[Any]
MAGIC = b"PAR1"


def is_parquet(data: bytes) -> bool:
    """Whether it begins as a Parquet file does."""
    return data[:4] == MAGIC


def read_labelled(data: bytes, name: str, label_column: LabelEnd | None, max_size: int) -> tuple[Array, Array]:
    """X (m, n), unscaled, and y (m,) of a Parquet file; `name` is the file's, for messages.

    The labels are in the column that is called label, y or the like, or in the first or last as `label_column` says.
    Raises DataFileError.
    """
    table = _table(data, name, max_size)
    labels = _label_column(table.column_names, name, label_column)
    y = np.asarray(table.column(labels).to_pylist(), dtype=object)
    if missing := [row for row, label in enumerate(y) if label is None]:
        raise DataFileError(f"{name} image {missing[0] + 1}: no label")
    return _pixels(table.remove_column(labels), name), y


def read_images(data: bytes, name: str, max_size: int) -> Array:
    """X (m, n) of a Parquet file with or without labels. Raises DataFileError."""
    table = _table(data, name, max_size)
    for place in reversed(_named(table.column_names)):
        table = table.remove_column(place)
    return _pixels(table, name)


def _table(data: bytes, name: str, max_size: int) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DataFileError(f'{name}: a Parquet file needs pyarrow: pip install "digits20[dask]"') from None
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        require_size("the table", rows * columns * AS_FLOAT64, name, max_size)
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
        require_size("the table", unpacked, name, max_size)
        table = file.read(use_threads=False)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError):
        raise DataFileError(f"{name}: a damaged or truncated Parquet file") from None
    if not table.num_rows or not table.num_columns:
        raise DataFileError(f"{name}: empty")
    return table


def _named(columns: list[str]) -> list[int]:
    return [place for place, column in enumerate(columns) if column.strip().lower() in LABEL_NAMES]


def _label_column(columns: list[str], name: str, label_column: LabelEnd | None) -> int:
    if label_column:
        return 0 if label_column == "first" else len(columns) - 1
    named = _named(columns)
    if len(named) != 1:
        many = "several columns" if named else "no column"
        raise DataFileError(f"{name}: {many} called label, y or the like; found {found(columns)} (--label-column)")
    return named[0]


def _pixels(table: Any, name: str) -> Array:
    from pyarrow import types

    for column in table.schema:
        if not (types.is_integer(column.type) or types.is_floating(column.type)):
            raise DataFileError(f"{name}: {found([column.name])} holds {str(column.type)[:40]}, expected numbers")
    X = np.empty((table.num_rows, table.num_columns))
    for place, column in enumerate(table.columns):
        X[:, place] = column.to_numpy()  # missing values become NaN, which is refused later
    return X
