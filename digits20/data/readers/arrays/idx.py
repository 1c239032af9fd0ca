"""Reads MNIST's IDX files of images and labels: big-endian sizes, then one byte per pixel or label.

Source: Y. LeCun, C. Cortes, The MNIST database of handwritten digits, "File formats".
"""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DataFileError, shown
from ....system.untrusted import read_file, read_range
from ....types import StrPath
from .roles import one_hot

Bytes = npt.NDArray[np.uint8]
# the third byte of a file tells the type of its numbers, the fourth how many dimensions they have
TYPES = {
    **{8: "unsigned bytes", 9: "signed bytes", 11: "16-bit integers"},
    **{12: "32-bit integers", 13: "32-bit floats", 14: "64-bit floats"},
}
UNSIGNED_BYTES = 8
DTYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
IMAGES, LABELS = 3, 1  # dimensions
QMNIST = 8  # numbers of each image in QMNIST's files of labels, the first of which is the digit


def is_idx(data: bytes) -> bool:
    """Whether it begins as an IDX file of one to four dimensions does."""
    return data[:2] == b"\0\0" and len(data) >= 4 and data[2] in TYPES and 1 <= data[3] <= 4


def read_images(data: bytes, name: str, path: StrPath) -> npt.NDArray[Any]:
    """(m, rows, columns) or (m, n) pixels of an IDX file of images, as views into `data`. `name` is the file's.

    Raises DataFileError, also where the file holds labels: then with the name of the images that go with them.
    """
    if data[3] == LABELS and data[2] == UNSIGNED_BYTES:
        raise DataFileError(f"{name}: labels without images, expected the images{_images_beside(path)}")
    if data[3] == 4:
        images = _array(data, name, 4)
        if 1 not in images.shape[1:]:
            raise DataFileError(f"{name}: an IDX file of 4 dimensions, expected images of 3")
        return images.squeeze(axis=next(axis for axis in (1, 3, 2) if images.shape[axis] == 1))
    return _array(data, name, 2 if data[3] == 2 else IMAGES)


def read_labels(images: StrPath, labels_file: StrPath | None, count: int, max_size: int) -> npt.NDArray[Any]:
    """(count,) labels of the images in that file: from `labels_file`, or from the file that lies beside the images.

    Raises DataFileError.
    """
    path = labels_file or labels_beside(images)
    name, data = shown(path), read_file(path, max_size)
    if not is_idx(data) or data[3] != LABELS:
        seen = f"it begins with 0x{data[:4].hex()}" if data else "it is empty"
        raise DataFileError(f"{name}: not an IDX file of labels, {seen}")
    labels = _array(data, name, LABELS)
    if len(labels) != count:
        raise DataFileError(f"{shown(images)}: {count} images but {len(labels)} labels in {name}")
    return labels


def labels_in(data: bytes, name: str) -> npt.NDArray[Any]:
    """(m,) labels of an IDX file of labels, or of one-hot rows. Raises DataFileError."""
    if data[3] != 2:
        return _array(data, name, LABELS)
    rows = _array(data, name, 2)
    hot = one_hot(rows)
    if hot is not None:
        return hot
    if rows.shape[1] != QMNIST:
        raise DataFileError(f"{name}: an IDX file of 2 dimensions, expected labels of 1")
    return rows[:, 0]


def count(images: StrPath, labels: StrPath) -> int:
    """How many images and labels two IDX files promise. Raises DataFileError, also where these are not as many."""
    (m, *_), (n,) = (_promise(path, dimensions) for path, dimensions in ((images, IMAGES), (labels, LABELS)))
    if m != n:
        raise DataFileError(f"{shown(images)}: {m} images but {n} labels in {shown(labels)}")
    if not m:
        raise DataFileError(f"{shown(images)}: empty")
    return m


def _promise(path: StrPath, dimensions: int) -> tuple[int, ...]:
    return _shape(read_range(path, 0, 4 + 4 * dimensions), shown(path), dimensions)


def read_rows(images: StrPath, labels: StrPath, start: int, stop: int) -> tuple[Bytes, Bytes]:
    """(stop - start, rows, columns) pixels and (stop - start,) labels of two IDX files; nothing else is kept.

    Raises DataFileError.
    """
    pixels, digits = _rows(images, IMAGES, start, stop), _rows(labels, LABELS, start, stop)
    return pixels, digits


def _rows(path: StrPath, dimensions: int, start: int, stop: int) -> Bytes:
    name, shape = shown(path), _promise(path, dimensions)
    if stop > shape[0]:
        raise DataFileError(f"{name}: {shape[0]} images, expected {stop} or more")
    item, first = math.prod(shape[1:]), 4 + 4 * dimensions
    data = read_range(path, first + start * item, first + stop * item)
    if len(data) != (stop - start) * item:
        raise DataFileError(f"{name}: ends before image {stop} of the {shape[0]} it promises")
    return np.frombuffer(data, np.uint8).reshape(stop - start, *shape[1:])


def _array(data: bytes, name: str, dimensions: int) -> npt.NDArray[Any]:
    """The numbers in the shape that the header promises, once the bytes are there."""
    shape = _shape(data, name, dimensions, only_bytes=False)
    dtype = np.dtype(DTYPES[data[2]])
    start = 4 + 4 * dimensions
    promised, there = math.prod(shape) * dtype.itemsize, len(data) - start
    if promised != there:
        sizes = "×".join(map(str, (*shape, dtype.itemsize) if dtype.itemsize > 1 else shape))
        raise DataFileError(f"{name}: promises {sizes} = {promised} bytes, has {there}")
    if not promised:
        raise DataFileError(f"{name}: empty")
    return np.frombuffer(data, dtype, offset=start).reshape(shape)


def _shape(data: bytes, name: str, dimensions: int, only_bytes: bool = True) -> tuple[int, ...]:
    if not is_idx(data):
        seen = f"it begins with 0x{data[:4].hex()}" if data else "it is empty"
        raise DataFileError(f"{name}: not an IDX file, {seen}")
    if only_bytes and data[2] != UNSIGNED_BYTES:
        raise DataFileError(f"{name}: an IDX file of {TYPES[data[2]]}, expected unsigned bytes")
    if data[3] != dimensions:
        what = "images of 3" if dimensions == IMAGES else "labels of 1"
        raise DataFileError(f"{name}: an IDX file of {data[3]} dimensions, expected {what}")
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise DataFileError(f"{name}: a truncated IDX file of {len(data)} bytes")
    return struct.unpack_from(f">{dimensions}I", data, 4)


def labels_beside(images: StrPath) -> Path:
    """The labels of those images: train-images-idx3-ubyte.gz has train-labels-idx1-ubyte.gz beside it, packed or not.

    Raises DataFileError where there are none.
    """
    path = Path(os.fspath(images))
    partner = path.name.replace("images", "labels").replace("idx3", "idx1")
    if "labels" not in partner or partner == path.name:
        raise DataFileError(f"{shown(images)}: no labels file belongs to that name (--labels-file names one)")
    found = _packed_or_not(path.with_name(partner))
    if found is None:
        raise DataFileError(f"{shown(images)}: no {shown(partner)} beside it (--labels-file names the labels)")
    return found


def _images_beside(labels: StrPath) -> str:
    path = Path(os.fspath(labels))
    partner = path.name.replace("labels", "images").replace("idx1", "idx3")
    found = None if partner == path.name else _packed_or_not(path.with_name(partner))
    return f" in {shown(found)}" if found else ""


def _packed_or_not(path: Path) -> Path | None:
    other = path.with_suffix("") if path.suffix == ".gz" else path.with_name(f"{path.name}.gz")
    return next((candidate for candidate in (path, other) if candidate.is_file()), None)
