"""Filled forms and photos of them."""

import functools
import io

import numpy as np
from PIL import Image

from digits20.images.sheets.layout import CELL, HEIGHT, LEFT, TOP, WIDTH
from digits20.images.sheets.marks import homography
from digits20.plots.form import DPI, PAPER, form_files

TABLE = (90, 70, 50)


@functools.cache
def blank(layout, paper, sheet):
    """An empty sheet as a picture."""
    return Image.open(io.BytesIO(form_files(layout, paper, ".png")[sheet])).convert("RGB")


def filled(layout, digits, paper="a4", sheet=0, leave=(), pen=(20, 30, 140), printed=None):
    """A sheet as a picture, a digit pasted into each box but those of `leave`, (row, column); the labels are digits.

    printed: the empty sheet, None for that of `form_files`.
    """
    form = (printed or blank(layout, paper, sheet)).copy()
    per_mm = DPI / 25.4
    left, top = ((size - part) / 2 for size, part in zip(PAPER[paper], (WIDTH, HEIGHT), strict=True))
    for label, row, column in layout.boxes(sheet):
        if (row, column) in leave:
            continue
        image = digits.X[np.flatnonzero(digits.y == int(label))[20 + column]]
        ink = Image.fromarray(np.uint8(255 * np.clip(image, 0, 1).reshape(20, 20))).resize((60, 60), Image.BICUBIC)
        x = round((left + LEFT + (column + 0.5) * CELL[0]) * per_mm) - 30
        y = round((top + TOP + (row + 0.5) * CELL[1]) * per_mm) - 30
        form.paste(Image.new("RGB", ink.size, pen), (x, y), ink)
    return form


def photo(form, turn=0.0, corners=((0, 0), (0, 0), (0, 0), (0, 0)), shade=0.0):
    """The form on a table, turned by degrees, in perspective, darker by `shade` to the right: a JPEG file's bytes."""
    seen = np.array([[0, 0], [0, 1600], [1600, 1600], [1600, 0]])
    table = np.array([[0, 0], [0, 3200], [3200, 3200], [3200, 0]]) + np.array(corners) - 1600
    angle = np.radians(turn)
    turned = table @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    H = homography(seen, turned + np.array(form.size) / 2)
    coefficients = list((H / H[2, 2]).ravel()[:8])
    flat = form.transform((1600, 1600), Image.PERSPECTIVE, coefficients, Image.BICUBIC, fillcolor=TABLE)
    light = np.asarray(flat, np.float32) * np.float32(1 - shade * np.linspace(0, 1, 1600))[None, :, None]
    light += 4 * np.random.default_rng(0).standard_normal((1600, 1600, 1), np.float32)
    file = io.BytesIO()
    Image.fromarray(np.uint8(light.clip(0, 255))).save(file, "JPEG", quality=80)
    return file.getvalue()
