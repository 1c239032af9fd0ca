"""Makes the pictures of the page's tabs, in the system's Chromium: python benchmarks/page_pictures.py"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
HAND, DIGIT = "bert", 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, shot in screenshots(folder):
            shot.convert("RGB").save(HERE / "pictures" / f"{name}.png", optimize=True)


@contextmanager
def served(folder: str, *options: str) -> Iterator[str]:
    """The address of a page whose server runs in `folder`."""
    command = [sys.executable, "-m", "digits20.page", "--port", "0", "--no-open", "--json", *options]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield json.loads(server.stdout.readline())["page"]
    finally:
        server.terminate()
        server.wait()


def screenshots(folder: str) -> Iterator[tuple[str, Image.Image]]:
    """The page's tabs with a drawing, its server started in `folder`, and the names of the pictures."""
    with served(folder, "--collect", "mine.csv") as url, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto(url)
        draw(page)
        yield "page", picture(page)
        page.get_by_role("tab", name="Why").click()
        page.wait_for_selector("#why-network svg")
        yield "why", picture(page)
        page.get_by_role("tab", name="Learn").click()
        page.locator("#learn-delay").fill("0")
        page.locator("#lesson-start").click()
        page.wait_for_selector('#lesson-status[data-status="done"]', timeout=120_000)
        yield "learn", picture(page)
        browser.close()


def picture(page: Page) -> Image.Image:
    """What the window shows."""
    page.wait_for_timeout(300)  # the bars glide
    return Image.open(io.BytesIO(page.screenshot()))


def draw(page: Page) -> None:
    """One of the tests' drawings, and the answer to it."""
    hand = json.loads((HERE.parent / "tests" / "page" / "strokes" / f"{HAND}.json").read_text())
    page.locator("#width").fill("5.5")
    box = page.locator("#paper").bounding_box()
    assert box
    for stroke in hand["drawings"][DIGIT]["strokes"]:
        for number, (x, y, _) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"] / 1000, box["y"] + y * box["height"] / 1000)
            if not number:
                page.mouse.down()
        page.mouse.up()
    page.mouse.move(5, 5)
    page.wait_for_selector('#answers[aria-busy="false"]')


if __name__ == "__main__":
    main()
