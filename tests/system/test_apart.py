"""A file to write is none of those to read."""

import pytest

from digits20 import Digits20Error
from digits20.__main__ import main
from digits20.system.atomic import check_apart


def test_what_is_read_is_not_replaced(tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"the only one")
    for same in (photo, tmp_path / "." / "photo.jpg"):
        with pytest.raises(Digits20Error, match=r"photo\.jpg: is to be read, and what is written would replace it"):
            check_apart(photo, "other.jpg", None, same)
    check_apart(tmp_path / "new.csv", photo)


@pytest.mark.parametrize(
    "command",
    [
        ["scan", "mine.png", "--to", "mine.png"],
        ["predict", "mine.png", "--show", "mine.png"],
        ["predict", ".", "--to", "mine.png"],
        ["train", "--data", "mine.png", "--model", "mine.png"],
        ["evaluate", "--data", "mine.png", "--plot", "mine.png"],
        ["report", "--data", "mine.png", "--to", "mine.png"],
    ],
    ids=" ".join,
)
def test_no_command_replaces_what_it_reads(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.png").write_bytes(b"the only one")
    assert main(command) == 2
    assert "mine.png: is to be read" in capsys.readouterr().err
    assert (tmp_path / "mine.png").read_bytes() == b"the only one"
