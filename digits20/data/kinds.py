"""What kind of file it is, by its first bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .arrays import is_matlab
from .idx import is_idx
from .npz import is_npz
from .parquet import is_parquet

Kind = Literal["idx", "matlab", "npz", "parquet", "text"]

READ: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    ("idx", is_idx),
    ("matlab", is_matlab),
    ("npz", is_npz),
    ("parquet", is_parquet),
)


def kind_of(first: bytes) -> Kind:
    """The kind of table that begins with those bytes, 128 or more; "text" for all but binary ones."""
    return next((kind for kind, matches in READ if matches(first)), "text")
