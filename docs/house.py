"""Draws house.svg: the rooms of the package, floor above floor, with a line from each room to those that it uses.

Every room may use `system`, `errors` and `types`, to which no lines are drawn.

`python docs/house.py` writes it anew; floors come from the import contract in setup.cfg, lines from the imports.
"""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
EVERYWHERE = ("system", "errors", "types")
ROOT = HERE.parent
WIDTH, HEIGHT, GAP, FLOOR = 104, 30, 12, 74  # pixels: a room, between rooms, from floor to floor


def floors() -> list[list[str]]:
    """The rooms of each floor, the highest first."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = settings["importlinter:contract:floors"]["layers"].split("\n")
    return [[room.strip() for room in line.split("|")] for line in lines if line.strip()]


def uses() -> set[tuple[str, str]]:
    """(room, room that it imports from), for every two."""
    package = ROOT / "digits20"
    found = set()
    for path in package.rglob("*.py"):
        parts = path.relative_to(package).with_suffix("").parts
        found |= {(parts[0], room) for room in _imported(path, parts) if room != parts[0]}
    return {pair for pair in found if pair[0] not in ("__init__", "__main__") and pair[1] not in EVERYWHERE}


def _imported(path: Path, parts: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == len(parts):
            yield from [node.module.split(".")[0]] if node.module else [name.name for name in node.names]


def drawing() -> str:
    """The picture as SVG."""
    rows = floors()
    widest = max(len(row) for row in rows)
    width = widest * (WIDTH + GAP) + GAP
    places = {
        room: ((width - len(row) * (WIDTH + GAP) + GAP) / 2 + at * (WIDTH + GAP), GAP + floor * FLOOR)
        for floor, row in enumerate(rows)
        for at, room in enumerate(row)
    }
    lines = [
        _line(places[above], places[below]) for above, below in sorted(uses()) if above in places and below in places
    ]
    rooms = [_room(name, *place) for name, place in places.items()]
    style = (
        "rect{fill:#f4f4f1;stroke:#555}text{font:14px sans-serif;text-anchor:middle}"
        "path{fill:none;stroke:#2a5db0;opacity:.35}"
    )
    height = len(rows) * FLOOR
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    title = "<title>The rooms of digits20: imports go down</title>"
    return "\n".join([head, title, f"<style>{style}</style>", *lines, *rooms, "</svg>", ""])


def _room(name: str, left: float, top: float) -> str:
    box = f'<rect x="{left:g}" y="{top:g}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
    return f'{box}<text x="{left + WIDTH / 2:g}" y="{top + HEIGHT * 0.66:g}">{name}</text>'


def _line(above: tuple[float, float], below: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = (above[0] + WIDTH / 2, above[1] + HEIGHT), (below[0] + WIDTH / 2, below[1])
    middle = (y1 + y2) / 2
    return f'<path d="M{x1:g} {y1:g} C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"/>'


if __name__ == "__main__":
    (HERE / "house.svg").write_text(drawing(), encoding="utf-8")
