"""A file to write is none of those to read."""

from pathlib import Path

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
        ["train", "--data", "*.png", "--model", "mine.png"],
        ["train", "--data", "kinds", "--model", "kinds/a/1.png"],
        ["train", "--test-data", "kinds", "--plot", "kinds/a/1.png"],
        ["evaluate", "--data", "kinds", "--plot", "kinds/a/1.png"],
        ["curves", "--data", "mine.png", "--csv", "mine.png"],
        ["evaluate", "--data", "mine.png", "--plot", "mine.png"],
        ["report", "--data", "mine.png", "--to", "mine.png"],
    ],
    ids=" ".join,
)
def test_no_command_replaces_what_it_reads(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = [Path("mine.png"), Path("kinds/a/1.png"), Path("kinds/b/1.png")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"the only one")
    assert main(command) == 2
    assert ".png: is to be read" in capsys.readouterr().err
    assert all(file.read_bytes() == b"the only one" for file in files)
