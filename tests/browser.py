"""What the tests of the page do in a browser: find it, start it, and draw with it."""

import importlib
import os
import shutil
from pathlib import Path

import pytest

NEEDED = "DIGITS20_NEED_BROWSER"  # set where a missing browser is a failure: .ci/run
ROOT = Path(__file__).parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
LAUNCH = {"args": ["--no-sandbox", *QUIET]}


def chromium():
    """Path of the system's Chromium; skips where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or _missing("no chromium on the path: apt-get install chromium")


def axe():
    """The source of axe-core, from $AXE_CORE or npm's folder; skips where there is none."""
    file = Path(os.environ.get("AXE_CORE") or ROOT / "node_modules" / "axe-core" / "axe.min.js")
    return (
        file.read_text(encoding="utf-8") if file.exists() else _missing(f"no {file}: npm install --no-save axe-core@4")
    )


def playwright():
    """The library's synchronous half; skips where it is not installed."""
    if os.environ.get(NEEDED):
        return importlib.import_module("playwright.sync_api")
    return pytest.importorskip("playwright.sync_api")


def _missing(what):
    (pytest.fail if os.environ.get(NEEDED) else pytest.skip)(what)


class Visitor:
    """Somebody at the page, in one browser page of Playwright's."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        page.goto(url)
        page.wait_for_selector(".answer", state="attached")

    def draw(self, *strokes):
        """Strokes of (x, y), shares of the sheet, with the mouse."""
        box = self.page.locator("#paper").bounding_box()
        for stroke in strokes:
            for number, (x, y) in enumerate(stroke):
                steps = 6 if number else 1
                self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=steps)
                if not number:
                    self.page.mouse.down()
            self.page.mouse.up()

    def answer(self, model=0):
        """The label that stands there once the last drawing is answered."""
        self.page.wait_for_selector('#answers[aria-busy="false"]')
        return self.page.locator(".glyph").nth(model).inner_text()

    def ink(self, canvas="#paper"):
        """How many of a canvas's pixels are painted."""
        return self.page.evaluate(
            """name => {
                const canvas = document.querySelector(name);
                const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                return pixels.filter((value, place) => place % 4 === 3 && value > 0).length;
            }""",
            canvas,
        )

    def slide(self, name, value):
        self.page.locator(f"#{name}").fill(str(value))

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def upload(self, *files):
        """Files as {"name", "mimeType", "buffer"}; waits until all are in the gallery or refused."""
        self.tab("Upload")
        self.page.set_input_files("#files", files)
        self.page.wait_for_selector('#gallery[aria-busy="false"]', state="attached")
