"""The code on a form that tells its labels."""

import string

import numpy as np
import pytest

from digits20.images.sheets.code import RUN, decoded, encoded


@pytest.mark.parametrize(
    "labels",
    [
        tuple(string.digits),
        tuple(string.ascii_letters + string.digits),
        ("cat", "dog", "-", "é"),
        tuple("ABCXYZ-_äöü"),
        ("7",),
        ("no",),
    ],
)
def test_labels_and_boxes_are_told(labels):
    assert decoded(encoded(labels, 13)) == (labels, 13)


def test_one_misread_square_is_noticed():
    code = encoded(tuple(string.digits), 20)
    for place in np.ndindex(code.shape):
        code[place] = not code[place]
        assert decoded(code) is None
        code[place] = not code[place]


def test_long_labels_have_no_room():
    assert encoded(("something", "everything", "nothing", "anything"), 20) is None


@pytest.mark.parametrize("text", [RUN, f"{RUN}a", f"a{RUN}", f"a{RUN}{RUN}", f"\0{RUN}\U0010ffff", f"z{RUN}a"])
def test_a_run_that_is_none_is_told_by_no_code(text, monkeypatch):
    monkeypatch.setattr("digits20.images.sheets.code._runs", lambda labels: [text])
    assert decoded(encoded(("7",), 20)) is None
