"""Partitions of a Parquet file: its row groups, of which nothing else is read, also over a network."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from ...data.dataset import Digits
from ...data.load import options_of, read_digits
from ...errors import DataFileError, shown
from ...system.untrusted import MAX_SIZE
from .remote import copy_named, opened

SUFFIXES = ".parquet", ".pq"


@dataclass(frozen=True)
class RowGroups:
    """The images of row groups `start` to `stop` (exclusive) of a Parquet file; options: those of `load`."""

    path: str
    start: int
    stop: int
    options: dict[str, Any]

    def __call__(self) -> Digits:
        from pyarrow import parquet

        name = f"{shown(self.path)} row groups {self.start + 1} to {self.stop}"
        with copy_named(self.path, name) as copy:
            with opened(self.path) as source:
                file, groups, most = parquet.ParquetFile(source), range(self.start, self.stop), self._max_size
                if sum(file.metadata.row_group(group).total_byte_size for group in groups) > most:
                    raise DataFileError(f"{name}: hold more than {most} bytes")
                parquet.write_table(file.read_row_groups(groups, use_threads=False), copy, compression="none")
            return read_digits(copy, *options_of(self.options), one_class=True)

    @property
    def _max_size(self) -> int:
        return int(self.options.get("max_size", MAX_SIZE))


def is_parquet(path: str) -> bool:
    """By its name: to look into thousands of files takes long."""
    return path.lower().endswith(SUFFIXES)


def row_groups(path: str, rows: int | None, options: dict[str, Any]) -> list[RowGroups]:
    """A partition per row group, or per neighbours that together have at most `rows` images; raises DataFileError."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise DataFileError(f'{shown(path)}: a Parquet file needs pyarrow: pip install "digits20[dask]"') from None
    with opened(path) as source:
        metadata = parquet.ParquetFile(source).metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    bounds, together = [0], 0
    for group, size in enumerate(sizes):
        if together and together + size > (rows or 0):
            bounds.append(group)
            together = 0
        together += size
    bounds.append(len(sizes))
    return [RowGroups(path, start, stop, options) for start, stop in itertools.pairwise(bounds)]
