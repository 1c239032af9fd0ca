"""Makes the README's picture, a filled form and the page that was taught by it: python benchmarks/readme_picture.py

All of it is real: the form of `digits20 sheet` filled with digits of the set, photographed at a slant, read by
`digits20 scan`; the reference model trained further on what was read; 42 drawn on the page of that model. Needs
the extra [page], playwright and Chromium, like page_pictures.py.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

from page_pictures import HAND, HERE, served
from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from digits20 import load_digits
from digits20.__main__ import main as digits20
from digits20.images.sheets.layout import Layout

HEIGHT, GAP = 480, 80  # pixels
SLANTED = ((150, 100), (60, -120), (-200, -30), (0, 180))  # how far the photo's corners lie from the table's


def main() -> None:
    sys.path.insert(0, str(HERE.parent / "tests"))
    from images.forms import filled, photo

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "photo.jpg").write_bytes(photo(filled(Layout(tuple("0123456789"), 20), load_digits()), 6, SLANTED))
        table, model = str(here / "mine.csv"), str(here / "mine.pkl")
        digits20(["scan", str(here / "photo.jpg"), "--to", table])
        digits20(["train", "--data", table, "--init-from", "reference", "--model", model, "--no-plot"])
        sheet = Image.open(here / "photo.jpg").crop((130, 40, 1400, 1540))
        beside(sheet, page(folder, model)).save(HERE / "pictures" / "readme.png", optimize=True)


def page(folder: str, model: str) -> Image.Image:
    """The page's drawing and its answer, with 42 drawn."""
    with served(folder, "--model", model) as url, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        visitor = browser.new_page(viewport={"width": 1000, "height": 640}, color_scheme="light")
        visitor.goto(url)
        visitor.wait_for_load_state("networkidle")
        visitor.locator("#width").fill("4.5")
        visitor.wait_for_timeout(2000)  # until nothing moves
        draw(visitor, 4, 0.04)
        draw(visitor, 2, 0.50)
        visitor.mouse.move(5, 5)
        visitor.wait_for_selector('#answers[aria-busy="false"]')
        visitor.wait_for_timeout(300)  # the bars glide
        visitor.locator(".glyph", has_text="42").wait_for(timeout=10_000)  # else there is no picture
        seen = Image.open(io.BytesIO(visitor.screenshot()))
        browser.close()
    return seen


def draw(visitor: Page, digit: int, left: float) -> None:
    """One of the tests' drawings at half its size, `left` of the paper's width from its left edge."""
    hand = json.loads((HERE.parent / "tests" / "page" / "strokes" / f"{HAND}.json").read_text())
    box = visitor.locator("#paper").bounding_box()
    assert box
    for stroke in hand["drawings"][digit]["strokes"]:
        for number, (x, y, _) in enumerate(stroke):
            at = left + 0.46 * x / 1000, 0.27 + 0.46 * y / 1000
            visitor.mouse.move(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
            if not number:
                visitor.mouse.down()
        visitor.mouse.up()
        visitor.wait_for_timeout(200)  # on a busy machine a stroke went on to the next one


def beside(sheet: Image.Image, page: Image.Image) -> Image.Image:
    """Both of one height, an arrow between them; few colours make a small file."""
    taught, seen = (
        side.convert("RGB").resize((round(side.width * HEIGHT / side.height), HEIGHT)) for side in (sheet, page)
    )
    whole = Image.new("RGB", (taught.width + GAP + seen.width, HEIGHT), "white")
    whole.paste(taught, (0, 0))
    whole.paste(seen, (taught.width + GAP, 0))
    x, y = taught.width + GAP / 2, HEIGHT / 2
    arrow = [(-26, -5), (4, -5), (4, -18), (26, 0), (4, 18), (4, 5), (-26, 5)]
    ImageDraw.Draw(whole).polygon([(x + right, y + down) for right, down in arrow], fill="#444444")
    return whole.quantize(128, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
