"""Forms: which box is for what, and what is read of photos of them."""

import numpy as np
import pytest
from images.drawing import file
from images.forms import blank, filled, photo
from PIL import Image, ImageDraw

from digits20 import ImageError
from digits20.images.sheets.form import read_form as read
from digits20.images.sheets.layout import CELL, COLUMNS, LEFT, TOP, Layout
from digits20.plots.form import DPI

LAYOUT = Layout(tuple("0123456789"), 20)
SLANTED = ((150, 100), (60, -120), (-200, -30), (0, 180))  # how far the photo's corners lie from the table's


@pytest.fixture(scope="module")
def form(digits):
    return filled(LAYOUT, digits)


def read_form(*arguments):
    return read(*arguments).boxes


def labels(boxes):
    return [box.label for box in boxes]


def test_each_label_has_rows_of_its_own():
    layout = Layout(("A", "B"), 13)
    assert [(row, column) for label, row, column in layout.boxes(0) if label == "B"] == [
        *((2, column) for column in range(10)),
        *((3, column) for column in range(3)),
    ]


def test_many_labels_take_several_sheets():
    layout = Layout(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 20)
    assert layout.sheets == 3
    assert sum(1 for sheet in range(3) for _ in layout.boxes(sheet)) == 520


@pytest.mark.parametrize("turn", [90, 250])
def test_every_box_is_read_however_the_sheet_lies(form, turn):
    boxes = read_form(photo(form, turn, SLANTED, shade=0.4), LAYOUT, (20, 20))
    assert [box.label for box in boxes] == [label for label, _, _ in LAYOUT.boxes(0)]


def test_a_box_holds_the_digit_that_was_written(form, digits):
    boxes = read_form(photo(form, 10, SLANTED), LAYOUT, (20, 20))
    written = np.array([digits.X[np.flatnonzero(digits.y == int(box.label))[19 + box.place[2]]] for box in boxes])
    alike = [np.corrcoef(a, b.pixels)[0, 1] for a, b in zip(written, boxes, strict=True)]
    assert np.median(alike) > 0.9


def test_empty_boxes_are_left_out(digits):
    boxes = read_form(photo(filled(LAYOUT, digits, leave={(0, 3), (19, 9)})), LAYOUT, (20, 20))
    assert len(boxes) == 198
    assert (1, 1, 4) not in [box.place for box in boxes]


@pytest.mark.parametrize("pen", [(190, 20, 30), (120, 120, 120)])
def test_a_pen_of_any_colour_is_read(digits, pen):
    assert len(read_form(photo(filled(LAYOUT, digits, pen=pen)), LAYOUT, (20, 20))) == 200


def test_letter_paper_and_a_scan_without_a_table_are_read(digits):
    scan = file(filled(LAYOUT, digits, paper="letter"))
    assert len(read_form(scan, LAYOUT, (28, 28))) == 200


def test_the_second_sheet_is_known_by_its_code(digits):
    layout = Layout(tuple("0123456789"), 30)
    boxes = read_form(photo(filled(layout, digits, sheet=1)), layout, (20, 20))
    assert labels(boxes) == [label for label, _, _ in layout.boxes(1)]
    assert {box.place[0] for box in boxes} == {2}


@pytest.mark.parametrize("turn", [17, 180])
def test_a_sheet_tells_its_labels(form, turn):
    boxes = read_form(photo(form, turn, SLANTED, shade=0.4), None, (20, 20))
    assert [box.label for box in boxes] == [label for label, _, _ in LAYOUT.boxes(0)]


def covered(form):
    """The form with one half of the code under white paper that tells its labels."""
    form = form.copy()
    form.paste((250, 250, 250), (250, 200, form.width // 2, 240))
    return photo(form)


def test_a_sheet_of_digits_is_read_though_its_labels_are_covered(form):
    assert len(read_form(covered(form), None, (20, 20))) == 200


def test_a_sheet_of_other_labels_is_refused_where_they_are_covered():
    with pytest.raises(ImageError, match=r"cannot be read; photograph .* give --labels"):
        read_form(covered(blank(Layout(("A", "C"), 20), "a4", 0)), None, (20, 20))


def test_a_sheet_of_another_layout_is_refused(form):
    with pytest.raises(ImageError, match="a sheet of other --labels or --per-label"):
        read_form(photo(form), Layout(tuple("0123456789"), COLUMNS), (20, 20))


def test_without_its_four_marks_a_photo_is_refused(form):
    cut = form.crop((0, 0, form.width, form.height - 320))
    with pytest.raises(ImageError, match=r"^picture: the four corner marks were not found \(not even three of them\)"):
        read_form(photo(cut), LAYOUT, (20, 20))


@pytest.mark.parametrize(("right", "lower"), [(0, 0), (1, 0), (1, 1), (0, 1)])
def test_a_mark_that_is_covered_is_named(form, right, lower):
    covered = form.copy()
    covered.paste((90, 70, 50), (1353 * right, 1988 * lower, 1353 * right + 300, 1988 * lower + 350))
    name = f"{('upper', 'lower')[lower]} {('left', 'right')[right]}"
    with pytest.raises(ImageError, match=f"the {name} one is missing"):
        read_form(photo(covered, 10), LAYOUT, (20, 20))


def test_a_filled_box_is_not_taken_for_a_mark_that_is_covered(form):
    covered = form.copy()
    covered.paste((255, 255, 255), (1453, 2100, 1653, 2338))
    x = round((17 + LEFT + 9.5 * CELL[0]) / 25.4 * DPI)  # the last box; the upper left mark is at 17, 23.5 mm
    y = round((23.5 + TOP + 19.5 * CELL[1]) / 25.4 * DPI)
    for half, fill in ((32, "white"), (27, "black")):
        ImageDraw.Draw(covered).rectangle((x - half, y - half, x + half, y + half), fill=fill)
    with pytest.raises(ImageError, match="the corner marks do not fit the code"):
        read_form(file(covered), LAYOUT, (20, 20))


def test_a_stroke_through_marks_does_no_harm(digits):
    crossed = filled(Layout(("0", "7"), 10), digits)
    ImageDraw.Draw(crossed).line((100, 175, 1550, 175), fill=(20, 30, 140), width=4)
    assert len(read_form(photo(crossed, 5), None, (20, 20))) == 20


def test_any_other_picture_is_refused():
    with pytest.raises(ImageError, match="four corner marks were not found"):
        read_form(file(Image.new("L", (400, 300), 255)), LAYOUT, (20, 20))


def test_ink_over_the_line_is_doubted(form):
    crossed = form.copy()
    column, row = crossed.width // 2, crossed.height // 2
    crossed.paste((0, 0, 0), (column - 200, row, column + 200, row + 12))
    doubts = [box.doubt for box in read_form(file(crossed), LAYOUT, (20, 20)) if box.doubt]
    assert doubts
    assert set(doubts) == {"its ink reaches the box's line"}


def test_two_sheets_in_one_picture_are_refused(form):
    both = Image.new("RGB", (2 * form.width, form.height))
    both.paste(form, (0, 0))
    both.paste(form, (form.width, 0))
    with pytest.raises(ImageError, match="the corner marks of more than one sheet"):
        read_form(file(both), LAYOUT, (20, 20))
