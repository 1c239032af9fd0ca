"""Hostile HDF5 and Parquet files, and folders of pictures, by what their refusal says; made when they are wanted."""

import io
import os
import struct
import zlib

import numpy as np

from .tables import X, Y


def hdf5(fill):
    def make():
        import h5py

        file = io.BytesIO()
        with h5py.File(file, "w") as made:
            made["y"] = Y
            fill(made, h5py)
        return file.getvalue()

    return make


def parquet(columns):
    def make():
        import pyarrow
        from pyarrow import parquet

        file = io.BytesIO()
        parquet.write_table(pyarrow.table(columns()), file, compression="zstd")
        return file.getvalue()

    return make


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png():
    """A picture that says it has 60,000 × 60,000 pixels."""
    head = struct.pack(">2I5B", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


PIXELS = hdf5(lambda made, _: made.create_dataset("X", data=X))
# by name: what is said, the file, options
TABLES = {
    "HDF5: cut": ("damaged or truncated", lambda: PIXELS()[:-200], {}),
    "HDF5: a terabyte that is not there": (
        "X holds more than",
        hdf5(lambda made, _: made.create_dataset("X", (10**6, 10**6), "f8", chunks=(100, 100))),
        {},
    ),
    "HDF5: numbers of another file": (
        "no X and y",
        hdf5(lambda made, _: made.create_dataset("X", (3, 4), "u1", external=[("/etc/passwd", 0, 12)])),
        {},
    ),
    "HDF5: a link to another file": (
        "no X and y",
        hdf5(lambda made, h5py: made.__setitem__("X", h5py.ExternalLink("/tmp/other.h5", "/X"))),
        {},
    ),
    "HDF5: references": (
        "'X' holds no numbers",
        hdf5(lambda made, h5py: made.create_dataset("X", (3, 4), h5py.ref_dtype)),
        {},
    ),
    "Parquet: cut": ("damaged or truncated", lambda: parquet(lambda: {"label": Y, "a": Y})()[:-9], {}),
    "Parquet: a million rows of nothing": (
        "holds more than 1048576 bytes",
        parquet(lambda: {name: np.zeros(10**6, np.int8) for name in ("label", "a")}),
        {"max_size": 2**20},
    ),
    "Parquet: pictures that are none": (
        " image 1: not a picture",
        parquet(lambda: {"image": [{"bytes": b"hello", "path": "/etc/passwd"}] * 3, "label": Y}),
        {},
    ),
    "Parquet: a picture of gigabytes": (
        " image 1: more than the 40000000 pixels",
        parquet(lambda: {"image": [{"bytes": huge_png(), "path": None}] * 3, "label": Y}),
        {},
    ),
    "Parquet: lists within lists within lists": (
        "expected",
        parquet(lambda: {"image": [[[[[[0.0]]]]]] * 3, "label": Y}),
        {},
    ),
    "Parquet: missing pixels": ("expected", parquet(lambda: {"label": [1, 2], "a": [None, 1.0]}), {}),
}


def fill(folder, **contents):
    """A folder of files, each in a class of its own."""
    for label, content in contents.items():
        (folder / label).mkdir(parents=True)
        (folder / label / "1.png").write_bytes(content)


def a_loop_of_links(folder):
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b").symlink_to(folder)


def a_device_and_a_pipe(folder):
    fill(folder)
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "a" / "2.png")


def a_name_that_clears_the_screen(folder):
    fill(folder, **{"\x1b[2J": b"hello", "b": b"hello"})


def pictures_of_gigabytes(folder):
    fill(folder, a=huge_png(), b=huge_png())


def a_table_that_names_what_is_outside(folder):
    fill(folder, a=b"hello")
    (folder / "labels.csv").write_text("../../../etc/secret.png,1\n" * 3)


FOLDERS = {
    a_loop_of_links: "no pictures in this folder",
    a_device_and_a_pipe: "no pictures in this folder",
    a_name_that_clears_the_screen: "2 of 2 pictures cannot be read",
    pictures_of_gigabytes: "2 of 2 pictures cannot be read",
    a_table_that_names_what_is_outside: "is outside the folder of the table",
}
