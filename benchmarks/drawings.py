"""Draws the fifty digits of tests/page/strokes on the page, in the system's Chromium: python benchmarks/drawings.py"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import machine
from page_pictures import served

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from page.browser import chromium, hands, misread


def main() -> None:
    drawn = hands()
    with tempfile.TemporaryDirectory() as folder, served(folder) as url:
        wrong = asyncio.run(misread(chromium(), url, drawn))
    total = sum(len(hand["drawings"]) for hand in drawn)
    print(machine.describe("playwright"))
    print(
        f"{total - len(wrong)} of {total} drawings of {len(drawn)} hands read right; not: {', '.join(wrong) or 'none'}"
    )


if __name__ == "__main__":
    main()
