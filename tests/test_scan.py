"""`digits20 sheet` and `digits20 scan`: from paper to a table that `train` reads."""

import json

import numpy as np
import pytest
from images.forms import filled, photo
from PIL import ImageDraw

from digits20 import load_csv, load_model
from digits20.images.sheets.layout import CELL, HEIGHT, LEFT, TOP, WIDTH, Layout
from digits20.plots.form import DPI
from digits20.scan import main as scan
from digits20.sheet import main as sheet
from digits20.train.__main__ import main as train


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sheet_is_written_as_one_pdf(folder, capsys):
    assert sheet(["--labels", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "--to", "s.pdf", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"paths": ["s.pdf"], "sheets": 3, "boxes": 520}
    assert (folder / "s.pdf").read_bytes().startswith(b"%PDF")


def test_a_png_has_a_file_for_each_sheet(folder):
    assert sheet(["--per-label", "30", "--to", "s.png"]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["s-2.png", "s.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "s.gif"], "s.gif: a sheet is a .pdf or .png file"),
        (["--labels", "A", "A", "--to", "s.pdf"], "labels: each once"),
        (["--labels", "\x1b[31m", "--to", "s.pdf"], "labels: each of 1 to 12 printable characters"),
    ],
)
def test_bad_sheets_are_refused_in_one_line(arguments, said, capsys):
    assert sheet(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_filled_form_becomes_a_table_to_train_on(folder, digits, capsys):
    layout = Layout(tuple("0123456789"), 20)
    (folder / "photo.jpg").write_bytes(photo(filled(layout, digits), 12))
    (folder / "mine.csv").write_text("an older table")
    assert scan(["photo.jpg", "--to", "mine.csv", "--show", "seen.png"]) == 0
    told = capsys.readouterr()
    assert "written    mine.csv, 200 images" in told.out
    assert "mine.csv: replaced, what was in it is gone" in told.err
    table = load_csv("mine.csv")
    assert (table.X.shape, table.y.tolist()) == ((200, 400), [k for k in range(10) for _ in range(20)])
    assert (folder / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_a_bad_photo_is_told_and_the_others_are_read(folder, digits, capsys):
    layout = Layout(tuple("0123456789"), 10)
    (folder / "good.jpg").write_bytes(photo(filled(layout, digits)))
    (folder / "bad.jpg").write_bytes(b"hello")
    assert scan(["bad.jpg", "good.jpg", "--to", "mine.csv", "--json"]) == 2
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["images"], len(result["errors"])) == (100, 1)
    assert err.startswith("digits20.scan: error: bad.jpg: not a picture")


def test_nothing_read_writes_nothing(folder, capsys):
    assert scan(["none.jpg", "--to", "mine.csv"]) == 2
    assert not (folder / "mine.csv").exists()
    assert capsys.readouterr().err == "digits20.scan: error: none.jpg: no such file\n"


def test_an_empty_form_writes_nothing(folder, capsys):
    assert sheet(["--to", "empty.png"]) == 0
    capsys.readouterr()
    assert scan(["empty.png", "--to", "mine.csv"]) == 2
    assert not (folder / "mine.csv").exists()
    error = capsys.readouterr().err
    assert "nothing is written" in error
    assert error.count("\n") == 1


def test_a_printed_sheet_filled_and_photographed_teaches_one_s_hand(folder, digits):
    assert sheet(["--to", "sheet.pdf"]) == 0
    page = pytest.importorskip("pypdfium2").PdfDocument("sheet.pdf")[0]
    printed = page.render(scale=DPI / 72).to_pil().convert("RGB")
    paper = filled(Layout(tuple("0123456789")), digits, printed=printed)
    (folder / "photo.jpg").write_bytes(photo(paper, 12, ((150, 100), (60, -120), (-200, -30), (0, 180)), shade=0.3))
    assert scan(["photo.jpg", "--to", "mine.csv"]) == 0
    assert train(["--init-from", "reference", "--data", "mine.csv", "--lambda", "0", "--no-plot"]) == 0
    others = digits.take(np.arange(250, 5000, 20))
    assert load_model("models/digits20.pkl").accuracy(others) > 0.9


@pytest.fixture
def marked(folder, digits):
    """A sheet of ten digits each; the first box is filled, the second has a stroke, and a stroke crosses the code."""
    form, mm = filled(Layout(tuple("0123456789"), 10), digits, leave={(0, 0), (0, 1)}), DPI / 25.4
    pen = ImageDraw.Draw(form)
    left, top = ((size / mm - part) / 2 for size, part in zip(form.size, (WIDTH, HEIGHT), strict=True))
    x, y = left + LEFT + CELL[0] / 2, top + TOP + CELL[1] / 2
    pen.rectangle([(x - 6) * mm, (y - 4) * mm, (x + 6) * mm, (y + 4) * mm], fill=(0, 0, 90))
    pen.line([(x + 10) * mm, y * mm, (x + 20) * mm, y * mm], fill=(0, 0, 90), width=8)
    pen.line([(left + 10) * mm, (top + 3) * mm, (left + 170) * mm, (top + 7) * mm], fill=(0, 0, 90), width=5)
    (folder / "one.jpg").write_bytes(photo(form))
    (folder / "again.jpg").write_bytes(photo(form, 95))


def test_boxes_that_hold_no_digit_are_doubtful_and_a_sheet_counts_once(marked, capsys):
    assert scan(["one.jpg", "again.jpg", "--to", "mine.csv", "--show", "seen.png"]) == 0
    out = capsys.readouterr().out
    assert "sheet 1, row 1, box 1, label 0: filled or crossed out" in out
    assert "sheet 1, row 1, box 2, label 0: looks like no digit" in out
    assert "skipped    again.jpg, the same sheet as one.jpg" in out
    assert len(load_csv("mine.csv")) == 100
