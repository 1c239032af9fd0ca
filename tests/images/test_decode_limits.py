"""Work is counted as the decoders do it, before any of it is done."""

import pytest
from hostile import photos

from digits20.errors import ImageError
from digits20.images.decode_limits import check_work

SCANS = [name for name in photos.REFUSED if "a thousand scans" in name]


@pytest.mark.parametrize("name", SCANS)
def test_scans_are_counted_whatever_stands_between_them(name):
    with pytest.raises(ImageError, match="more than 100 scans"):
        check_work(photos.REFUSED[name](), 40_000_000)


def test_a_jpeg_of_two_scans_is_gone_over_twice():
    data = photos.JPEG
    scan = data.rindex(b"\xff\xda")
    assert check_work(data, 40_000_000) == 1
    assert check_work(data[:-2] + data[scan:], 40_000_000) == 2
