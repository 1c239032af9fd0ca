"""Files to Digits: what is read and how, and what each refusal says."""

import contextlib
import gzip
import io
import logging
import os
import re
import struct
import warnings
import zipfile
from itertools import count

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from digits20.data.load import load, load_csv, load_images
from digits20.errors import DataFileError, Digits20Error
from digits20.system.shipped import shipped

X = np.array([[0.1, 0, 0.5, 1], [0.2, 0, 0, 0.25], [0.1, 0.125, 0, 0]])
Y = [3, 0, 7]
ROWS = ["0.1,0,0.5,1", "0.2,0,0,0.25", "0.1,0.125,0,0"]


EXPECTED = "expected 0 to 9, or 1 to 10 with 10 for zero (--labels any takes words and other numbers)"


def csv(labels=Y, rows=ROWS, end="\n"):
    return end.join(f"{row},{label}" for row, label in zip(rows, labels, strict=True)) + end


def csv_first(labels=Y, rows=ROWS):
    return "".join(f"{label},{row}\n" for row, label in zip(rows, labels, strict=True))


def wide(pixels, label=1):
    return ",".join(["0.5"] * pixels + [str(label)])


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Writes text or bytes to digits.csv and loads that by its relative name."""
    monkeypatch.chdir(tmp_path)

    def read(content, **options):
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / "digits.csv").write_bytes(data)
        return load("digits.csv", **options)

    return read


@pytest.fixture
def refusal(read):
    """The message with which a content is refused."""

    def refusal(content, **options):
        with pytest.raises(DataFileError) as caught:
            read(content, **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refusal


def mat(compress=True, **variables):
    file = io.BytesIO()
    savemat(file, variables, do_compression=compress)
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


# ---- the shipped file


def test_the_shipped_values_are_the_texts_own():
    path = shipped("data/digits20.csv.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    expected = [[float(cell) for cell in line.split(",")] for line in lines]
    digits = load(path)
    assert np.column_stack([digits.X, digits.y]).tolist() == expected


def test_the_shipped_file_gives_float64_squares():
    digits = load_csv(shipped("data/digits20.csv.gz"))
    assert (digits.X.dtype, digits.image_shape, digits.labels) == (np.float64, (20, 20), tuple(range(10)))


# ---- CSV that is read


@pytest.mark.parametrize(
    "content",
    [
        csv(),
        csv().rstrip("\n"),
        csv(end="\r\n"),
        csv(end="\r"),
        csv() + "\n\r\n  \n\n",
        csv().replace(",", ";"),
        csv().replace(",", "\t"),
        csv().replace(",", " , "),
        "\ufeff" + csv(),
        csv_first(),
        "p1,p2,p3,p4,label\n" + csv(),
        '"p1","p2","p3","p4","Class"\n' + csv(),
        "label,pixel0,pixel1,pixel2,pixel3\n" + csv_first(),
        "\ufefflabel;1x1;1x2;2x1;2x2\r\n" + csv_first().replace(",", ";"),
        "0,1,2,3,label\n" + csv(),
        "0,1,2,3,4\n" + csv(),
        csv([3.0, 0.0, 7.0]),
        csv([3, 10, 7]),
        csv(['"3"', '"0"', '"7"']),
        csv().replace("0.5,1", "+5.E-1,10e-1"),
        gzip.compress(csv().encode()),
        gzip.compress(csv()[:20].encode()) + gzip.compress(csv()[20:].encode()),
    ],
    ids=count(),  # compressed files tell the time
)
def test_one_table_in_many_dresses_is_one_table(read, content):
    digits = read(content)
    assert (digits.X.tolist(), digits.y.tolist(), digits.image_shape) == (X.tolist(), Y, (2, 2))


@pytest.mark.parametrize("name", ["digits.mat", "digits", "digits.csv.gz"])
def test_the_files_name_does_not_matter(tmp_path, name):
    (tmp_path / name).write_text(csv())
    assert load(tmp_path / name).y.tolist() == Y


def test_labels_are_all_ten_digits_whichever_occur(read):
    assert read(csv()).labels == tuple(range(10))


def test_the_headers_name_outweighs_the_content(read):
    digits = read("label,a,b,c,d\n" + csv_first([1, 1, 2], ["0,0,0,3", "0,0,0,5", "0,0,0,7"]), pixel_max=10)
    assert digits.y.tolist() == [1, 1, 2]


def test_a_forced_label_column_outweighs_everything(read):
    digits = read("label,a,b,c,d\n0,0,0,0,1\n1,0,0,0,2\n", label_column="last")
    assert digits.y.tolist() == [1, 2]


def test_a_forced_header_hides_the_first_line(read):
    assert len(read(csv(), header=True)) == 2


def test_a_forbidden_header_makes_the_first_line_an_image(read):
    assert read("0,1,2,3,4\n" + csv(), header=False, pixel_max=3).y.tolist() == [4, 3, 0, 7]


@pytest.mark.parametrize(("pixels", "side"), [(1, 1), (64, 8), (400, 20), (784, 28)])
def test_square_sizes_are_inferred(read, pixels, side):
    assert read(f"{wide(pixels)}\n{wide(pixels, 2)}\n").image_shape == (side, side)


def test_column_major_images_are_turned(read):
    assert read(csv(), order="F").X[0].tolist() == [0.1, 0.5, 0, 1]


@pytest.mark.parametrize(
    ("pixels", "divisor", "level"),
    [
        ("0,255,17,3", 255, logging.INFO),
        ("-30.5,288,17,3", 255, logging.INFO),
        ("0,90,17,3", 90, logging.WARNING),
        ("-2,18,17,3", 16, logging.WARNING),
        ("0,100,17,3", 100, logging.WARNING),
        ("0,31,17,3", 31, logging.WARNING),
        ("0,1023,700,3", 1023, logging.WARNING),
        ("0,16,11,3", 16, logging.WARNING),
        ("-0.5,1.5,0,0.25", 1, None),
    ],
)
def test_the_pixel_range_decides_the_divisor_and_says_so(read, caplog, pixels, divisor, level):
    caplog.set_level(logging.INFO, "digits20")
    digits = read(csv([1, 2], [pixels, pixels]))
    assert digits.X[0].tolist() == [float(pixel) / divisor for pixel in pixels.split(",")]
    assert [record.levelno for record in caplog.records] == ([] if level is None else [level])


def test_pixel_max_forces_the_divisor(read, caplog):
    assert read(csv(), pixel_max=2.0).X.tolist() == (X / 2).tolist()
    assert not caplog.records


@pytest.mark.parametrize("pixel_max", [0, -1, float("nan"), float("inf")])
def test_a_senseless_pixel_max_is_refused(read, pixel_max):
    with pytest.raises(Digits20Error, match=r"^pixel_max .*, expected a number above 0$"):
        read(csv(), pixel_max=pixel_max)


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ("0,0,0,0,1\n1,0,0,0,0\n", "labels taken from the last column (--label-column first takes the other)"),
        ("0,1,2,3,4\n" + csv(), "line 1 counts up, taken for a header (--no-header takes it for an image)"),
        (csv([1, 2], ["0,16,0,0"] * 2), "pixels run from 0 to 16, divided by 16 (--pixel-max forces another divisor)"),
    ],
)
def test_a_doubtful_choice_is_one_line_with_the_option_that_forces_it(read, caplog, content, warning):
    read(content)
    assert caplog.messages == [f"digits.csv: {warning}"]


@pytest.mark.parametrize(
    ("cells", "y", "labels"),
    [
        ("BAC", [1, 0, 2], ("A", "B", "C")),
        (["two", "one", "two"], [1, 0, 1], ("one", "two")),
        ([11, 2, -1], [2, 1, 0], (-1, 2, 11)),
        ([1.5, "2.0", 1], [1, 2, 0], (1, 1.5, 2)),
        (["7", "A", "10"], [1, 2, 0], ("10", "7", "A")),
        (['"a,b"', "é", '"a,b"'], [0, 1, 0], ("a,b", "é")),
    ],
)
def test_any_labels_are_sorted_as_numbers_or_as_text(read, cells, y, labels):
    digits = read(csv(cells), labels="any")
    assert digits.y.tolist() == y
    assert repr(digits.labels) == repr(labels)  # 1 and 1.0 are told apart


def test_words_are_labels_even_where_pixels_vary_more(read):
    assert read(csv_first("AAB", ["1,0,0,0.1", "0,0,0,0.2", "0,0,0,0.3"]), labels="any").labels == ("A", "B")


def test_noise_that_never_repeats_is_no_label_column(read):
    rows = [f"0,0,0,0.{i:02}" for i in range(30)]
    assert read(csv_first([i % 12 for i in range(30)], rows), labels="any").labels == tuple(range(12))


def test_a_label_of_its_own_for_most_images_is_doubtful(read, caplog):
    read(csv(range(12), ROWS * 4), labels="any", label_column="last")
    assert caplog.messages == ["digits.csv: 12 labels for 12 images (--label-column)"]


# ---- CSV that is refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # labels
        (csv([3, 11, 7]), f" line 2: label 11, {EXPECTED}"),
        (csv([3, -1, 7]), f" line 2: label -1, {EXPECTED}"),
        (csv([3, 1.5, 7]), f" line 2: label 1.5, {EXPECTED}"),
        (csv([3, 4, "x"]), f" line 3: label 'x', {EXPECTED}"),
        (csv([3, "", 7]), " line 2: no label, expected 0 to 9, or 1 to 10 with 10 for zero"),
        (csv([3, "nan", 7]), " line 2: no label, expected 0 to 9, or 1 to 10 with 10 for zero"),
        (csv([3, "a" * 99, 7]), f" line 2: label '{'a' * 20}…', {EXPECTED}"),
        (csv_first([3, 11, 7, 5], [*ROWS, ROWS[0]]), f" line 2: label 11, {EXPECTED}"),
        ("label,a,b,c,d\n" + csv_first([3, 11, 7]), f" line 3: label 11, {EXPECTED}"),
        (csv("ABC"), f" line 1: label 'A', {EXPECTED}"),
        (csv([10, 3, 0]), " line 3: label 0, but line 1 has 10: which is zero?"),
        (csv([0, 10, 3]), " line 2: label 10, but line 1 has 0: which is zero?"),
        (csv([4, 4, 4]), ": every label is 4, expected at least two classes"),
        (csv([4], ROWS[:1]), ": every label is 4, expected at least two classes"),
        # pixels
        (csv(rows=[ROWS[0], "0.1,x,0,0", ROWS[2]]), " line 2 column 2: 'x', expected a number"),
        (csv(rows=[ROWS[0], "0.1,,0,0", ROWS[2]]), " line 2 column 2: nothing, expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,NaN,0"]), " line 3 column 3: 'NaN', expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,NA,0"]), " line 3 column 3: 'NA', expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,-inf,0"]), " line 3 column 3: '-inf', expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,1e999,0"]), " line 3 column 3: '1e999', expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,0,١"]), " line 3 column 4: '١', expected a number"),
        (csv(rows=[ROWS[0], ROWS[1], "0.1,0,1_0,0"]), " line 3 column 3: '1_0', expected a number"),
        (csv(rows=[ROWS[0], "x,0,0,0", ROWS[2]]), " line 2 column 1: 'x', expected a number"),
        (csv_first(rows=[ROWS[0], "0.1,0,0,x", ROWS[2]]), " line 2 column 5: 'x', expected a number"),
        (csv(rows=["0.1,x,0,0", *ROWS[1:]]), " line 1 column 2: 'x', expected a number"),
        ("a,b,c,d,y\n" + csv(rows=["0.1,x,0,0", *ROWS[1:]]), " line 2 column 2: 'x', expected a number"),
        (csv(rows=[*ROWS[:2], "0,7,0,0"] * 80, labels=Y * 80).replace("7,0,0,7", "0,0,0,7", 79), " line 240 column 2: "
         "pixel 7, expected 0 to 1 or 0 to 255 (--pixel-max forces a divisor)"),
        (csv_first(rows=["0,100,0,0", "0,0,65535,0", "0,9,0,0"]), " line 2 column 4: pixel 65535, expected 0 to 1 or "
         "0 to 255 (--pixel-max forces a divisor)"),
        # the table's shape
        ("\n".join([wide(400)] * 16 + [wide(399)] + [wide(400, 2)]), " line 17: 399 pixels, expected 400"),
        ("\n".join([wide(399)] + [wide(400)] * 16), " line 1: 399 pixels, expected 400"),
        ("\n".join([wide(401), wide(400)]), " line 1: 401 pixels, expected 400"),
        ("\n".join([wide(398)] * 5), " line 1: 398 pixels, expected 361 (19×19) or 400 (20×20)"),
        ("\n".join([wide(399)] * 5), ": 400 pixels per row and no labels (--labels-file FILE names a file of labels; "
         "predict --data needs none)"),
        (csv() + ROWS[0] + "\n", " line 4: 3 pixels, expected 4"),
        ("a,b,label\n" + csv(), " line 1: a header of 3 names over 5 columns"),
        (csv() + "\n" + csv(), " line 4: blank"),
        ("\n" + csv(), " line 1: blank"),
        ("a,b,c,d,label\n\n" + csv(), " line 2: blank"),
        (csv([3, '"0', 7]), " line 2: a quotation mark that does not close"),
        (csv([3, '"0', 7]) + csv([1, 2, '3"']), " line 2: a quotation mark that does not close"),
        (csv(['"3', 0, 7]).replace("0.1,0.125", '0.1,"0.125'), " line 1: a quotation mark that does not close"),
        (csv([3, '"0\n0"', 7]), " line 2: a quotation mark that does not close"),
        ("0.1 0\n" * 3, " line 1: no comma, semicolon, tab or blank in '0.1 0'"),
        # no table at all
        ("", ": empty"),
        ("\ufeff\n \n", ": empty"),
        ("a,b,c,d,label\n", ": a header and no images"),
        (b"\xff\xfe\x00\xd8", ": begins as UTF-16 text, but is none; save it as UTF-8"),
        (csv().encode("utf-16-le"), ": UTF-16 text, save it as UTF-8 (byte 2 is 0x00)"),
        (csv([3, "é", 7]).encode("latin-1"), " line 2: not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n", ": a PNG picture; pictures are read from folders (--data FOLDER) or by predict"),
        (b"\x00\x01\x02", ": a binary file, expected CSV, .mat, .npz or IDX (byte 1 is 0x00)"),
        (csv().encode() * 999 + b"\0", ": a binary file, expected CSV, .mat, .npz or IDX (byte 44956 is 0x00)"),
        (gzip.compress(csv().encode())[:-9], ": a truncated gzip file"),
        (gzip.compress(csv().encode())[:5], ": a truncated gzip file"),
        (gzip.compress(csv().encode())[:-6] + b"123456", ": a damaged gzip file"),
        (gzip.compress(csv().encode()) + b"more", ": a damaged gzip file"),
    ],
    ids=count(),  # compressed files tell the time
)  # fmt: skip
def test_a_bad_table_is_refused_with_what_was_seen(refusal, content, message):
    assert refusal(content) == f"digits.csv{message}"


@pytest.mark.parametrize(
    ("cells", "message"),
    [(["A", "", "B"], " line 2: no label"), ([1, "nan", 2], " line 2: no label"), ("AAA", ": every label is 'A', exp")],
)
def test_any_labels_must_still_be_there(refusal, cells, message):
    assert refusal(csv(cells), labels="any").startswith(f"digits.csv{message}")


def test_one_label_outside_names_its_line_and_makes_no_other_label_column(refusal):
    rows = [f"{i % 3},0,0,0" for i in range(200)]  # the first column could hold labels too
    labels = [i % 10 for i in range(199)] + [12]
    assert refusal(csv(labels, rows)) == f"digits.csv line 200: label 12, {EXPECTED}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing.csv", "nothing.csv: no such file"),
        (".", ".: a folder, expected a file"),
        ("pipe", "pipe: a pipe or device, expected a file"),
        ("/dev/null", "/dev/null: a pipe or device, expected a file"),
        ("nothing\n.csv", "nothing?.csv: no such file"),
        ("a\0b", "a?b: not a usable file name"),
        ("a" * 300, f"{'a' * 300}: cannot be read: file name too long"),
    ],
)
def test_what_is_no_regular_file_is_refused(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(DataFileError, match=f"^{re.escape(message)}$"):
        load(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_a_file_beyond_the_size_limit_is_refused(refusal, pack):
    assert refusal(pack(b"0,0\n" * 2**19), max_size=2**20) == "digits.csv: holds more than 1048576 bytes"


def test_load_csv_takes_nothing_but_csv(tmp_path):
    (tmp_path / "digits.csv").write_bytes(npz(X=X, y=Y))
    with pytest.raises(DataFileError, match=r"digits\.csv: a binary file, expected"):
        load_csv(tmp_path / "digits.csv")


# ---- .mat


def test_the_courses_mat_file_is_turned_and_its_ten_is_zero(read):
    digits = read(mat(X=X, y=np.array([[3], [10], [7]], dtype=np.uint8)))
    assert (digits.X[0].tolist(), digits.y.tolist()) == ([0.1, 0.5, 0, 1], Y)


@pytest.mark.parametrize("y", [[[3, 0, 7]], [[3.0], [0.0], [7.0]]])
def test_a_mat_file_can_be_row_major(read, y):
    assert read(mat(X=X.astype(np.float32), y=y, other="text"), order="C").X.tolist() == X.astype(np.float32).tolist()


@pytest.mark.parametrize("dtype", ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?", ">f8"])
@pytest.mark.parametrize("compress", [True, False])
def test_mat_files_hold_numbers_of_all_kinds(read, dtype, compress):
    images = np.array([[0, 1, 1, 0], [1, 1, 0, 1]], dtype=dtype)
    file = io.BytesIO()
    savemat(file, {"before": {"a": ["text"]}, "X": images, "y": [1, 2], "z": 1}, do_compression=compress)
    assert read(file.getvalue(), order="C").X.tolist() == images.tolist()


def test_a_mat_file_may_come_from_a_big_endian_machine(read):
    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    def variable(name, kind, numbers):
        rows, columns = numbers.shape
        parts = (
            (6, struct.pack(">II", 6, 0)),
            (5, struct.pack(">ii", rows, columns)),
            (1, name),
            (kind, numbers.T.tobytes()),
        )
        return element(14, b"".join(element(*part) for part in parts))

    data = b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + variable(b"X", 9, X.astype(">f8"))
    data += variable(b"y", 3, np.array([Y], dtype=">i2"))
    assert read(data, order="C").X.tolist() == X.tolist()


def test_letters_in_a_npz_file_are_labels_of_any_kind(read):
    assert read(npz(X=X, y=np.array([b"B", b"A", b"B"])), labels="any").labels == ("A", "B")


# ---- .npz


@pytest.mark.parametrize("names", [("X", "y"), ("x", "y"), ("x_train", "y_train"), ("X_train", "y_train")])
@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 2), (3, 2, 2, 1)])
def test_a_npz_file_holds_flat_or_square_images(read, names, shape):
    digits = read(npz(**dict(zip(names, (X.reshape(shape), Y), strict=True))))
    assert (digits.X.tolist(), digits.y.tolist(), digits.image_shape) == (X.tolist(), Y, (2, 2))


def test_images_of_rows_and_columns_need_not_be_square(read):
    assert read(npz(X=np.zeros((2, 2, 3)), y=[1, 2])).image_shape == (2, 3)


def test_an_oblong_column_major_image_is_turned(read):
    image = np.arange(6.0).reshape(2, 3) / 6
    digits = read(npz(X=[image.T.reshape(2, 3)] * 2, y=[1, 2]), order="F")
    assert digits.X[0].tolist() == image.ravel().tolist()


def test_part_picks_keras_test_images(read):
    arrays = {"x_train": X, "y_train": Y, "x_test": X[:2], "y_test": [1, 2]}
    assert read(npz(**arrays), part="test").y.tolist() == [1, 2]


def test_that_another_part_is_not_read_is_said(read, caplog):
    caplog.set_level(logging.INFO, "digits20")
    read(npz(x_train=X, y_train=Y, x_test=X[:2], y_test=[1, 2]))
    assert "only x_train is read; --test-data" in caplog.text


def test_arrays_in_place_of_a_path_are_refused_with_what_takes_them():
    with pytest.raises(Digits20Error, match=r"not DataFrame: Digits\.from_arrays takes arrays$"):
        load(pd.DataFrame(X))


def test_arrays_none_of_which_is_called_labels_are_named(read, caplog):
    caplog.set_level(logging.INFO, "digits20")
    with pytest.raises(DataFileError, match="images without labels"):
        read(npz(imgs=X, truth=Y))
    assert "no labels among imgs, truth (--arrays IMAGES LABELS names them)" in caplog.text


@pytest.mark.parametrize("option", [{"arrays": "X"}, {"arrays": 5}, {"labels_file": 5}, {"part": "val"}])
def test_options_of_a_wrong_kind_are_refused(read, option):
    with pytest.raises(Digits20Error, match=r"is .*, expected"):
        read(npz(X=X, y=Y), **option)


def test_keras_bytes_are_scaled(read):
    assert read(npz(x_train=np.full((2, 28, 28), 255, np.uint8), y_train=np.uint8([1, 2]))).X.max() == 1


PLAIN_MAT = mat(compress=False, X=X, y=Y)


def with_words(old, new):
    """A MATLAB file in which one pair of numbers is another."""
    return PLAIN_MAT.replace(struct.pack("<ii", *old), struct.pack("<ii", *new))


HUGE = npy(np.zeros((2, 4))).replace(b"(2, 4)", b"(9999999999, 4)").replace(b" " * 9, b"", 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (mat(a=X, b=X), ": no X and y, nor x_train and y_train; found a, b (--arrays IMAGES LABELS names them)"),
        (mat(X="text", y=Y), ": X is of MATLAB's class char, expected numbers"),
        (mat(X=X, y={"a": 1}), ": y is of MATLAB's class struct, expected numbers"),
        (mat(X=X, y=[1, 2]), ": 3 images but 2 labels"),
        (mat(X=X, y=np.ones((3, 3))), ": y is 3×3, expected one label per row"),
        (mat(X=X, y=[1, 11, 2]), f" image 2: label 11, {EXPECTED}"),
        (mat(X=X[:, :3], y=Y), ": 3 pixels, expected 1 (1×1) or 4 (2×2)"),
        (mat(X=[[0, 0, 0, 0], [0, np.nan, 0, 0]], y=[1, 2]), " image 2 pixel 2: nan, expected a number"),
        (mat(X=X * 1j, y=Y), ": X is of MATLAB's class complex, expected numbers"),
        (mat(X=X, y=Y)[:-9], ": a damaged or truncated MATLAB file (ends within an element)"),
        (mat(X=X, y=Y)[:130], ": a damaged or truncated MATLAB file (ends within a tag)"),
        (mat(X=X, y=Y).replace(b"x\x9c", b"x\x9d"),
         ": a damaged or truncated MATLAB file (a variable that does not unpack)"),
        (with_words((3, 4), (3, 5)), ": a damaged or truncated MATLAB file "
         "(X is not as long as its size says)"),
        (with_words((3, 4), (3, -4)), ": a damaged or truncated MATLAB file "
         "(a variable of no known class or size)"),
        (with_words((3, 4), (2**31 - 1, 9)), ": X holds more than 4294967296"),
        (with_words((9, 96), (99, 96)), ": a damaged or truncated MATLAB file "
         "(X holds no numbers)"),
        (b"MATLAB 7.3 MAT-file".ljust(126) + b"IM\x89HDF\r\n\x1a\n", ": a MATLAB 7.3 file, damaged or truncated"),
        (b"\x89HDF\r\n\x1a\n", ": an HDF5 file, damaged or truncated"),
        (npz(a=X), ": images without labels (--labels-file FILE names a file of labels; predict --data needs none)"),
        (zipped(), ": no X and y, nor x_train and y_train; found nothing (--arrays IMAGES LABELS names them)"),
        (npz(X=X, y=np.array([1, "a", None])), ": y holds object, expected numbers"),
        (npz(X=np.array([None]), y=Y), ": X holds object, expected numbers"),
        (npz(X=X.astype(complex), y=Y), ": X holds complex128, expected numbers"),
        (npz(X=X.astype(str), y=Y), ": X holds text, expected numbers"),
        (npz(X=np.float64(3), y=Y), ": X is a single number, expected one image per row"),
        (npz(X=np.zeros((3, 2, 2, 3)), y=Y), ": X is 3×2×2×3, images in colour, make them grey"),
        (npz(X=np.zeros((0, 4)), y=[]), ": empty"),
        (npz(X=X, y=Y[:2]), ": 3 images but 2 labels"),
        (npz(X=X, y=[3, 1.5, 2]), f" image 2: label 1.5, {EXPECTED}"),
        (npz(X=X * 1e6, y=Y), " image 1 pixel 1: pixel 100000, expected 0 to 1 or 0 to 255 "
         "(--pixel-max forces a divisor)"),
        (npz(X=X, y=Y)[:-30], ": a damaged or truncated .npz file"),
        (zipped(X=b"not an array", y=npy(Y)), ": a damaged or truncated .npz file"),
        (zipped(X=npy(X)[:-8], y=npy(Y)), ": X promises 96 bytes, has 88"),
        (zipped(X=HUGE, y=npy(Y)), ": X holds more than 4294967296 bytes"),
    ],
    ids=count(),  # compressed files tell the time
)  # fmt: skip
def test_bad_arrays_are_refused_with_what_was_seen(refusal, content, message):
    assert refusal(content).startswith(f"digits.csv{message}")


# ---- anything


def mutated(content, rng, mutations, alphabet):
    data = bytearray(content)
    for _ in range(mutations):
        data[rng.randrange(len(data))] = rng.choice(alphabet)
    return data


@given(st.randoms(use_true_random=False), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_mutated_table_is_refused_or_loaded_in_the_same_shape(tmp_path_factory, rng, mutations):
    path = tmp_path_factory.getbasetemp() / "mutated.csv"
    path.write_bytes(mutated(csv().encode(), rng, mutations, b'0123456789.,;-+e"\n\r\t x\x00\xff'))
    with warnings.catch_warnings(), contextlib.suppress(DataFileError):
        warnings.simplefilter("error")
        assert load(path).image_shape == (2, 2)


@given(
    st.sampled_from([PLAIN_MAT, mat(X=X, y=Y), npz(X=X, y=Y)]),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
)
@settings(max_examples=100, deadline=None)
def test_mutated_arrays_are_refused_or_loaded(tmp_path_factory, content, rng, mutations):
    path = tmp_path_factory.getbasetemp() / "mutated"
    path.write_bytes(mutated(content, rng, mutations, range(256)))
    with warnings.catch_warnings(), contextlib.suppress(DataFileError):
        warnings.simplefilter("error")
        assert len(load(path)) in range(1, 13)


# ---- tables without labels


@pytest.fixture
def read_images(tmp_path, monkeypatch):
    """Writes text or bytes to digits.csv and loads only the images of that."""
    monkeypatch.chdir(tmp_path)

    def read_images(content, **options):
        (tmp_path / "digits.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return load_images("digits.csv", **options)

    return read_images


PIXELS_ONLY = "".join(row + "\n" for row in ROWS)


@pytest.mark.parametrize(
    "content",
    [
        PIXELS_ONLY,
        PIXELS_ONLY.rstrip(),
        PIXELS_ONLY.replace("\n", "\r\n"),
        PIXELS_ONLY.replace(",", ";"),
        "\ufeff" + PIXELS_ONLY,
        "pixel0,pixel1,pixel2,pixel3\n" + PIXELS_ONLY,
        '"pixel0","pixel1","pixel2","pixel3"\n' + PIXELS_ONLY,
        PIXELS_ONLY.replace("0.5", '"0.5"'),
        gzip.compress(PIXELS_ONLY.encode()),
        csv(),
        csv_first(),
        csv("ABC"),
        "label,a,b,c,d\n" + csv_first(),
        mat(X=X.reshape(3, 2, 2).swapaxes(1, 2).reshape(3, 4)),
        mat(X=X.reshape(3, 2, 2).swapaxes(1, 2).reshape(3, 4), y=Y),
        mat(images=X.reshape(3, 2, 2).swapaxes(1, 2).reshape(3, 4)),
        npz(X=X),
        npz(X=X, y=Y),
        npz(X=X, y=[1, 2]),
        npz(x_train=X[:1], y_train=Y[:1], x_test=X.reshape(3, 2, 2)),
        npz(arr_0=X.reshape(3, 2, 2, 1)),
    ],
    ids=count(),  # compressed files tell the time
)
def test_images_are_read_with_labels_or_without(read_images, content):
    images, shape = read_images(content)
    assert (images.tolist(), images.dtype, shape) == (X.tolist(), np.float64, (2, 2))


def test_kaggles_test_table_is_read(read_images):
    header = ",".join(f"pixel{i}" for i in range(784))
    images, shape = read_images(f"{header}\n" + ",".join(["0", "255"] * 392) + "\n")
    assert (images.tolist(), shape) == ([[0, 1] * 392], (28, 28))


def test_a_single_image_is_enough(read_images):
    assert read_images(ROWS[0])[0].tolist() == X[:1].tolist()


def test_labels_that_are_not_used_are_spoken_of(read_images, caplog):
    caplog.set_level(logging.INFO, "digits20")
    read_images("label,a,b,c,d\n" + csv_first())
    assert caplog.messages == ["digits.csv: labelled, its labels are not used"]


def test_options_count_for_images_alone_too(read_images):
    assert read_images(PIXELS_ONLY, order="F", pixel_max=2)[0][0].tolist() == [0.05, 0.25, 0, 0.5]
    assert len(read_images(PIXELS_ONLY, header=True)[0]) == 2
    assert len(read_images("0,1,2,3\n" + PIXELS_ONLY, header=False, pixel_max=3)[0]) == 4


def test_part_picks_keras_training_images(read_images):
    assert len(read_images(npz(x_train=X[:1], x_test=X), part="train")[0]) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0,0,0\n0,0,0\n", " line 1: 3 pixels, expected 1 (1×1) or 4 (2×2)"),
        (PIXELS_ONLY + "0,0,0\n", " line 4: 3 pixels, expected 4"),
        (PIXELS_ONLY + "0,0,0,0,0\n", " line 4: 5 pixels, expected 4"),
        ("0,0,0,x\n" + PIXELS_ONLY, " line 1 column 4: 'x', expected a number"),
        ("a,b,c,d\nx,0,0,0\n" + PIXELS_ONLY, " line 2 column 1: 'x', expected a number"),
        (PIXELS_ONLY + ",0,0,0\n", " line 4 column 1: nothing, expected a number"),
        (PIXELS_ONLY + "0,0,nan,0\n", " line 4 column 3: 'nan', expected a number"),
        (PIXELS_ONLY + "\n" + PIXELS_ONLY, " line 4: blank"),
        (PIXELS_ONLY + '0,0,0,"0\n', " line 4: a quotation mark that does not close"),
        ("a,b,c\n" + PIXELS_ONLY, " line 1: a header of 3 names over 4 columns"),
        ("a,b,c,d\n", ": a header and no images"),
        ("label,a,b,c\n" + PIXELS_ONLY, " line 2: 3 pixels, expected 1 (1×1) or 4 (2×2)"),
        (PIXELS_ONLY + "0,0,0,1e6\n", " line 4 column 4: pixel 1e+06, expected 0 to 1 or 0 to 255 "
         "(--pixel-max forces a divisor)"),
        ("", ": empty"),
        (npz(a=X, b=X), ": no X, nor x_test; found a, b (--arrays IMAGES LABELS names them)"),
        (npz(x_train=X, y_train=Y), ": no X, nor x_test; found x_train, y_train (--arrays IMAGES LABELS names them)"),
        (npz(), ": no X, nor x_test; found nothing (--arrays IMAGES LABELS names them)"),
        (npz(X=np.array([None])), ": X holds object, expected numbers"),
        (npz(X=X[:0]), ": empty"),
        (npz(X=X[0]), ": X is 4, expected one image per row"),
        (npz(X=np.full((1, 4), np.nan)), " image 1 pixel 1: nan, expected a number"),
        (mat(X="text"), ": X is of MATLAB's class char, expected numbers"),
        (mat(X=X)[:-9], ": a damaged or truncated MATLAB file (ends within an element)"),
    ],
    ids=count(),  # compressed files tell the time
)  # fmt: skip
def test_bad_images_are_refused_with_what_was_seen(read_images, content, message):
    with pytest.raises(DataFileError) as caught:
        read_images(content)
    assert str(caught.value) == f"digits.csv{message}"


@given(
    st.sampled_from([PIXELS_ONLY.encode(), npz(X=X), mat(X=X)]), st.randoms(use_true_random=False), st.integers(1, 3)
)
@settings(max_examples=60, deadline=None)
def test_mutated_images_are_refused_or_loaded(tmp_path_factory, content, rng, mutations):
    path = tmp_path_factory.getbasetemp() / "mutated images"
    path.write_bytes(mutated(content, rng, mutations, range(256)))
    with warnings.catch_warnings(), contextlib.suppress(DataFileError):
        warnings.simplefilter("error")
        images, shape = load_images(path)
        assert images.shape[1] == shape[0] * shape[1]


@pytest.mark.parametrize("kind", ["standardized", "from -1 to 1"])
def test_pixels_that_overshoot_ink_and_paper_are_read_on_other_scales_too(kind, tmp_path, digits):
    """The shipped pixels run from -0.13 to 1.13."""
    some = digits[::50]
    X = (some.X - some.X.mean()) / some.X.std() if kind == "standardized" else 2 * some.X - 1
    np.savetxt(tmp_path / "d.csv", np.column_stack([some.y, X]), delimiter=",", fmt=["%d"] + ["%.5f"] * 400)
    read = load(tmp_path / "d.csv").X
    assert np.corrcoef(read.ravel(), some.X.ravel())[0, 1] > 0.9999
    assert abs(np.median(read)) < 0.01
    assert 0.9 < read.max() < 1.2


def test_pixels_of_no_known_scale_are_refused_with_their_range(tmp_path, digits):
    some = digits[::50]
    table = np.column_stack([some.y, some.X.clip(0, 1) * 9.5])
    np.savetxt(tmp_path / "d.csv", table, delimiter=",", fmt=["%d"] + ["%.5f"] * 400)
    with pytest.raises(DataFileError, match=r"d\.csv: pixels run from 0 to 9\.5, expected 0 to 1 or 0 to 255"):
        load(tmp_path / "d.csv")


@pytest.mark.parametrize(("paper", "ink"), [(-0.5, 0.5), (-128, 127)])
def test_pixels_around_zero_are_mapped(tmp_path, digits, paper, ink):
    some = digits.take(np.arange(0, 5000, 50))
    X = np.clip(np.round(some.X, 2), 0, 1)
    np.savetxt(tmp_path / "x.csv", np.column_stack([some.y, X * (ink - paper) + paper]), "%.6g", ",")
    np.testing.assert_allclose(load(tmp_path / "x.csv").X, X, atol=1e-6)


def test_of_two_values_the_lower_is_paper(read, caplog):
    assert read(csv([1, 2], ["1,2,1,1", "1,1,2,1"])).X[0].tolist() == [0, 1, 0, 0]
    assert "pixels run from 1 to 2, two values: 1 is paper, 2 ink" in caplog.text


def test_pixels_standardized_one_by_one_are_refused(tmp_path, digits):
    some = digits.take(np.arange(0, 5000, 50))
    X = (some.X - some.X.mean(axis=0)) / (some.X.std(axis=0) + 1e-3)
    np.savetxt(tmp_path / "x.csv", np.column_stack([some.y, X]), "%.6g", ",")
    with pytest.raises(DataFileError, match="around 0, their mean was subtracted; expected 0 to 1 or 0 to 255"):
        load(tmp_path / "x.csv")
