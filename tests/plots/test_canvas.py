"""Plots as files."""

import pytest

from digits20.plots.canvas import picture


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_the_same_picture_has_the_same_bytes(suffix, begins):
    drawn = [picture(lambda ax: ax.plot([1, 2]), suffix) for _ in range(2)]
    assert drawn[0].startswith(begins)
    if suffix == ".png":
        assert drawn[0] == drawn[1]
