"""One's own digits in a CSV file: every line whole, and what `train --data` reads."""

import threading

import numpy as np
import pytest

from digits20 import DataFileError, load_csv
from digits20.page.collected import Collection, _pixel
from digits20.predict import main as predict
from digits20.system.shipped import shipped
from digits20.train.__main__ import main as train

DIGITS = tuple(range(10))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.csv"


def opened(path, labels=DIGITS, pixels=9):
    return Collection(path, labels, pixels)


def refused(path, labels=DIGITS):
    """What a file is refused with; it is as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DataFileError) as caught:
        opened(path, labels)
    assert before is None or path.read_bytes() == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_kept_is_read_back_to_six_decimals(path, rng):
    images = rng.uniform(-0.13, 1.13, (30, 9))
    collection = opened(path)
    for i, image in enumerate(images):
        assert collection.keep(image, str(i % 10)) == i + 1
    kept = load_csv(path)
    np.testing.assert_allclose(kept.X, images, atol=5.1e-7)
    assert kept.y.tolist() == [i % 10 for i in range(30)]


def test_pixels_are_written_short():
    values = [0.0, 1.0, 0.25, -0.0000001, 1.1276884, -0.131963]
    assert [_pixel(value) for value in values] == ["0", "1", "0.25", "0", "1.127688", "-0.131963"]


@pytest.mark.parametrize("labels", [("a", "b,c", 'd"e'), ("ä", "x;y", "tab le"), (0.5, 1.5, 2), ("y", "label", "z")])
def test_labels_of_any_kind_are_read_back(path, rng, labels):
    collection = opened(path, labels)
    for k in range(12):
        collection.keep(rng.random(9), str(labels[k % 3]))
    kept = load_csv(path, labels="any")
    assert [kept.labels[i] for i in kept.y] == [labels[k % 3] for k in range(12)]


@pytest.mark.parametrize("label", ["", " a", "nan", "a\nb", "a\0"])
def test_labels_that_no_table_can_hold_are_refused(path, label):
    assert "cannot be kept in a CSV file" in refused(path, (label, "b"))


def test_a_file_from_before_goes_on(path, rng):
    opened(path).keep(rng.random(9), "3")
    collection = opened(path)
    assert (collection.count, collection.session) == (1, 0)
    assert collection.keep(rng.random(9), "4") == 2


def test_what_is_in_the_file_from_before_can_be_taught(path, rng):
    labels, images = ("a,b", "c"), rng.random((2, 9))
    kept = opened(path, labels)
    for image, label in zip(images, labels, strict=True):
        kept.keep(image, label)
    path.write_bytes(path.read_bytes().rstrip())  # an editor left the last line without its end
    before = opened(path, labels).before
    assert [label for label, _ in before] == ["a,b", "c"]
    np.testing.assert_allclose([image for _, image in before], images, atol=1e-6)


def test_a_missing_folder_is_made_with_the_first_digit(tmp_path, rng):
    collection = opened(tmp_path / "new/folder/mine.csv")
    assert list(tmp_path.iterdir()) == []
    assert collection.keep(rng.random(9), "4") == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"0,0,0,7\n", "line 1: 3 pixels, expected 9"),
        (b"0,0,0,0,0,0,0,0,0,7\n0,0,7\n0,0,0,0,0,0,0,0,0,7\n", "line 2: 2 pixels, expected 9"),
        (b"a,b,c,d,e,f,g,h,i,label\n", "line 1: pixel 1 is not a number; this file must have no header"),
        (b"0,0,0,0,0,0,0,0,0,17\n", "line 1: label 17 is not one of the model's labels"),
        (b"0,0,255,0,0,0,0,0,0,7\n", "line 1: a pixel outside 0 to 1"),
        (b"0,0,nan,0,0,0,0,0,0,7\n", "line 1: pixel 3 is not a number"),
        (b"0,0,0,0,0,0,0,0,0,7\n\n", "line 2: 0 pixels"),
        (b"0;0;0;0;0;0;0;0;0;7\n", "line 1: 0 pixels"),
        (b"\x1f\x8b\x08\0\n", "line 1: 0 pixels"),
        (b"0,0,0,0,0,0,0,0,0,7,\n", "line 1: label 7, is not one of the model's labels"),
    ],
)
def test_a_file_of_something_else_is_refused_with_its_line(path, content, what):
    path.write_bytes(content)
    assert refused(path).startswith(f"{path} {what}")


def test_a_folder_and_a_place_that_is_not_there_are_refused(tmp_path):
    assert refused(tmp_path).endswith("a folder, expected a file")
    (tmp_path / "file").write_bytes(b"")
    assert "is not a folder" in refused(tmp_path / "file/mine.csv")


@pytest.mark.parametrize("rest", [b"0.5", b"0,0,0,0,0,0,0,0,0,", b"0,0,0,0,0,0,0,0,0.", b"0,0,0,0,0,0,0,0,0,1"])
def test_a_last_line_that_was_not_finished_is_cut_off_and_said(path, rest, caplog):
    path.write_bytes(b"0,0,0,0,0,0,0,0,0,12\n" + rest)
    collection = opened(path, (12, 13))
    assert (collection.count, path.read_bytes()) == (1, b"0,0,0,0,0,0,0,0,0,12\n")
    assert "the last line was unfinished" in caplog.text


def test_a_last_line_that_lacks_nothing_but_its_end_gets_it(path):
    path.write_bytes(b"0,0,0,0,0,0,0,0,0,7")
    assert opened(path).count == 1
    assert path.read_bytes() == b"0,0,0,0,0,0,0,0,0,7\n"


def test_only_what_this_session_kept_can_be_taken_back(path, rng):
    opened(path).keep(rng.random(9), "1")
    before = path.read_bytes()
    collection = opened(path)
    collection.keep(rng.random(9), "2")
    collection.keep(rng.random(9), "3")
    assert [collection.undo(), collection.undo()] == [(2, "3"), (1, "2")]
    with pytest.raises(LookupError):
        collection.undo()
    assert path.read_bytes() == before


def test_nothing_is_taken_back_that_another_program_has_written_over(path, rng):
    collection = opened(path)
    collection.keep(rng.random(9), "1")
    opened(path).keep(rng.random(9), "2")
    with pytest.raises(DataFileError, match="another program has changed it"):
        collection.undo()
    assert len(path.read_bytes().splitlines()) == 2


def test_threads_never_mix_their_lines(path, rng):
    collection, images = opened(path), rng.random((8, 9))

    def keep(k):
        for _ in range(10):
            collection.keep(images[k], str(k))

    threads = [threading.Thread(target=keep, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = load_csv(path)
    assert len(kept) == collection.count == 80
    np.testing.assert_allclose(kept.X, images[kept.y], atol=5.1e-7)
    assert [collection.undo()[0] for _ in range(80)] == list(range(80))[::-1]


def test_a_full_disk_leaves_the_file_as_it_was(path, rng, monkeypatch):
    collection = opened(path)
    collection.keep(rng.random(9), "1")
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DataFileError, match="cannot be written: no space left on device"):
        collection.keep(rng.random(9), "2")
    assert (path.read_bytes(), collection.count) == (before, 1)


def test_a_few_dozen_digits_train_a_network_and_tune_the_shipped_one(path, digits, tmp_path, capsys):
    collection = Collection(path, DIGITS, 400)
    for i in np.random.default_rng(0).permutation(5000)[:48]:
        collection.keep(digits.X[i], str(digits.y[i]))
    own = ["--data", str(path), "--model", str(tmp_path / "own.pkl"), "--no-plot", "--quiet"]
    assert train([*own, "--max-iter", "5"]) == 0
    assert train([*own, "--max-iter", "5", "--init-from", str(shipped("models/reference.pkl"))]) == 0
    assert predict(["--data", str(path), "--model", str(tmp_path / "own.pkl"), "--quiet"]) == 0
    assert capsys.readouterr().out.count("38 images to train, 10 to test") == 2


def test_a_last_line_without_its_end_is_not_glued_to_the_next(tmp_path, rng):
    path = tmp_path / "mine.csv"
    collection = opened(path)
    collection.keep(rng.random(9), "1")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    collection.keep(rng.random(9), "2")
    assert [line.rsplit(",", 1)[1] for line in path.read_text().splitlines()] == ["1", "2"]
    assert collection.undo()[1] == "2"
    assert opened(path).count == 1
