"""How well drawings made of strokes are read: pens one pixel wide, faint and small digits, at many sizes.

    python benchmarks/drawings.py [--model FILE] [--keep FOLDER]

The strokes are those of tests/page/strokes: 50 digits in five hands. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import machine
import numpy as np
from PIL import Image, ImageDraw

from digits20 import ImageError, load_model
from digits20.images.photo import read_photo
from digits20.system.shipped import shipped

STROKES = Path(__file__).parent.parent / "tests" / "page" / "strokes"


def draw(strokes: list, side: int, width: int, ink: int = 0, paper: int = 255, fill: float = 0.7) -> Image.Image:
    """A square picture with the strokes in its middle, `fill` of its side long; no antialiasing."""
    points = [np.array(stroke, float)[:, :2] for stroke in strokes]
    low, high = (limit(np.concatenate(points), axis=0) for limit in (np.min, np.max))
    scale = fill * side / (high - low).max()
    image = Image.new("L", (side, side), paper)
    pen = ImageDraw.Draw(image)
    for stroke in points:
        moved = (stroke - (low + high) / 2) * scale + side / 2
        pen.line([tuple(point) for point in moved], fill=ink, width=width, joint="curve")
    return image


KINDS = {
    **{f"1 pixel wide, page {side}×{side}": {"side": side, "width": 1} for side in (20, 28, 50, 100, 200, 400, 800)},
    "2 pixels wide, page 100×100": {"side": 100, "width": 2},
    "10 pixels wide, page 140×140": {"side": 140, "width": 10},
    "faint (contrast 0.12), page 28×28": {"side": 28, "width": 2, "ink": 30, "paper": 0, "fill": 0.5},
    "small (10 pixels), page 28×28": {"side": 28, "width": 1, "fill": 0.35},
    "small (12 pixels), page 200×200": {"side": 200, "width": 1, "fill": 0.06},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--keep", type=Path, help="write misread pictures there")
    options = parser.parse_args()
    model = load_model(options.model or shipped("models/reference.pkl"))
    drawings = [one for file in sorted(STROKES.glob("*.json")) for one in json.loads(file.read_text())["drawings"]]
    drawings = drawings[: machine.so_many(None, 1)]
    rows = []
    for kind, how in KINDS.items():
        right = missing = 0
        for number, one in enumerate(drawings):
            file = io.BytesIO()
            draw(one["strokes"], **how).save(file, "PNG")
            try:
                answer = model.predict(read_photo(file.getvalue(), model.image_shape).pixels[None])[0]
            except ImageError:
                answer, missing = None, missing + 1
            right += answer == one["label"]
            if answer != one["label"] and options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{list(KINDS).index(kind):02}-{number:02}-{one['label']}-as-{answer}.png").write_bytes(
                    file.getvalue()
                )
        rows.append([kind, str(len(drawings)), str(right), str(missing)])
    print(f"{options.model or 'the reference model'}; {machine.describe('pillow')}\n")
    print(machine.table(["drawings", "number", "right", "not found"], rows))


if __name__ == "__main__":
    main()
