"""Whole files, damaged: refused or read as they were where a checksum is in them, and read as they stand where none is.

What "as they stand" means, the fuzz targets say: each compares with an independent reading.
"""

import gzip
from pathlib import Path

import pytest
from fuzz import targets
from hypothesis import given, settings
from hypothesis import strategies as st

from digits20 import load, load_model
from digits20.errors import Digits20Error
from digits20.images.photo import read_photo
from digits20.persistence import strict_json as plain_json
from digits20.persistence.checkpoint_file import load_snapshot
from digits20.persistence.model_file import to_payload
from hostile import photos, pickles, tables
from hostile.load_server import digest

CORPUS = Path(targets.__file__).parent / "corpus"
RICH = pickles.model(scores={"test_accuracy": 0.5}, settings={"solver": "adam", "note": "é"}, labels=("a", 2.5))
CSV = tables.CSV.encode()
# whole files with a checksum in them, and what reads them
CHECKED = {
    "a model": (pickles.saved(RICH), load_model),
    "a model, gzipped": (gzip.compress(pickles.saved(RICH)), load_model),
    "a model in JSON": (plain_json.dumps(to_payload(RICH)), load_model),
    "a checkpoint": (targets.snapshot(), lambda path: load_snapshot(path, *targets.run())),
    "a table, gzipped": (gzip.compress(CSV), load),
    "arrays": (tables.npz(tables.npy(tables.X)), load),
    "arrays, packed": (tables.npz(tables.npy(tables.X), method=8), load),
    "a PNG picture": (photos.PNG, read_photo),
}
EDITS = {
    "set": lambda data, at, length, content: data[:at] + content + data[at + len(content) :],
    "flip": lambda data, at, length, content: (
        data[:at] + bytes(byte ^ length for byte in data[at : at + 1]) + data[at + 1 :]
    ),
    "cut": lambda data, at, length, content: data[:at] + data[at + length :],
    "end": lambda data, at, length, content: data[:at],
    "insert": lambda data, at, length, content: data[:at] + content + data[at:],
    "double": lambda data, at, length, content: data[: at + length] + data[at:],
    "swap": lambda data, at, length, content: (
        data[:at] + data[at + length : at + 2 * length] + data[at : at + length] + data[at + 2 * length :]
    ),
}
edits = st.lists(
    st.tuples(st.sampled_from(list(EDITS)), st.floats(0, 1), st.integers(1, 99), st.binary(min_size=1, max_size=9)),
    min_size=1,
    max_size=4,
)
modest = settings(max_examples=20, deadline=None, derandomize=True)


def damaged(data, edits):
    for kind, where, length, content in edits:
        data = EDITS[kind](data, int(where * len(data)), length, content)
    return data


@pytest.mark.parametrize(("content", "read"), CHECKED.values(), ids=CHECKED)
@given(edits=edits)
@modest
def test_a_damaged_file_with_a_checksum_is_refused_or_read_as_it_was(tmp_path_factory, content, read, edits):
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    whole = digest(read(path))
    path.write_bytes(damaged(content, edits))
    try:
        found = digest(read(path))
    except Digits20Error as error:
        targets.one_line(error)
        return
    assert found == whole


@pytest.mark.parametrize("reader", sorted({*targets.TARGETS} - {"sheet"}))
@given(data=st.data(), edits=edits)
@modest
def test_a_damaged_file_is_refused_or_read_as_it_stands(reader, data, edits):
    content = data.draw(st.sampled_from(sorted((CORPUS / reader).iterdir()))).read_bytes()
    targets.check(reader, damaged(content, edits))


@given(data=st.data(), edits=edits)
@settings(modest, max_examples=3)  # a form takes a third of a second
def test_a_damaged_form_is_refused_or_read_as_it_stands(data, edits):
    content = data.draw(st.sampled_from(sorted((CORPUS / "sheet").iterdir()))).read_bytes()
    targets.check("sheet", damaged(content, edits))


CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "nan", "-inf", "1e999", "1_0", "0x1", "٣", '"', '""', '"0,5"', "\u2028", "1e-320", "00.50"]
    ),
    st.floats().map(str),
    st.integers(-(10**30), 10**30).map(str),
    st.text(st.characters(codec="utf-8"), max_size=9),
    st.from_regex(r"\A[+-]?[0-9]{0,30}\.?[0-9]{0,30}([eE][+-]?[0-9]{1,4})?\Z"),
)


@given(
    cells=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 4), CELLS), min_size=1, max_size=3),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(modest, max_examples=40)
def test_a_table_with_strange_cells_is_refused_or_read_as_it_stands(cells, delimiter, end):
    rows = [line.split(",") for line in tables.CSV.splitlines()]
    for row, column, cell in cells:
        rows[row][column] = cell
    targets.check("csv", end.join(delimiter.join(row) for row in rows).encode())
