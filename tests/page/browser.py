"""What the tests of the page do in a browser: find it, start it, and draw with it."""

import asyncio
import importlib
import json
import os
import shutil
from pathlib import Path

import pytest

NEEDED = "DIGITS20_NEED_BROWSER"  # set where a missing browser is a failure: .ci/run
ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
PATIENCE = 120_000  # ms that a busy machine may take for anything
LAUNCH = {"args": ["--no-sandbox", *QUIET], "timeout": PATIENCE}


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


def hands():
    """The made-up hands of tests/page/strokes, each with its name, the width of its pen and its drawings."""
    return [json.loads(file.read_text()) for file in sorted((Path(__file__).parent / "strokes").glob("*.json"))]


async def misread(path, url, hands):
    """Draw all that is in the hands with the mouse; the drawings that were taken for another digit, in words.

    With the asynchronous Playwright, so that a stroke's moves come in one go: one by one, each waits for a frame.
    """
    from playwright.async_api import async_playwright

    wrong = []
    async with async_playwright() as started:
        browser = await started.chromium.launch(executable_path=path, **LAUNCH)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        await page.goto(url)
        await page.wait_for_selector(".answer")
        for hand in hands:
            await page.locator("#width").fill(str(hand["width"]))
            for one in hand["drawings"]:
                seen = await _draw(page, one["strokes"])
                if seen != str(one["label"]):
                    wrong.append(f"{hand['hand']}'s {one['label']} ({one['form']}) as {seen}")
                await page.locator("#clear").click()
        await browser.close()
    return wrong


async def _draw(page, strokes):
    box = await page.locator("#paper").bounding_box()

    async def move(x, y):
        await page.mouse.move(box["x"] + x * box["width"] / 1000, box["y"] + y * box["height"] / 1000)

    for (x, y, _), *rest in strokes:
        await move(x, y)
        await page.mouse.down()
        await asyncio.gather(*(move(x, y) for x, y, _ in rest))
        await page.mouse.up()
    await page.wait_for_selector('#answers[aria-busy="false"]')
    return await page.locator(".glyph").inner_text()


class Visitor:
    """Somebody at the page, in one browser page of Playwright's."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        page.set_default_timeout(PATIENCE)
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
