"""What kind of file it is, by its first bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .arrays.hdf5 import is_hdf5, is_matlab_73
from .arrays.idx import is_idx
from .arrays.npz import is_npz
from .matlab.mat import is_mat, is_mat_4
from .matlab.octave import is_octave

Kind = Literal["idx", "npy", "npz", "matlab 7.3", "hdf5", "matlab", "matlab 4", "octave", "parquet", "pickle", "text"]

NPY, PARQUET = b"\x93NUMPY", b"PAR1"
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
OLD_PICKLE = (b"(", b"c", b"}", b"]")  # protocols 0 and 1 begin with an opcode only
OLD_MARKS = (b"cnumpy", b"(dp", b"(lp", b"}q", b"]q")

READ: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    ("idx", is_idx),
    ("npy", lambda first: first.startswith(NPY)),
    ("npz", is_npz),
    ("matlab 7.3", is_matlab_73),
    ("hdf5", is_hdf5),
    ("matlab", is_mat),
    ("matlab 4", is_mat_4),
    ("octave", is_octave),
    ("parquet", lambda first: first.startswith(PARQUET)),
    ("pickle", lambda first: first.startswith(PICKLES) or _is_old_pickle(first)),
)
BY_COLUMN = ("matlab", "matlab 4", "matlab 7.3", "octave")  # an image's pixels usually stand column by column there


def kind_of(first: bytes) -> Kind:
    """The kind of table that begins with those bytes, 200 or more; "text" for all but binary ones and Octave's."""
    return next((kind for kind, matches in READ if matches(first)), "text")


def _is_old_pickle(first: bytes) -> bool:
    start = first[:200]
    return start.startswith(OLD_PICKLE) and any(mark in start for mark in OLD_MARKS)
