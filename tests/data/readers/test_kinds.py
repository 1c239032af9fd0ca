"""Files are told apart by their first bytes, whatever their name."""

import pytest
from hostile import tables

from digits20.data.readers.kinds import kind_of


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (tables.idx((2, 2, 2), bytes(8)), "idx"),
        (tables.mat(), "matlab"),
        (tables.mat_4(), "matlab 4"),
        (b"\x89HDF\r\n\x1a\n", "hdf5"),
        (tables.archive(), "npz"),
        (tables.npz(b""), "npz"),
        (b"PAR1", "parquet"),
        (tables.CSV.encode(), "text"),
        (b"\x89PNG", "text"),
        (b"", "text"),
    ],
)
def test_the_first_bytes_tell_the_kind(first, kind):
    assert kind_of(first) == kind
