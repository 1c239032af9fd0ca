"""The small picture that a notebook shows."""

import base64
import io
import re

import numpy as np
from PIL import Image

from digits20.images.thumbnail import MOST, PER_ROW, captioned, thumbnails


def picture(html):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(re.search('base64,([^"]*)', html)[1]))))


def test_ink_is_dark_on_white_paper():
    shown = picture(thumbnails(np.array([[0.0, 1.0, 2.0, -1.0]]), (2, 2)))
    assert shown[4:8, 4:8].tolist() == [[255, 255, 0, 0]] * 2 + [[0, 0, 255, 255]] * 2


def test_a_large_set_shows_images_from_its_start_to_its_end():
    X = np.zeros((1000, 1))
    X[[0, -1]] = 1
    shown = picture(thumbnails(X, (1, 1)))
    assert shown.shape == (MOST // PER_ROW * 10, PER_ROW * 10)
    assert shown[4, 4] == shown[-5, -5] == 0
    assert (shown == 0).sum() == 8


def test_no_images_make_no_picture():
    assert thumbnails(np.zeros((0, 4)), (2, 2)) == ""


def test_the_caption_cannot_be_markup():
    assert "<p>&lt;b&gt;</p>" in captioned("<b>", np.zeros((0, 4)), (2, 2))
