"""Several symbols in a picture: each found, none broken, in reading order."""

import numpy as np
import pytest
from images.drawing import enlarged, file, likeness, page, picture
from PIL import Image, ImageDraw

from digits20.images.photo import read_page, symbol_pixels


def written(digits, rows, cell=70, size=44):
    """A picture of lines of digits, each in a cell of its own; and the images (n, 400) in reading order."""
    light = np.full((cell * len(rows), cell * max(map(len, rows))), 0.95)
    images = []
    for row, line in enumerate(rows):
        for column, digit in enumerate(line):
            image = digits.X[np.flatnonzero(digits.y == int(digit))[7]]
            margin = (cell - size) // 2
            top, left = row * cell + margin, column * cell + margin
            light[top : top + size, left : left + size] -= 0.85 * enlarged(image, size)
            images.append(image)
    return light, images


def found(light):
    return read_page(file(picture(light))).symbols


def places(symbols, cell=70):
    """(row, column) of the cell that each symbol's middle is in."""
    return [((one.box[1] + one.box[3]) // 2 // cell, (one.box[0] + one.box[2]) // 2 // cell) for one in symbols]


@pytest.mark.parametrize("rows", [["28"], ["2847"], ["90210"], ["12", "34"], ["807", "156", "934"]])
def test_every_digit_is_found_in_reading_order(digits, rows):
    light, _ = written(digits, rows)
    wanted = [(row, column) for row, line in enumerate(rows) for column in range(len(line))]
    symbols = found(light)
    assert places(symbols) == wanted
    assert [one.line for one in symbols] == [row for row, _ in wanted]


def test_a_tilted_line_is_one_line(digits):
    light, _ = written(digits, ["4711805"])
    for column in range(7):
        light[:, 70 * column : 70 * column + 70] = np.roll(light[:, 70 * column : 70 * column + 70], 2 * column - 6, 0)
    symbols = found(np.pad(light, ((20, 20), (0, 0)), constant_values=0.95))
    assert {one.line for one in symbols} == {0}
    assert len(symbols) == 7


def in_boxes(digits):
    light, _ = written(digits, ["836289"])
    light = np.pad(light, 10, constant_values=0.95)
    light[12, 10:431] = light[78, 10:431] = 0.2
    for column in range(10, 431, 70):
        light[12:79, column] = 0.2
    return light


@pytest.mark.parametrize("inverted", [False, True])
def test_boxes_around_digits_are_left_out(digits, inverted):
    light = in_boxes(digits)
    symbols = found(1 - light if inverted else light)
    assert places(symbols) == [(0, column) for column in range(6)]


def test_a_box_around_a_single_digit_is_left_out(seven):
    light = page(enlarged(seven, 90), shape=(200, 200))
    for edge in (20, 177):
        light[edge : edge + 3, 20:180] = light[20:180, edge : edge + 3] = 0.1
    [symbol] = found(light)
    assert np.corrcoef(symbol_pixels(symbol, (20, 20)), seven)[0, 1] > 0.9


def test_a_ruled_line_is_left_out(digits):
    light, _ = written(digits, ["365"])
    light = np.pad(light, 20, constant_values=0.95)
    light[85:87, 15:235] = 0.2
    assert len(found(light)) == 3


def test_the_pieces_of_a_broken_digit_stay_together():
    image = Image.new("L", (300, 160), 255)
    pen = ImageDraw.Draw(image)
    pen.line([(40, 30), (30, 80), (80, 80)], fill=0, width=8)  # a 4 of two strokes that do not touch
    pen.line([(66, 40), (66, 70)], fill=0, width=8)
    pen.line([(170, 60), (165, 85), (200, 90), (190, 120), (160, 120)], fill=0, width=8)  # a 5 with its hat apart
    pen.line([(178, 48), (215, 46)], fill=0, width=8)
    assert len(read_page(file(image)).symbols) == 2


def test_dust_is_no_symbol(digits):
    light, _ = written(digits, ["31"])
    light[5:8, 60:63] = light[60:64, 68:71] = 0.1
    assert len(found(light)) == 2


def test_a_single_digit_is_found_as_read_photo_finds_it(digits):
    image = digits.X[3507]
    data = file(picture(page(enlarged(image))))
    assert len(read_page(data).symbols) == 1
    assert likeness(data, image) > 0.9
