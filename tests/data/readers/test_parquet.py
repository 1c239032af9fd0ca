"""Parquet files are read as CSV files are, and refused as they are."""

import contextlib
import logging

import numpy as np
import pandas as pd
import pytest

from digits20 import DataFileError, load, load_images

pyarrow = pytest.importorskip("pyarrow", reason="needs the extra: pip install digits20[dask]")

parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def write(tmp_path):
    def write(columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / "digits.parquet")
        return tmp_path / "digits.parquet"

    return write


@pytest.fixture
def columns(rng):
    return {"label": [3, 1, 2]} | {f"pixel{i}": rng.random(3) for i in range(4)}


def test_pixels_and_labels_are_those_of_the_columns(write, columns):
    digits = load(write(columns))
    assert digits.y.tolist() == [3, 1, 2]
    np.testing.assert_array_equal(digits.X, np.column_stack([columns[f"pixel{i}"] for i in range(4)]))


def test_the_labels_may_stand_anywhere_and_be_words(write, rng):
    path = write({"a": rng.random(2), "b": rng.random(2), "y": ["cat", "dog"], "c": rng.random(2), "d": rng.random(2)})
    assert load(path, labels="any").labels == ("cat", "dog")


def test_whole_pixels_up_to_255_are_divided(write, columns, caplog):
    caplog.set_level(logging.INFO)
    bytes_ = {name: np.array([0, 128, 255], np.uint8) for name in columns if name != "label"}
    assert load(write({"label": [1, 2, 3]} | bytes_)).X.max() == 1
    assert "divided by 255" in caplog.text


def test_labels_are_not_needed_for_images_alone(write, columns):
    assert load_images(write(columns))[0].shape == (3, 4)


BAD = {
    "no column called label, y or the like; found a, b": {"a": [1.0, 2.0], "b": [1.0, 2.0]},
    "image 2 pixel 1: nan, expected a number": {"label": [1, 2], **{f"p{i}": [0.5, None] for i in range(4)}},
    "p0 holds string, expected numbers": {"label": [1, 2], "p0": ["a", "b"]},
    "image 2: no label": {"label": [1, None], "p0": [0.1, 0.2]},
    "2 pixels, expected 1 (1×1) or 4 (2×2)": {"label": [1, 2], "p0": [0.1, 0.2], "p1": [0.1, 0.2]},
    "label 11, expected 0 to 9": {"label": [1, 11], "p0": [0.1, 0.2]},
    "empty": {"label": [], "p0": []},
}


@pytest.mark.parametrize("seen", BAD)
def test_what_is_no_table_of_images_is_refused_with_its_place(write, seen):
    with pytest.raises(DataFileError) as caught:
        load(write(BAD[seen]))
    assert seen in str(caught.value)
    assert str(caught.value).startswith(str(write(BAD[seen])))


def test_every_truncation_and_flipped_byte_is_refused_or_read(write, columns):
    """What a stranger sends never ends in another error than ours."""
    path = write(columns)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[rng.integers(4, len(whole))] ^= rng.integers(1, 256)
        path.write_bytes(damaged[: rng.integers(4, len(whole))] if rng.random() < 0.3 else damaged)
        with contextlib.suppress(DataFileError):
            load(path, labels="any")


def test_more_than_the_limit_is_refused_before_it_is_unpacked(write):
    path = write({"label": np.arange(100_000) % 10, "p0": np.zeros(100_000)})
    assert path.stat().st_size < 10**6
    with pytest.raises(DataFileError, match="holds more than 1000000 bytes"):
        load(path, max_size=10**6)


def test_the_index_that_pandas_keeps_is_left_out_in_any_order(tmp_path):
    table = pd.DataFrame(np.eye(9)).rename(columns=str).assign(label=[*range(9)])
    table.sample(frac=1, random_state=0).to_parquet(tmp_path / "t.parquet")
    assert load(tmp_path / "t.parquet", judge=None).X.shape == (9, 9)
