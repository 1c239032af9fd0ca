"""Files of strangers while they are read: what changes meanwhile is refused, what is replaced is read as it was."""

import os

import pytest

from digits20 import DataFileError, load
from digits20.system import untrusted
from digits20.system.untrusted import read_file

ROWS = "".join(f"{row % 4 / 4},0.5,0.25,1,{row % 3}\n" for row in range(12))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(ROWS)
    os.utime(path, (1, 1))  # long ago: the clock of files may be coarse
    return path


def change(path, mode, content):
    with path.open(mode) as file:
        file.write(content)


CHANGES = {
    "another line": ("a", "0,0,0,0,1\n"),
    "other numbers": ("r+", "0.9"),
    "nothing left": ("w", ""),
}


@pytest.mark.parametrize(("mode", "content"), CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_read_is_refused(path, mode, content):
    with pytest.raises(DataFileError, match=r"table\.csv: changed while it was read$"):
        read_file(path, look=lambda chunk, start: None if start else change(path, mode, content))


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(path, tmp_path):
    def replace(chunk, start):
        (tmp_path / "new").write_text("")
        (tmp_path / "new").replace(path)

    assert read_file(path, look=replace) == ROWS.encode()


def test_a_table_that_changes_while_it_is_read_is_refused_by_its_name(path, monkeypatch):
    real = untrusted.read_unpacked
    change_and_read = lambda *how: (real(*how), change(path, "a", "0,0,0,0,1\n"))[0]  # noqa: E731
    monkeypatch.setattr(untrusted, "read_unpacked", change_and_read)
    with pytest.raises(DataFileError, match=r"table\.csv: changed while it was read$"):
        load(path)
