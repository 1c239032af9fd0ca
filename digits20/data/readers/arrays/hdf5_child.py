"""Run by `hdf5`, in a process of its own: `hdf5_child.py FILE MAX_SIZE [NAME …]`.

Without names it prints the datasets of the HDF5 file as JSON, {name: [dtype, shape]}; with names, it writes these as an
.npz archive to stdout. Imports nothing of digits20. Whatever makes the library crash ends this process only.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

MAX_NAMES = 1000
FILTERS = (None, "gzip", "lzf")


def datasets(group: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(name, dataset) of every dataset that the file itself holds: no links to other files, no data outside it."""
    for name in list(group)[:MAX_NAMES]:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        item = group[name]
        if isinstance(item, h5py.Dataset):
            if item.external is None and not item.is_virtual and item.compression in FILTERS:
                yield prefix + name, item
        elif isinstance(item, h5py.Group) and depth < 4 and not name.startswith("#"):
            yield from datasets(item, f"{prefix}{name}/", depth + 1)


def limit(name: str, most: int) -> None:
    """Let this process have no more of that; where it may have less already, or the system cannot, it stays so."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, name), (most, most))


def main(path: str, max_size: int, *names: str) -> None:
    limit("RLIMIT_CPU", 60)
    limit("RLIMIT_AS", 2 * max_size + 2**31)
    with h5py.File(path, "r") as file:
        found = dict(zip(range(MAX_NAMES), datasets(file), strict=False)).values()
        if not names:
            listed = {name: [item.dtype.kind, [int(side) for side in item.shape or ()]] for name, item in found}
            print(json.dumps(listed))
            return
        arrays = {f"a{names.index(name)}": item[()] for name, item in found if name in names}
        np.savez(sys.stdout.buffer, **arrays)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
