import functools
import io

import numpy as np
import pytest
import tqdm

from digits20 import load_csv
from digits20.data.readers.text import cell_numbers, plain_numbers


def cells_of(text, width, labels=0):
    (piece,) = plain_numbers.pieces(text)
    return plain_numbers.cells(piece, ",", width, labels)


def test_decimal_numbers_have_pandas_bits():
    """Up to 15 digits, with and without a sign, a point, and digits on both of its sides."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    texts = [f"{rng.choice(['', '-'])}{rng.integers(10**n)}" for n in rng.integers(1, 8, 3000)]
    texts = [text + rng.choice(["", ".", f".{rng.integers(10**7):07d}"]) for text in texts] + ["-0", ".5", "-.25"]
    text = "\n".join(",".join(texts[row : row + 3]) for row in range(0, len(texts), 3)).encode()
    expected = pandas.read_csv(io.BytesIO(text), header=None, dtype=np.float64).to_numpy()
    assert cells_of(text, 3)[0].tobytes() == expected.tobytes()


def test_whole_numbers_up_to_255_are_bytes():
    numbers = cells_of(",".join(map(str, range(256))).encode(), 256)[0]
    assert numbers.dtype == np.uint8
    assert numbers[0].tolist() == list(range(256))


@pytest.mark.parametrize("number", ["256", "300", "999", "1000"])
def test_larger_whole_numbers_are_float64(number):
    numbers = cells_of(f"1,{number}".encode(), 2)[0]
    assert (numbers.dtype, numbers.tolist()) == (np.float64, [[1, int(number)]])


@pytest.mark.parametrize(
    "text",
    [
        "1,",
        ",1",
        "1,.",
        "1,-",
        "1,1-",
        "1,--1",
        "1,1.2.3",
        "1,1e3",
        "1, 1",
        "1,a",
        "1,+1",
        "1,1\r2,2",
        "1,1234567890123456",
    ],
)
def test_anything_less_plain_is_left_to_pandas(text):
    assert cells_of(text.encode(), 2) is None


@pytest.mark.parametrize("text", [b"1,2\n3", b"1,2\n3,4,5", b"1,2\n\n3,4", b"1,2,3\n4,5,6,7,8\n9"])
def test_rows_of_different_widths_are_no_table(text):
    assert cells_of(text, text.index(b"\n") // 2 + 1) is None


def test_first_and_last_cells_are_texts_where_they_may_be_labels():
    numbers, left, right = cells_of("0.5,1,ä\r\n7,2,b".encode(), 3, labels=1)
    assert (left, right, numbers[:, 1].tolist()) == (["0.5", "7"], ["ä", "b"], [1, 2])


def test_pieces_are_whole_lines(monkeypatch):
    monkeypatch.setattr(plain_numbers, "PIECE", 4)
    assert b"".join(plain_numbers.pieces(b"1,2\r\n3,4\n5,6")) == b"1,2\n3,4\n5,6\n"


def test_plain_tables_are_read_without_pandas(tmp_path):
    """Its import takes a third of a second."""
    import subprocess
    import sys

    code = "import sys, digits20; digits20.load_digits(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode == 0


def test_a_table_that_turns_out_to_have_larger_numbers_keeps_all(tmp_path, monkeypatch):
    """The first pieces fit into bytes, the last does not."""
    from digits20 import load_csv

    monkeypatch.setattr(plain_numbers, "PIECE", 4)
    (tmp_path / "mine.csv").write_text("0,255,1,0,7\n1,0,4000,0,1\n")
    np.testing.assert_allclose(
        load_csv(tmp_path / "mine.csv", pixel_min=0, pixel_max=4000).X * 4000, [[0, 255, 1, 0], [1, 0, 4000, 0]]
    )


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("level", "size", "bars"), [("INFO", 0, 1), ("WARNING", 0, 0), ("INFO", 2**30, 0)])
def test_a_bar_tells_how_much_of_a_large_file_is_read_unless_quiet(level, size, bars, tmp_path, monkeypatch, caplog):
    path = tmp_path / "t.csv"
    path.write_text("0,0,1,1,1\n1,0,1,0,0\n" * 50)
    shares = []

    class Bar(tqdm.tqdm):
        def __exit__(self, *error):
            shares.append(self.n / self.total)
            super().__exit__(*error)

    monkeypatch.setattr(tqdm, "tqdm", functools.partial(Bar, file=Terminal()))
    monkeypatch.setattr(cell_numbers, "LARGE", size)
    caplog.set_level(level, "digits20")
    load_csv(path, label_column="first")
    assert shares == [pytest.approx(1)] * bars
