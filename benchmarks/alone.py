"""Whether the page of `digits20 export --to page.html` answers as Python does, in the system's Chromium.

    python benchmarks/alone.py [--model FILE]

1000 test images as they are, the 50 drawings of tests/page/strokes as the page draws them, and the pictures of
benchmarks/drawings.py, which have no soft edges. Needs `pip install ".[page,test]"` and Chromium. Prints Markdown.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
import numpy as np
from drawings import KINDS, STROKES, draw
from playwright.sync_api import Page, sync_playwright

from digits20 import Model, load_digits, load_model
from digits20.formats.alone import to_html
from digits20.page.answers import predictions

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "page"))
from browser import LAUNCH, chromium

DRAW = """async (strokes) => {
    const bytes = new Uint8Array(await (await digits20.picture(strokes)).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
}"""
LOOK = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const answer = await digits20.look(new Blob([bytes])).catch(() => null);
    return answer && [answer.models[0].reading, answer.models[0].symbols.map(({ confidence }) => confidence)];
}"""


def images(page: Page, model: Model) -> list[Any]:
    """(labels, scores) of each test image here and there."""
    _, test = load_digits().shuffle(0).split(4000)
    there = page.evaluate("rows => JSON.parse(rows).map(digits20.predict)", json.dumps(test.X.tolist()))
    here = zip(model.predict(test.X).tolist(), model.predict_proba(test.X), strict=True)
    return [(one, (told["label"], told["scores"])) for one, told in zip(here, there, strict=True)]


def pictures(page: Page, model: Model, files: list[bytes]) -> list[Any]:
    return [(_here(file, model), page.evaluate(LOOK, base64.b64encode(file).decode())) for file in files]


def _here(file: bytes, model: Model) -> tuple[Any, list[float]] | None:
    told = predictions(file, model)["predictions"][0]
    return None if "error" in told else (told["label"], [one["confidence"] for one in told["symbols"]])


def row(name: str, pairs: list[Any]) -> list[str]:
    equal = [(here and here[0]) == (there and there[0]) for here, there in pairs]
    differences = [
        np.abs(np.subtract(a[1], b[1])).max() for (a, b), same in zip(pairs, equal, strict=True) if same and a
    ]
    return [name, str(len(pairs)), str(sum(equal)), f"{max(differences):.6f}"]


def drawn(page: Page) -> list[bytes]:
    """The fifty drawings as the page would send them."""
    files = []
    for hand in [json.loads(file.read_text()) for file in sorted(STROKES.glob("*.json"))]:
        for one in hand["drawings"]:
            wide = hand["width"] / 100
            strokes = [[{"x": x / 1000, "y": y / 1000, "width": wide} for x, y, _ in line] for line in one["strokes"]]
            files.append(base64.b64decode(page.evaluate(DRAW, strokes)))
    return files


def enlarged(how: dict[str, Any]) -> list[bytes]:
    files = []
    for hand in [json.loads(file.read_text()) for file in sorted(STROKES.glob("*.json"))]:
        for one in hand["drawings"]:
            file = io.BytesIO()
            draw(one["strokes"], **how).save(file, "PNG")
            files.append(file.getvalue())
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="reference")
    model = load_model(parser.parse_args().model)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        file = Path(folder, "page.html")
        file.write_bytes(to_html(model))
        page = started.chromium.launch(executable_path=chromium(), **LAUNCH).new_page()
        page.goto(file.as_uri())
        page.wait_for_selector(".answer")
        rows = [row("test images", images(page, model)), row("drawings", pictures(page, model, drawn(page)))]
        rows += [row(kind, pictures(page, model, enlarged(how))) for kind, how in KINDS.items()]
        print(f"{model}, {file.stat().st_size} bytes; {machine.describe('pillow')}\n")
    print(machine.table(["", "number", "labels equal", "largest difference of a score"], rows))


if __name__ == "__main__":
    main()
