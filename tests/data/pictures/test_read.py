"""Folders of pictures: which are found, what they are called, and how they are prepared."""

import itertools
import logging

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digits20 import DataFileError, Digits20Error
from digits20.data.pictures.folders import find
from digits20.data.pictures.listed import lists_pictures
from digits20.data.pictures.read import choose_preparation, load_pictures, read_image
from digits20.images.photo import read_photo


def draw(path, symbol, shift=0):
    """A stroke that goes down, or across."""
    image = Image.new("L", (60, 60), "white")
    ends = [(30 + shift, 10), (28, 50)] if symbol == "one" else [(10, 30 + shift), (50, 28)]
    ImageDraw.Draw(image).line(ends, fill="black", width=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


@pytest.fixture
def classes(tmp_path):
    for symbol in ("dash", "one"):
        for number in range(3):
            draw(tmp_path / symbol / f"{number}.png", symbol, number)
    return tmp_path


def found(*arguments):
    return [(one.path.name, one.label) for one in find(*arguments)]


def test_the_folders_names_are_the_labels(classes):
    digits, preparation = load_pictures(classes)
    assert (digits.labels, digits.y.tolist(), preparation) == (("dash", "one"), [0, 0, 0, 1, 1, 1], "found")


def test_a_picture_is_prepared_as_predict_does(classes):
    digits, _ = load_pictures(classes)
    np.testing.assert_array_equal(digits.X[3], read_photo(classes / "one" / "0.png").pixels)


@pytest.mark.parametrize(("part", "name"), [("train", "a.png"), ("test", "b.png")])
def test_train_and_test_may_stand_above_the_classes(tmp_path, part, name):
    for which, file in (("train", "a.png"), ("val", "c.png"), ("test", "b.png")):
        draw(tmp_path / which / "one" / file, "one")
        draw(tmp_path / which / "dash" / file, "dash")
    assert found(tmp_path, part, None) == [(name, "dash"), (name, "one")]


def test_labels_may_be_in_the_names(tmp_path):
    for name in ("7_0001.png", "1_0002.png"):
        draw(tmp_path / name, "one")
    assert found(tmp_path, "train", None) == [("1_0002.png", "1"), ("7_0001.png", "7")]


def test_an_expression_finds_the_label_in_the_name(tmp_path):
    draw(tmp_path / "img-3-of-9.png", "one")
    assert found(tmp_path, "train", r"-(\d)-of") == [("img-3-of-9.png", "3")]


def test_a_table_may_name_pictures_and_labels(classes):
    table = classes / "labels.csv"
    table.write_text("file,label\none/0.png,stroke\ndash/1.png,line\n")
    assert found(table, "train", None) == [("0.png", "stroke"), ("1.png", "line")]
    assert lists_pictures(table)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png"])
def test_a_table_names_no_picture_outside_its_folder(tmp_path, name):
    table = tmp_path / "labels.csv"
    table.write_text(f"{name},1\n")
    with pytest.raises(DataFileError, match=r"labels.csv line 1: '.*' is outside the folder of the table$"):
        find(table, "train", None)


def test_a_bad_picture_is_named_and_the_others_are_read(classes, caplog):
    (classes / "one" / "bad.png").write_bytes(b"hello")
    digits, _ = load_pictures(classes)
    assert len(digits) == 6
    assert "bad.png" in caplog.text


def test_pictures_without_ink_on_paper_are_resized(tmp_path, caplog):
    for symbol, shade in (("dark", 10), ("light", 240)):
        (tmp_path / symbol).mkdir()
        for number in range(3):
            Image.new("L", (40, 40), shade + number).save(tmp_path / symbol / f"{number}.png")
    caplog.set_level(logging.WARNING)
    digits, preparation = load_pictures(tmp_path)
    assert (digits.image_shape, preparation) == ((28, 28), "resized")
    assert "--pictures found" in caplog.text


def test_a_resized_picture_keeps_its_place(tmp_path):
    draw(tmp_path / "one.png", "one", 20)
    image = read_image(tmp_path / "one.png", (6, 6), "resized").reshape(6, 6)
    assert image[1].argmin() >= 4  # the stroke begins at the right, dark on white


BAD = {
    "no pictures in this folder": ((), None),
    "no label in its name": (("123.png",), None),
    "--label-from: no regular expression": (("1_a.png",), "("),
    "--label-from: 2 pairs of parentheses, expected one": (("1_a.png",), "(.)_(.)"),
    "pictures beside folders of pictures": (("1_a.png", "one/a.png"), None),
}


@pytest.mark.parametrize(("message", "case"), BAD.items(), ids=BAD)
def test_a_folder_that_tells_no_labels_is_refused(tmp_path, message, case):
    names, label_from = case
    for name in names:
        draw(tmp_path / name, "one")
    with pytest.raises(Digits20Error, match=message):
        find(tmp_path, "train", label_from)


def test_many_pictures_are_read_side_by_side_in_their_order(tmp_path):
    for number in range(70):
        draw(
            tmp_path / ("one" if number % 2 else "dash") / f"{number:02}.png",
            "one" if number % 2 else "dash",
            number % 5,
        )
    done = []
    digits, _ = load_pictures(tmp_path, progress=lambda place, total: done.append((place, total)))
    assert done[-1] == (70, 70)
    np.testing.assert_array_equal(digits.X[-1], read_photo(tmp_path / "one" / "69.png").pixels)


def numbered(folder, name):
    for number in range(6):
        draw(folder / name(number), "one")


NAMES = {
    "behind a word": lambda n: f"img{n}_label{n % 2}.png",
    "before a number": lambda n: f"digit{n % 2}_{n}.png",
    "at the end": lambda n: f"img_000{n}_{n % 2}.png",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_labels_elsewhere_in_the_names_are_found_and_said(tmp_path, name, caplog):
    numbered(tmp_path, name)
    assert [one.label for one in find(tmp_path, "train", None)].count("1") == 3
    assert "labels taken from the names" in caplog.text


def test_what_was_detected_is_told_once(tmp_path, caplog):
    numbered(tmp_path, NAMES["at the end"])
    choose_preparation(str(tmp_path))
    load_pictures(tmp_path)
    assert caplog.text.count("labels taken from the names") == 1


def test_numbers_at_the_end_of_the_names_are_no_labels(tmp_path):
    numbered(tmp_path, lambda n: f"img_{n}.png")
    assert {label for _, label in found(tmp_path, "train", None)} == {"img"}


def test_a_folder_around_the_classes_is_passed(tmp_path):
    for symbol in ("dash", "one"):
        draw(tmp_path / "data" / symbol / "0.png", symbol)
    assert found(tmp_path, "train", None) == [("0.png", "dash"), ("0.png", "one")]


LISTS = {
    "in a folder beside": ("file,label\n{0}.png,{1}\n", "labels.csv"),
    "with that folder": ("path,class\nimages/{0}.png,{1}\n", "labels.csv"),
    "without the ending": ("id,label\n{0},{1}\n", "labels.csv"),
    "between blanks": ("{0}.png {1}\n", "labels.txt"),
    "behind an index": ("id,file,value\n7{0},{0}.png,{1}\n", "labels.csv"),
}


@pytest.mark.parametrize(("lines", "name"), LISTS.values(), ids=LISTS)
def test_a_table_may_name_the_pictures_of_a_folder_beside(tmp_path, lines, name):
    numbered(tmp_path / "images", lambda n: f"{n}.png")
    *header, line = lines.splitlines(keepends=True)
    (tmp_path / name).write_text("".join([*header, *(line.format(n, n % 2) for n in range(6))]))
    assert found(tmp_path, "train", None) == [(f"{n}.png", str(n % 2)) for n in range(6)]


def test_a_table_of_pixels_beside_pictures_stays_one(tmp_path):
    numbered(tmp_path, lambda n: f"{n}.png")
    (tmp_path / "digits.csv").write_text(("0,1,0,1,0,1,0,1,0,1\n") * 3)
    assert not lists_pictures(tmp_path / "digits.csv")


def test_pictures_of_other_kinds_are_named(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.tif").write_bytes(b"II*")
    with pytest.raises(DataFileError, match=r"no pictures in this folder \(.*; found \.tif: save them as PNG\)$"):
        find(tmp_path, "train", None)


def test_what_lies_there_unread_is_told(tmp_path, caplog):
    for symbol in ("dash", "one"):
        draw(tmp_path / "train" / symbol / "0.png", symbol)
        draw(tmp_path / "test" / symbol / "0.png", symbol)
    (tmp_path / "train" / "one" / "1.tif").write_bytes(b"II*")
    (tmp_path / "train" / "one" / "Thumbs.db").write_bytes(b"\xd0\xcf")
    load_pictures(tmp_path)
    assert "left out: 1 .tif file; save them as PNG" in caplog.text
    assert "left out: 1 .db file, no pictures" in caplog.text
    assert f"only {tmp_path / 'train'} is read (--test-data {tmp_path / 'test'} scores" in caplog.text


def test_folders_that_all_hold_folders_of_the_same_names_are_asked_about(tmp_path):
    for outer, symbol in itertools.product(("set1", "set2"), ("dash", "one")):
        draw(tmp_path / outer / symbol / "0.png", symbol)
    with pytest.raises(DataFileError, match="set1, set2 each hold folders dash, one; name one of them"):
        find(tmp_path, "train", None)


@pytest.mark.parametrize(("part", "name"), [("train", "0.png"), ("test", "1.png")])
def test_a_table_of_names_may_tell_the_parts(tmp_path, part, name):
    for number in range(2):
        draw(tmp_path / f"{number}.png", "one")
    (tmp_path / "names.csv").write_text("file,label,split\n0.png,a,train\n1.png,b,test\n")
    assert [picture for picture, _ in found(tmp_path / "names.csv", part, None)] == [name]


def test_a_picture_with_two_labels_is_refused(tmp_path):
    draw(tmp_path / "0.png", "one")
    (tmp_path / "names.csv").write_text("file,label\n0.png,a\n0.png,b\n")
    with pytest.raises(DataFileError, match=r"line 3: '0\.png' had the label 'a' before"):
        find(tmp_path, "train", None)
