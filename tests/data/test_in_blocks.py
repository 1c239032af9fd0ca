"""A table read in blocks is the table that `load` reads."""

import numpy as np
import pytest

from digits20 import DataFileError, load
from digits20.data import in_blocks
from digits20.data.in_blocks import load_in_blocks
from digits20.data.load import read_digits
from digits20.system import untrusted


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(untrusted, "CHUNK", 4096)
    monkeypatch.setattr(in_blocks, "BLOCK", 4096)


@pytest.fixture
def as_a_whole(monkeypatch):
    """The paths that were read as a whole."""
    paths = []
    monkeypatch.setattr(
        in_blocks, "read_digits", lambda path, *how, **more: paths.append(path) or read_digits(path, *how, **more)
    )
    return paths


def as_float32(digits):
    return digits.astype("float32")


def written(path, X, y, first=False, header="", fmt="%d"):
    columns = [y, X] if first else [X, y]
    np.savetxt(path, np.column_stack(columns), delimiter=",", fmt=fmt, header=header, comments="")
    return path


def is_what_load_reads(path, **options):
    digits, whole = load_in_blocks(path, as_float32, **options), as_float32(load(path, **options))
    assert digits.digest() == whole.digest()
    assert digits.image_shape == whole.image_shape
    assert digits.labels == whole.labels


@pytest.fixture
def X(rng):
    X = rng.integers(256, size=(300, 36))
    X[:, 0], X[:, 1] = 0, 255
    return X


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz"])
@pytest.mark.parametrize("header", ["", ",".join(["label", *map(str, range(36))])])
def test_blocks_make_the_whole_table_also_with_one_class_in_each(tmp_path, X, as_a_whole, name, header):
    is_what_load_reads(written(tmp_path / name, X, np.repeat([3, 8, 1], 100), first=True, header=header))
    assert not as_a_whole


def test_labels_of_all_blocks_are_numbered_together(tmp_path, X, as_a_whole):
    is_what_load_reads(written(tmp_path / "table.csv", X, np.repeat([11, 2, 40], 100)), labels="any")
    assert not as_a_whole


def test_blocks_of_different_scales_are_read_as_a_whole(tmp_path, X, as_a_whole):
    first_to_15 = np.where(np.arange(300)[:, None] < 100, X // 16, X)
    is_what_load_reads(path := written(tmp_path / "table.csv", first_to_15, np.arange(300) % 10))
    assert as_a_whole == [path]


def test_what_is_wrong_in_a_later_block_is_told_with_its_line(tmp_path, X):
    path = written(tmp_path / "table.csv", X, np.arange(300) % 10)
    lines = path.read_text().splitlines()
    lines[250] = lines[250].replace("255", "ink", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(DataFileError, match=r"table\.csv line 251 column 2: 'ink', expected a number"):
        load_in_blocks(path, as_float32)


def test_memory_goes_with_the_result_not_with_the_text(tmp_path, rng):
    """Beside float32 rows of 1,600 bytes, of which 3.5 kB of text and 3.2 kB of float64 make the whole."""
    import tracemalloc

    path = written(tmp_path / "table.csv", rng.random((800, 400)), np.arange(800) % 10, fmt="%.6f")
    load_in_blocks(written(tmp_path / "small.csv", rng.random((20, 4)), np.arange(20) % 10), as_float32)  # imports
    tracemalloc.start()
    load_in_blocks(path, as_float32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * 800 * 1600
