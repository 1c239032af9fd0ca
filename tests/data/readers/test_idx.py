"""MNIST's IDX files: what is read, where the labels are found, and what each refusal says."""

import gzip
import os
import struct

import numpy as np
import pytest

from digits20.data.load import load, load_images
from digits20.errors import DataFileError

PIXELS = np.arange(3 * 2 * 3, dtype=np.uint8).reshape(3, 2, 3) * 15
Y = [3, 0, 7]


def idx(array, kind=8):
    """The array as an IDX file."""
    array = np.asarray(array, np.uint8)
    return bytes((0, 0, kind, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def with_shape(*shape, data=b"\0" * 18):
    return bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape) + data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to be in; write(name, data) puts a file there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder):
    return lambda name, data: (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


NAMES = [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
    ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
    ("emnist-letters-test-images-idx3-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte.gz"),
    ("images", "labels"),
]


@pytest.mark.parametrize(("images", "labels"), NAMES)
def test_labels_are_found_beside_the_images(write, images, labels):
    write(images, idx(PIXELS))
    write(labels, idx(Y))
    digits = load(images)
    assert (digits.X.tolist(), digits.y.tolist()) == ((PIXELS.reshape(3, 6) / 255).tolist(), Y)
    assert (digits.X.dtype, digits.image_shape, digits.labels) == (np.float64, (2, 3), tuple(range(10)))


def test_a_labels_file_can_be_named(write):
    write("pictures", idx(PIXELS))
    write("answers.gz", idx(Y))
    assert load("pictures", labels_file="answers.gz").y.tolist() == Y


def test_the_folders_name_does_not_matter(folder, write):
    (folder / "images").mkdir()
    write("images/a-images-idx3-ubyte", idx(PIXELS))
    write("images/a-labels-idx1-ubyte", idx(Y))
    assert load(folder / "images/a-images-idx3-ubyte").y.tolist() == Y


def test_bytes_of_0_and_1_are_paper_and_ink(write):
    write("images", idx(np.eye(2)[None]))
    assert load_images("images")[0].tolist() == [[1, 0, 0, 1]]


def test_images_need_no_labels_where_nobody_asks_for_them(write):
    write("t10k-images-idx3-ubyte.gz", idx(PIXELS))
    X, shape = load_images("t10k-images-idx3-ubyte.gz")
    assert (X.tolist(), X.dtype, shape) == ((PIXELS.reshape(3, 6) / 255).tolist(), np.float64, (2, 3))


def test_column_major_images_are_turned(write):
    write("images", idx(PIXELS.swapaxes(1, 2).reshape(3, 2, 3)))
    assert load_images("images", order="F")[0].tolist() == (PIXELS.reshape(3, 6) / 255).tolist()


def test_letters_numbered_from_one_are_any_labels(write):
    write("images", idx(PIXELS))
    write("labels", idx([26, 1, 14]))
    assert load("images", labels="any").labels == (1, 14, 26)


def test_pixel_max_outweighs_the_format(write):
    write("images", idx(PIXELS))
    assert load_images("images", pixel_max=15)[0].tolist() == (PIXELS.reshape(3, 6) / 15).tolist()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (idx(PIXELS)[:-1], ": promises 3×2×3 = 18 bytes, has 17"),
        (idx(PIXELS) + b"\0", ": promises 3×2×3 = 18 bytes, has 19"),
        (with_shape(2**32 - 1, 2**32 - 1, 2**32 - 1), f": promises 4294967295×4294967295×4294967295 = "
         f"{(2**32 - 1) ** 3} bytes, has 18"),
        (with_shape(2**31, 2**31, 4), f": promises 2147483648×2147483648×4 = {2**64} bytes, has 18"),
        (with_shape(0, 28, 28), ": promises 0×28×28 = 0 bytes, has 18"),
        (with_shape(0, 28, 28, data=b""), ": empty"),
        (with_shape(9, 0, 28, data=b""), ": empty"),
        (idx(PIXELS)[:15], ": a truncated IDX file of 15 bytes"),
        (idx(PIXELS)[:4], ": a truncated IDX file of 4 bytes"),
        (idx(PIXELS)[:3], ": a binary file, expected CSV, .mat, .npz or IDX (byte 1 is 0x00)"),
        (idx(PIXELS, kind=13), ": promises 3×2×3×4 = 72 bytes, has 18"),
        (idx(PIXELS, kind=10), ": a binary file, expected CSV, .mat, .npz or IDX (byte 1 is 0x00)"),
        (idx(PIXELS[None].repeat(2, 0)), ": an IDX file of 4 dimensions, expected images of 3"),
        (idx(Y), ": labels without images, expected the images"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", [load, load_images])
def test_a_header_is_believed_only_after_checks(write, images, message, read):
    write("images", images)
    write("labels", idx(Y))
    with pytest.raises(DataFileError) as caught:
        read("images")
    assert str(caught.value) == f"images{message}"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (idx(Y[:2]), "images: 3 images but 2 labels in labels"),
        (idx(Y)[:-1], "labels: promises 3 = 3 bytes, has 2"),
        (with_shape(2**32 - 1, data=bytes(3)), "labels: promises 4294967295 = 4294967295 bytes, has 3"),
        (idx(Y)[:7], "labels: a truncated IDX file of 7 bytes"),
        (idx(PIXELS), "labels: an IDX file of 3 dimensions, expected labels of 1"),
        (b"3,0", "images: 3 images but 2 labels in labels"),
        (b"", "labels: empty"),
        (idx(Y, kind=12), "labels: promises 3×4 = 12 bytes, has 3"),
        (
            idx([3, 11, 7]),
            "images image 2: label 11, expected 0 to 9, or 1 to 10 with 10 for zero "
            "(--labels any takes words and other numbers)",
        ),
        (idx([4, 4, 4]), "images: every label is 4, expected at least two classes"),
    ],
)
def test_bad_labels_are_refused_with_what_was_seen(write, labels, message):
    write("images", idx(PIXELS))
    write("labels", labels)
    with pytest.raises(DataFileError) as caught:
        load("images")
    assert str(caught.value) == message


def refusal(path, **options):
    with pytest.raises(DataFileError) as caught:
        load(path, **options)
    return str(caught.value)


def test_missing_labels_are_named(write):
    write("t10k-images-idx3-ubyte.gz", idx(PIXELS))
    beside = "no t10k-labels-idx1-ubyte.gz beside it (--labels-file names the labels)"
    assert refusal("t10k-images-idx3-ubyte.gz") == f"t10k-images-idx3-ubyte.gz: {beside}"


def test_a_name_without_images_tells_of_no_labels(write):
    write("digits.idx", idx(PIXELS))
    assert refusal("digits.idx") == "digits.idx: no labels file belongs to that name (--labels-file names one)"


def test_a_named_labels_file_must_be_there(write):
    write("images", idx(PIXELS))
    write("labels", idx(Y))
    assert refusal("images", labels_file="other") == "other: no such file"


def test_labels_in_the_place_of_images_name_the_images(write):
    write("train-images-idx3-ubyte", idx(PIXELS))
    write("train-labels-idx1-ubyte.gz", idx(Y))
    expected = "train-labels-idx1-ubyte.gz: labels without images, expected the images in train-images-idx3-ubyte"
    assert refusal("train-labels-idx1-ubyte.gz") == expected


def test_a_labels_file_is_read_for_a_table_too(write):
    write("digits.csv", b"0,0,0,1\n0,1,0,0\n1,0,0,0\n")
    write("labels", idx(Y))
    assert load("digits.csv", labels_file="labels").y.tolist() == list(Y)


def test_a_pipe_beside_the_images_is_no_labels_file(folder, write):
    write("images", idx(PIXELS))
    os.mkfifo("labels")
    assert refusal("images") == "images: no labels beside it (--labels-file names the labels)"


def test_the_size_limit_holds_for_images_and_labels(write):
    write("images.gz", idx(np.zeros((40, 5, 5))))
    assert refusal("images.gz", max_size=1000) == "images.gz: holds more than 1000 bytes"
    write("images", idx(PIXELS))
    write("labels.gz", idx(np.zeros(2000)))
    assert refusal("images", max_size=1000) == "labels.gz: holds more than 1000 bytes"


TYPED = {
    "floats": b"\0\0\x0d\x03" + struct.pack(">3I", 3, 2, 3) + (np.reshape(PIXELS, -1) / 255).astype(">f4").tobytes(),
    "a channel": idx(np.reshape(PIXELS, (3, 1, 2, 3))),
}


@pytest.mark.parametrize("images", TYPED.values(), ids=TYPED)
def test_other_numbers_and_a_channel_are_read(write, images):
    write("images", images)
    write("labels", idx(Y))
    np.testing.assert_allclose(load("images").X, np.reshape(PIXELS, (3, 6)) / 255, atol=1e-7)


LABELS = {
    "integers": b"\0\0\x0c\x01" + struct.pack(">I", 3) + np.array(Y, ">i4").tobytes(),
    "QMNIST's": b"\0\0\x0c\x02"
    + struct.pack(">2I", 3, 8)
    + np.array([[y, 9, 9, 9, 9, 9, 9, 9] for y in Y], ">i4").tobytes(),
    "one-hot": idx(np.eye(10)[Y]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_other_numbers_are_read(write, labels):
    write("images", idx(PIXELS))
    write("labels", labels)
    assert load("images").y.tolist() == list(Y)
