"""What is read where there are several symbols."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from digits20 import load_model
from digits20.images.finding.segment import Symbol
from digits20.learning.symbols import as_json, number, read_symbols
from digits20.system.shipped import shipped


@pytest.fixture(scope="module")
def model():
    return load_model(shipped("models/reference.pkl"))


@pytest.fixture
def ink(digits):
    """ink(digit): (40, 40) ink of a digit."""
    return lambda digit: np.kron(np.clip(digits.X[digits.y == digit][7], 0, 1).reshape(20, 20), np.ones((2, 2)))


def symbol(ink, line=0):
    rows, columns = np.flatnonzero((ink > 0.3).any(axis=1)), np.flatnonzero((ink > 0.3).any(axis=0))
    return Symbol(ink, (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), line)


def test_one_symbol_keeps_its_label(model, ink):
    read = read_symbols(model, [symbol(ink(3))])
    assert number(model, read) == 3
    assert as_json(model, read)["scores"] == read[0].scores.tolist()


def test_several_make_a_text_with_a_space_between_lines(model, ink):
    read = read_symbols(model, [symbol(ink(3)), symbol(ink(8)), symbol(ink(6), line=1)])
    assert number(model, read) == "38 6"
    assert as_json(model, read)["scores"] is as_json(model, read)["outputs"] is None


def test_digits_that_touch_are_cut(model, ink):
    touching = np.zeros((40, 70))
    touching[:, :40] = ink(0)
    touching[:, 30:] = np.maximum(touching[:, 30:], ink(6))
    touching[19:21, 25:45] = 1
    assert number(model, read_symbols(model, [symbol(touching)])) == "06"


def test_three_that_touch_are_cut_at_once(model, ink):
    touching = np.zeros((40, 96))
    for place, digit in enumerate((0, 6, 3)):
        touching[:, 28 * place : 28 * place + 40] = np.maximum(touching[:, 28 * place : 28 * place + 40], ink(digit))
    touching[19:21, 25:70] = 1
    assert number(model, read_symbols(model, [symbol(touching)])) == "063"


def test_what_is_no_digit_is_not_cut(model):
    square = np.zeros((40, 60))
    square[5:35, 10:50] = 1
    square[9:31, 14:46] = 0
    (one,) = read_symbols(model, [symbol(square)])
    assert one.known is False


def test_the_strokes_of_a_letter_are_no_ones(model):
    page = Image.new("L", (140, 120))
    ImageDraw.Draw(page).line([(15, 15), (40, 105), (70, 30), (100, 105), (125, 15)], 255, 10, "curve")
    (one,) = read_symbols(model, [symbol(np.asarray(page) / 255)])
    assert one.known is False


def test_a_model_without_confidence_does_not_tell_what_it_knows(model, ink):
    (one,) = read = read_symbols(replace(model, confidence=None), [symbol(ink(3))])
    assert one.known is None
    assert as_json(replace(model, confidence=None), read)["known"] is None


def test_a_wide_digit_is_not_cut(model, ink):
    wide = ndimage.zoom(ink(2), (1, 1.2), order=1)
    assert number(model, read_symbols(model, [symbol(wide)])) == 2


def test_a_wide_shape_with_bare_columns_is_no_error(model, ink):
    apart = np.zeros((40, 120))
    apart[:, :40], apart[:, 80:] = ink(4), ink(7)
    assert number(model, read_symbols(model, [symbol(apart)])) == "47"


def test_among_many_a_digit_is_cut_only_if_wider_than_they_are(model, ink):
    touching = np.zeros((40, 70))
    touching[:, :40] = ink(0)
    touching[:, 30:] = np.maximum(touching[:, 30:], ink(6))
    touching[19:21, 25:45] = 1
    assert len(read_symbols(model, [symbol(touching)] * 9)) == 9
    assert len(read_symbols(model, [symbol(touching), *[symbol(ink(0))] * 8])) == 10
