"""Files of arrays, by whatever names and in whatever shapes: the images and labels that are meant, or a refusal."""

import gzip
import io
import pickle
import struct

import numpy as np
import pytest
from scipy.io import savemat

from digits20 import DataFileError, load, load_images

RNG = np.random.default_rng(0)
IMAGES = (RNG.random((8, 6, 6)) * 255 * (RNG.random((8, 6, 6)) < 0.4)).astype(np.uint8)
IMAGES[0, 0, :2] = 0, 255
ROWS = IMAGES.reshape(8, 36)
Y = np.array([3, 0, 7, 1, 9, 4, 0, 2])
TEST = IMAGES[:4] // 2, Y[:4]


def npz(*arrays, **named):
    file = io.BytesIO()
    np.savez_compressed(file, *arrays, **named)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def mat(**named):
    file = io.BytesIO()
    savemat(file, named, do_compression=True)
    return file.getvalue()


def mat_4(**named):
    file = io.BytesIO()
    savemat(file, named, format="4")
    return file.getvalue()


def octave(**named):
    parts = ["# Created by Octave 9.1, somewhen\n"]
    for name, array in named.items():
        rows = "".join(" " + " ".join(map(str, row)) + "\n" for row in array)
        parts.append(f"# name: {name}\n# type: matrix\n# rows: {len(array)}\n# columns: {array.shape[1]}\n{rows}\n\n")
    return "".join(parts).encode()


def octave_3d(X, y):
    """Octave's arrays of more dimensions: their numbers one below the other, columns first."""
    sizes, numbers = " ".join(map(str, X.shape)), "\n ".join(map(str, X.ravel(order="F")))
    text = f"# name: X\n# type: uint8 matrix\n# ndims: {X.ndim}\n {sizes}\n {numbers}\n\n"
    return octave(y=y).replace(b"# name: y", text.encode() + b"# name: y", 1)


def hdf5(**named):
    h5py = pytest.importorskip("h5py", reason="needs the extra: pip install digits20[hdf5]")
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        for name, array in named.items():
            made.create_dataset(name, data=array, compression="gzip")
    return file.getvalue()


COLUMN = Y.reshape(-1, 1)
BY_COLUMN = IMAGES.swapaxes(1, 2).reshape(8, 36)
EMNIST = {"train": {"images": BY_COLUMN, "labels": COLUMN, "writers": COLUMN}, "mapping": np.eye(2)}
NIELSEN = (ROWS / 255, Y), (ROWS[:2] / 255, Y[:2]), (ROWS[:3] / 255, Y[:3])
FILES = {
    "train_images, train_labels": npz(train_images=IMAGES, train_labels=Y, test_images=TEST[0], test_labels=TEST[1]),
    "X_train": npz(X_train=IMAGES, y_train=Y, X_test=TEST[0], y_test=TEST[1]),
    "train_x": npz(train_x=IMAGES, train_y=Y, test_x=TEST[0], test_y=TEST[1]),
    "images, labels": npz(images=IMAGES, labels=Y),
    "data, target": npz(data=ROWS, target=Y),
    "arr_0, arr_1": npz(IMAGES, Y),
    "one-hot": npz(X=ROWS, y=np.eye(10)[Y]),
    "a channel in front": npz(x_train=IMAGES[:, None], y_train=Y),
    "a channel behind": npz(x_train=IMAGES[..., None], y_train=COLUMN),
    "a table with labels": npy(np.column_stack([Y, ROWS])),
    "mnist-original.mat": mat(data=ROWS.T, label=Y[None].astype(float)),
    "images in the last dimension": mat(images=np.moveaxis(IMAGES, 0, -1), labels=COLUMN),
    "EMNIST": mat(dataset=EMNIST),
    "MATLAB 4": mat_4(X=BY_COLUMN.astype(float), y=COLUMN.astype(float)),
    "Octave": octave(X=BY_COLUMN, y=COLUMN),
    "Octave, three dimensions": octave_3d(IMAGES, COLUMN),
    "Nielsen's": gzip.compress(pickle.dumps(NIELSEN, 2)),
    "a pickled dict": pickle.dumps({"train_img": IMAGES, "train_label": Y, "test_img": TEST[0], "test_label": TEST[1]}),
    "a pickle of protocol 0": pickle.dumps((ROWS / 255, Y), 0),
    "a pickle with a list of labels": pickle.dumps({"data": ROWS, "labels": Y.tolist()}),
    "keras' tuples": pickle.dumps(((IMAGES, Y), TEST)),
}


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content, name="digits"):
        (tmp_path / name).write_bytes(content)
        return name

    return write


def same(digits):
    np.testing.assert_allclose(digits.X * 255, ROWS, atol=1e-9)
    return digits.y.tolist() == Y.tolist()


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_the_images_and_labels_that_are_meant_are_read(file, content):
    assert same(load(file(content)))


def test_the_classes_of_mnist_all_mat_are_labels(file):
    digits = load(file(mat(train0=ROWS[:3], train1=ROWS[3:], test0=ROWS[:1], test1=ROWS[:1])))
    assert digits.y.tolist() == [0] * 3 + [1] * 5


@pytest.mark.parametrize("named", [{"X": IMAGES, "y": Y}, {"train/data": ROWS / 255, "train/target": Y}])
def test_hdf5_is_read(file, named):
    assert same(load(file(hdf5(**named))))


def test_matlab_7_3_is_hdf5_behind_a_header(file):
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    h5py = pytest.importorskip("h5py")
    made = io.BytesIO()
    with h5py.File(made, "w", userblock_size=512) as archive:
        archive["X"], archive["y"] = BY_COLUMN.T, Y[None]
    content = made.getvalue()
    assert same(load(file(header + content[128:])))


def test_the_names_may_be_given(file):
    assert same(load(file(npz(a=IMAGES, b=Y, c=ROWS[:, ::-1])), arrays=("a", "b")))


def test_a_name_that_is_not_there_is_refused(file):
    with pytest.raises(DataFileError, match=r"digits: no array z; found a, b$"):
        load(file(npz(a=IMAGES, b=Y)), arrays=("a", "z"))


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("x_train.npy", "y_train.npy"),
        ("train-images.npy", "train-labels.npy"),
        ("kmnist-train-imgs.npz", "kmnist-train-labels.npz"),
    ],
)
def test_the_labels_beside_are_found(file, images, labels):
    write = npz if images.endswith("npz") else npy
    file(write(Y), labels)
    assert same(load(file(write(IMAGES), images)))


def test_a_single_array_needs_no_labels_to_be_answered(file):
    assert load_images(file(npy(IMAGES)))[1] == (6, 6)


def test_a_pickle_that_would_run_is_refused(file, tmp_path):
    class Sings:
        def __reduce__(self):
            return open, ("canary", "w")

    with pytest.raises(DataFileError, match=r"^digits: a pickle, .*: refused: it names"):
        load(file(pickle.dumps({"X": IMAGES, "y": Sings()})))
    assert not (tmp_path / "canary").exists()


OTHERS = {
    "an Excel workbook, save it as CSV": "xl/workbook.xml",
    "a PyTorch file, which only PyTorch can open": "archive/data.pkl",
    "a zip archive, unpack it first": "digits.csv",
}


@pytest.mark.parametrize(("message", "member"), OTHERS.items(), ids=OTHERS)
def test_other_archives_are_named(file, message, member):
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(member, "hello")
    with pytest.raises(DataFileError, match=f"^digits: {message}"):
        load(file(made.getvalue()))


OCTAVE = b"# Created by Octave\n# name: X\n# type: matrix\n"
HOSTILE = {
    "MATLAB 4: 2^62 numbers": struct.pack("<5i", 0, 2**31 - 1, 2**31 - 1, 0, 2) + b"X\0" + bytes(99),
    "MATLAB 4: sizes below zero": struct.pack("<5i", 0, 3, 1, 0, 2) + b"X\0" + struct.pack("<8i", *[-1] * 8),
    "Octave: a trillion numbers": OCTAVE + b"# rows: 999999999\n# columns: 999999\n 1\n",
    "Octave: no size": OCTAVE + b"# ndims: 3\n x\n",
    "Octave: a word": OCTAVE + b"# rows: 1\n# columns: 1\n NaN\n",
    "npy: cut": npy(IMAGES)[:-9],
    "npy: objects": npy(np.zeros((3, 4))).replace(b"<f8", b"|O8"),
    "a pickle: one array a thousand times": pickle.dumps([ROWS] * 1000),
    "a pickle of words": pickle.dumps({"X": "hello"}),
    "HDF5: nothing": b"\x89HDF\r\n\x1a\n" + bytes(99),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_is_refused_in_one_line(file, content):
    with pytest.raises(DataFileError) as caught:
        load(file(content), max_size=2**28)
    assert str(caught.value).startswith("digits: ")
    assert str(caught.value).isprintable()


def bars(count):
    """Images of 20x20 with bars at random heights and widths, and labels."""
    rng = np.random.default_rng(0)
    images = np.zeros((count, 20, 20))
    for image, (at, width) in zip(images, rng.integers(3, 10, (count, 2)), strict=True):
        image[3:17, at : at + width] = 1
    return images, np.arange(count) % 10


@pytest.mark.parametrize("ordered", [False, True])
def test_a_square_array_by_columns_is_told_by_its_pixels(file, caplog, ordered):
    images, y = bars(400)
    images = images[np.argsort(images.sum(axis=(1, 2)))] if ordered else images
    X = images.reshape(400, 400)
    for array in (X, X.T):
        np.testing.assert_array_equal(load(file(npz(X=array, y=y))).X, X)
    assert caplog.text.count("an image taken from each column") == 1


def test_an_order_that_is_given_takes_an_image_from_each_row(file):
    X = bars(400)[0].reshape(400, 400).T
    np.testing.assert_array_equal(load(file(npz(X=X, y=np.arange(400) % 2)), order="C", invert=False).X, X)


def test_of_a_cube_the_axis_of_the_images_is_told_by_its_pixels(file, caplog):
    images, y = bars(20)
    for array in (images, np.moveaxis(images, 0, -1)):
        np.testing.assert_array_equal(load(file(npz(X=array, y=y))).X, images.reshape(20, -1))
    assert caplog.text.count("the last number tells the image") == 1


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({b"data": ROWS, b"labels": Y.tolist()}, 2),
        npz(a=ROWS.T, b=Y),
        mat(D={"X": IMAGES.swapaxes(1, 2).reshape(8, -1), "y": Y[:, None]}),
        octave(X=IMAGES.swapaxes(1, 2).reshape(8, -1), y=Y[:, None]).split(b"\n", 1)[1],
        npy(np.column_stack([np.tile(ROWS, (8, 1)), np.tile(Y, 8)])[:49]),
    ],
    ids=["bytes as keys", "an image per column, no names", "a structure of any name", "no first line", "labels last"],
)
def test_names_and_shapes_of_other_programs_are_read(file, content):
    digits = load(file(content), invert=False)
    np.testing.assert_allclose(digits.X[:8] * 255, ROWS)
    assert digits.y[:8].tolist() == Y.tolist()


def test_a_cell_array_is_refused_with_what_to_do(file):
    cells = np.empty(8, dtype=object)
    cells[:] = list(IMAGES)
    with pytest.raises(DataFileError, match=r"class cell, expected numbers: save X = cat\(3, images\{:\}\)$"):
        load(file(mat(images=cells, labels=Y)))
