"""Text tables in the ways that programs write them are the same images and labels; what does not fit is named."""

import io
import logging

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file

from digits20 import DataFileError, load, load_images

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (8, 36)) * (RNG.random((8, 36)) < 0.4)
X[:, 0], X[:, 1] = 0, 200
X[0, 35] = 7
Y = np.array([3, 0, 7, 1, 9, 4, 0, 2])
HOT = np.eye(10, dtype=int)[Y]


def text(rows, separator=",", end="\n"):
    return end.join(separator.join(map(str, row)) for row in rows) + end


def labelled(separator=",", end="\n"):
    return text(np.column_stack([Y, X]), separator, end)


def savetxt():
    file = io.StringIO()
    np.savetxt(file, np.column_stack([Y, X]))
    return file.getvalue()


def libsvm(zero_based):
    file = io.BytesIO()
    dump_svmlight_file(X, Y, file, zero_based=zero_based, comment="sparse")
    return file.getvalue().decode()


def arff(quote=""):
    names = "".join(f"@attribute 'pixel {i}' numeric\n" for i in range(36))
    classes = ",".join(map(str, range(10)))
    rows = "".join(",".join(map(str, row)) + f",{quote}{label}{quote}\n" for row, label in zip(X, Y, strict=True))
    return f"% a comment\n@RELATION digits\n\n{names}@attribute what {{{classes}}}\n\n@data\n{rows}"


def sparse_arff():
    names = "".join(f"@attribute 'pixel {i}' numeric\n" for i in range(36))
    rows = "".join(
        "{" + ",".join(f"{i} {cell}" for i, cell in enumerate([*row, label]) if cell) + "}\n"
        for row, label in zip(X, Y, strict=True)
    )
    return f"@relation digits\n{names}@attribute what {{{','.join(map(str, range(10)))}}}\n@data\n{rows}"


HEADER = "label," + ",".join(f"pixel{i}" for i in range(36)) + "\n"
SHUFFLED = [int(name) for name in sorted(map(str, range(36)))]


def vowpal_wabbit():
    return "".join(
        f"{y} 1.0 |p " + " ".join(f"{i}:{p}" for i, p in enumerate(x, 1) if p) + "\n" for x, y in zip(X, Y, strict=True)
    )


def a_row_per_pixel(rows=range(36)):
    lines = (f"{n},{i % 6},{i // 6},{X[n, i]},{Y[n]}" for n in range(8) for i in rows)
    return "id,column,row,value,label\n" + "\n".join(lines) + "\n"


DIALECTS = {
    "Excel's Unicode text": labelled("\t", "\r\n").encode("utf-16"),
    "Excel's line of the separator": "sep=;\n" + labelled(";"),
    "columns sorted as text": ",".join(["label", *(f"pixel{i}" for i in SHUFFLED)])
    + "\n"
    + text(np.column_stack([Y, X[:, SHUFFLED]])),
    "commas between pixels, a tab before them": "".join(
        f"{y}\t{','.join(map(str, x))}\n" for x, y in zip(X, Y, strict=True)
    ),
    "lists of lists": "label,image\n"
    + "".join(f'{y},"{x.reshape(6, 6).tolist()}"\n' for x, y in zip(X, Y, strict=True)),
    "a row per pixel": a_row_per_pixel(),
    "Vowpal Wabbit": vowpal_wabbit(),
    "blanks": labelled(" "),
    "many blanks and a trailing one": "".join(f" {line} \n" for line in labelled("   ").splitlines()),
    "numpy.savetxt": savetxt(),
    "tabs and a trailing tab": labelled("\t", "\t\n"),
    "a comment": "# label and pixels\n" + labelled(" "),
    "semeion's one-hot labels, last": text(np.column_stack([X, HOT]), " "),
    "one-hot labels, first": text(np.column_stack([HOT, X])),
    "one-hot columns with names": ",".join([f"p{i}" for i in range(36)] + [f"is_{i}" for i in range(10)])
    + "\n"
    + text(np.column_stack([X, HOT])),
    "decimal commas": labelled(";").replace(";200;", ";200,0;"),
    "decimal commas between blanks": labelled(" ").replace(" 200 ", " 200,0 "),
    "a trailing separator": labelled(",", ",\n"),
    "a blank line after each": labelled(",", "\n\n"),
    "csv.writer's lines on Windows": labelled(",", "\r\r\n"),
    "pandas' index": "," + HEADER + text(np.column_stack([np.arange(8), Y, X])),
    "an id column": "id," + HEADER + text(np.column_stack([np.arange(1, 9), Y, X])),
    "an index without a header": text(np.column_stack([np.arange(8), Y, X])),
    "pixels in one cell": "emotion,pixels\n"
    + "".join(f"{y},{' '.join(map(str, x))}\n" for x, y in zip(X, Y, strict=True)),
    "pixels in a list": "label,image\n" + "".join(f'{y},"{x.tolist()}"\n' for x, y in zip(X, Y, strict=True)),
    "pixels in one cell, no header": "".join(f"{y},{' '.join(map(str, x))}\n" for x, y in zip(X, Y, strict=True)),
    "a comma and a blank": labelled(", "),
    "aligned numbers": text([[f"{cell:4d}" for cell in row] for row in np.column_stack([Y, X])]),
    "bars": labelled("|"),
    "R's write.table": " ".join(f'"{name}"' for name in HEADER.strip().split(","))
    + "\n"
    + text([[f'"{i}"', *row] for i, row in enumerate(np.column_stack([Y, X]), 1)], " "),
    "the label in the middle": ",".join(["p"] * 9 + ["label"] + ["p"] * 27)
    + "\n"
    + text(np.column_stack([X[:, :9], Y, X[:, 9:]])),
    "names of files": "file," + HEADER + text([[f"{i}.png", *row] for i, row in enumerate(np.column_stack([Y, X]))]),
    "an id at the end": HEADER.strip() + ",id\n" + text(np.column_stack([Y, X, np.arange(70, 78)])),
    "one-hot labels of -1 and 1": text(np.column_stack([X, 2 * HOT - 1])),
    "one-hot labels of True and False": text(np.column_stack([X, (HOT == 1).astype(object)])),
    "LIBSVM with qid": libsvm(False).replace(" ", " qid:1 ", 9).replace("qid:1 sparse", "sparse"),
    "sparse ARFF": sparse_arff(),
    "LIBSVM": libsvm(False),
    "LIBSVM from 0": libsvm(True),
    "ARFF": arff(),
    "ARFF with quotation marks": arff("'"),
}


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content, name="digits.txt"):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write


@pytest.mark.parametrize("content", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_is_the_same_images_and_labels(file, content):
    digits = load(file(content), invert=False)
    assert digits.y.tolist() == Y.tolist()
    np.testing.assert_allclose(digits.X * 255, X)


@pytest.mark.parametrize("content", DIALECTS.values(), ids=DIALECTS)
def test_images_alone_are_found_in_every_dialect(file, content):
    np.testing.assert_allclose(load_images(file(content), invert=False)[0] * 255, X)


def refusal(path, **options):
    with pytest.raises(DataFileError) as caught:
        load(path, **options)
    return str(caught.value)


BAD = {
    "a word between blanks": (
        labelled(" ").replace(" 7\n", " x\n", 1),
        "digits.txt line 1 column 37: 'x', expected a number",
    ),
    "behind an index": (
        "," + HEADER + text(np.column_stack([np.arange(8), Y, X])).replace("200", "x", 1),
        "digits.txt line 2 column 4: 'x', expected a number",
    ),
    "between blank lines": (
        labelled(",", "\n\n").replace("\n\n7,0,200", "\n\n7,0,x"),
        "digits.txt line 5 column 3: 'x', expected a number",
    ),
    "beside names of files": (
        "file," + HEADER + text([[f"{y}.png", y, *x] for x, y in zip(X, Y, strict=True)]).replace("200", "x", 1),
        "digits.txt line 2 column 4: 'x', expected a number",
    ),
    "sparse ARFF": (
        sparse_arff().replace("{1 200", "{99 200", 1),
        "digits.txt line 40: '99 200', expected a place below 37 and a value",
    ),
    "lists": ("[[0, 1], [2, 3]]", "digits.txt: JSON, save it as CSV: a row per image, its pixels and its label"),
    "a tar archive": (b"digits.csv".ljust(257, b"\0") + b"ustar\0", "digits.txt: a tar archive, unpack it first"),
    "a row per pixel": (
        a_row_per_pixel(range(1, 36)),
        "digits.txt line 2: image 0 has 35 pixels, expected 36 (6×6)",
    ),
    "LIBSVM": ("1 1:0.5\n2 1:0.5 2\n", "digits.txt line 2: 2, expected a label and index:value"),
    "no labels": (
        text(X),
        "digits.txt: 36 pixels per row and no labels "
        "(--labels-file FILE names a file of labels; predict --data needs none)",
    ),
    "JSON": ('[{"label": 1}]', "digits.txt: JSON, save it as CSV: a row per image, its pixels and its label"),
    "a Git LFS pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "digits.txt: a Git LFS pointer, not the file itself; fetch that with: git lfs pull",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_named_with_its_place(file, content, message):
    assert refusal(file(content)) == message


def test_an_image_of_several_labels_is_refused(file):
    content = a_row_per_pixel().replace(f"0,0,0,0,{Y[0]}", "0,0,0,0,9", 1)
    assert refusal(file(content)) == "digits.txt line 2: several labels for image 0"


def test_a_column_that_never_changes_is_no_one_hot_label(file):
    content = HEADER.strip() + ",weight\n" + text(np.column_stack([Y, X, np.ones(8, int)]))
    assert refusal(file(content)) == "digits.txt line 2: 37 pixels, expected 36 (6×6) or 49 (7×7)"


def test_a_line_that_is_not_one_hot_is_named_where_the_first_lines_were(file):
    content = text(np.column_stack([np.tile(X, (20, 1)), np.tile(HOT, (20, 1))]))
    broken = content.splitlines()
    broken[99] = ",".join(["0"] * 46)
    assert refusal(file("\n".join(broken))) == "digits.txt line 100: not one 1 among 9 zeros in its labels"


LABELS = {
    "one per line": "\n".join(map(str, Y)),
    "a header": "label\n" + "\n".join(map(str, Y)),
    "Kaggle's": "ImageId,Label\n" + "".join(f"{i},{y}\n" for i, y in enumerate(Y, 1)),
    "one-hot": text(HOT),
    "one-hot below a header": ",".join(map(str, range(10))) + "\n" + text(HOT),
    "one-hot between blanks": text(HOT.astype(float), " "),
    "all in one line": ",".join(map(str, Y)) + "\n",
    "a list": str(Y.tolist()),
    "before a column that counts": "".join(f"{y},{i}\n" for i, y in enumerate(Y)),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_may_be_in_a_text_file(file, labels):
    assert load(file(text(X)), labels_file=file(labels, "labels.txt")).y.tolist() == Y.tolist()


def test_the_file_of_labels_is_found_by_its_name(file):
    file("\n".join(map(str, Y)), "y_train.csv")
    assert load(file(text(np.column_stack([X, X])[:, :36]), "x_train.csv"), labels_file="y_train.csv").y[2] == 7


def test_another_number_of_labels_is_refused(file):
    message = refusal(file(text(X)), labels_file=file("1\n2\n", "labels.txt"))
    assert message == "digits.txt: 8 images but 2 labels in labels.txt"


@pytest.mark.parametrize("header", ["id,label\n", ""])
def test_labels_whose_ids_are_out_of_turn_are_refused(file, header):
    turned = header + "".join(f"{i},{Y[i]}\n" for i in range(len(Y))[::-1])
    message = refusal(file(text(X)), labels_file=file(turned, "labels.txt"))
    assert message.startswith("labels.txt: its ids do not rise, 6 comes after 7; ")


IDS = "id," + ",".join(f"pixel{i}" for i in range(36)) + "\n"
TURNED = IDS + text(np.column_stack([np.arange(8), X])[::-1])


def test_labels_are_put_in_the_order_of_the_images_ids(file):
    labels = "id,label\n" + "".join(f"{i},{y}\n" for i, y in enumerate([*Y, 5]))
    assert load(file(TURNED), labels_file=file(labels, "labels.txt")).y.tolist() == Y[::-1].tolist()


def test_images_whose_ids_are_out_of_turn_need_ids_beside_the_labels(file):
    message = refusal(file(TURNED), labels_file=file("\n".join(map(str, Y)), "labels.txt"))
    assert message.startswith("labels.txt: the images' ids do not rise, 6 comes after 7; ")


def test_a_missing_image_is_named_by_its_id(file):
    images = IDS + text(np.column_stack([[0, 1, 2, 3, 5, 6, 7, 8], X]))
    labels = "id,label\n" + "".join(f"{i},{y}\n" for i, y in enumerate(Y))
    message = refusal(file(images), labels_file=file(labels, "labels.txt"))
    assert message == "labels.txt: row 5 has the id 4, but the image there 5"


def test_two_columns_that_could_both_be_labels_are_refused(file):
    message = refusal(file(text(X)), labels_file=file("".join(f"{y},{y % 3}\n" for y in Y), "labels.txt"))
    assert message.startswith("labels.txt: 2 columns, which holds the labels?")


def test_of_a_column_of_parts_those_are_read_that_are_wanted(file, caplog):
    caplog.set_level(logging.INFO, "digits20")
    rows = [["train" if i < 5 else "test", *row] for i, row in enumerate(np.column_stack([Y, X]))]
    digits = load(file("split," + HEADER + text(rows)), part="test")
    assert digits.y.tolist() == Y[5:].tolist()
    assert f"{len(Y) - 5} of {len(Y)} images are read, those for testing, as its column split says" in caplog.text


def test_pixels_may_be_true_and_false(file):
    digits = load(file(text(np.column_stack([Y, (X > 99).astype(object)]))), invert=False)
    np.testing.assert_array_equal(digits.X, X > 99)


def test_an_image_per_column_is_told_by_the_number_of_labels(file, caplog):
    rows, y = np.vstack([X, X[:1]]), [*Y, Y[0]]
    digits = load(file(text(rows.T)), labels_file=file("\n".join(map(str, y)), "labels.txt"), invert=False)
    np.testing.assert_allclose(digits.X * 255, rows)
    assert "an image taken from each column" in caplog.text
