"""How many drawings the page answers: 50 clients at once on the loopback, then one alone; and how soon, in a browser.

    python benchmarks/page.py [--clients 50] [--seconds 20] [--seed 0] [--path /predict] [--browser]

Starts `python -m digits20.page` as a user does, sends it digits that the reference model was not trained on, drawn as
the page draws them, and prints Markdown. The clients keep their connections and share one process with nothing else.
--browser, in their place: somebody draws in Chromium, with and without a training beside, in turns; from the moment
the pen is lifted to the frame with the answer. And how often the Learn tab is drawn while 400-25-10 is trained.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine
import numpy as np
from PIL import Image

from digits20 import load_csv
from digits20.images.geometry import resize
from digits20.system.shipped import shipped

STROKES = Path(__file__).parent.parent / "tests" / "page" / "strokes"
SIDE, BOX = 140, 100  # pixels of the page's picture, and of the digit's 20 on it


def drawings(seed: int, number: int = 200) -> list[tuple[bytes, int]]:
    """PNG files as the page makes them, and what they show."""
    rng = np.random.default_rng(seed)
    _, test = load_csv(shipped("data/digits20.csv.gz")).shuffle(np.random.default_rng(0)).split(4000)
    chosen = rng.permutation(len(test))[:number]
    large = resize(test.X[chosen], test.image_shape, (BOX, BOX)).reshape(-1, BOX, BOX)
    light = 1 - np.clip((large - 0.5) * 3 + 0.5, 0, 1)  # MNIST's strokes are blurred, a pen's have edges
    margin = (SIDE - BOX) // 2
    pages = np.pad(light, ((0, 0), (margin, margin), (margin, margin)), constant_values=1)
    return [(_png(page), int(test.y[i])) for page, i in zip(pages, chosen, strict=True)]


def _png(page: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.uint8(np.rint(255 * page))).convert("RGBA").save(out, "PNG")
    return out.getvalue()


@dataclass
class Tally:
    """What the clients saw: seconds of each answer, failures, and how many digits were named right."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    right: int = 0


async def client(port: int, path: str, pictures: list[tuple[bytes, int]], until: float, tally: Tally) -> None:
    """One connection that asks, waits for the answer and asks again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    turn = 0
    while time.perf_counter() < until:
        body, digit = pictures[turn % len(pictures)]
        turn += 1
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: image/png\r\n"
        start = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer_head = await reader.readuntil(b"\r\n\r\n")
        length = int(answer_head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        tally.seconds.append(time.perf_counter() - start)
        if not answer_head.startswith(b"HTTP/1.1 200 "):
            tally.failures += 1
        else:
            tally.right += f'"label":{digit},'.encode() in answer
    writer.close()


async def load(port: int, path: str, clients: int, seconds: float, pictures: list[tuple[bytes, int]]) -> Tally:
    tally = Tally()
    until = time.perf_counter() + seconds
    turned = [pictures[k * 7 % len(pictures) :] + pictures[: k * 7 % len(pictures)] for k in range(clients)]
    async with asyncio.TaskGroup() as group:
        for own in turned:
            group.create_task(client(port, path, own, until, tally))
    return tally


def resident(process: int) -> float:
    """MiB that the process has in memory; 0 where the system does not tell in /proc."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


async def measure(options: argparse.Namespace, port: int, process: int) -> None:
    pictures = drawings(options.seed)
    await load(port, options.path, 1, 1, pictures)  # warm
    alone = await load(port, options.path, 1, options.seconds / 4, pictures)
    memory = [resident(process)]
    crowd = [
        await load(port, options.path, options.clients, options.seconds / 2, pictures),
        await load(port, options.path, options.clients, options.seconds / 2, pictures),
    ]
    both = Tally(crowd[0].seconds + crowd[1].seconds, crowd[0].failures + crowd[1].failures)
    both.right = crowd[0].right + crowd[1].right
    rows = [
        _row(f"{options.clients} clients, {options.seconds:g} s", both, options.seconds),
        _row("one alone", alone, options.seconds / 4),
    ]
    memory.append(resident(process))
    await load(port, options.path, options.clients, options.seconds / 2, pictures)
    memory.append(resident(process))
    print(f"{options.path}, seed {options.seed}; {machine.describe('starlette', 'uvicorn', 'pillow')}\n")
    head = ["", "requests", "a second", "median, ms", "95th percentile, ms", "failed", "right, %"]
    print(machine.table(head, rows))
    told = ", ".join(f"{size:.0f}" for size in memory)
    print(f"\nThe server's memory before, after, and after half as many requests again: {told} MiB.")


def _row(name: str, tally: Tally, seconds: float) -> list[str]:
    times = 1000 * np.array(tally.seconds)
    return [
        name,
        str(len(times)),
        f"{len(times) / seconds:.0f}",
        f"{np.median(times):.1f}",
        f"{np.percentile(times, 95):.1f}",
        str(tally.failures),
        f"{100 * tally.right / len(times):.1f}",
    ]


# in a browser

DRAWN = 10  # drawings in each turn
LESSON = {"source": "shipped", "images": 4000, "hidden": [25], "solver": "gd", "learning_rate": 1, "iterations": 5000}
WAIT_FOR_ANSWER = """() => {
    const answers = document.querySelector("#answers");
    window.waits = [];
    document.querySelector("#paper").addEventListener("pointerup", () => {
        const began = performance.now();
        const look = () => {
            if (answers.getAttribute("aria-busy") === "true") setTimeout(look, 2);
            else requestAnimationFrame(() => window.waits.push(performance.now() - began));
        };
        setTimeout(look);
    });
}"""
COUNT_DRAWS = """() => {
    window.draws = [];
    const each = () => window.draws.push(performance.now());
    new MutationObserver(each).observe(document.querySelector("#lesson-curves svg"), { childList: true });
}"""


def in_a_browser(url: str, turns: int = 3) -> None:
    from playwright.sync_api import sync_playwright

    quiet: list[float] = []
    beside: list[float] = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.wait_for_selector(".answer")
        page.evaluate(WAIT_FOR_ANSWER)
        for _ in range(turns):
            quiet += _waits(page)
            _ask(url, "start", LESSON)
            beside += _waits(page)
            _ask(url, "do?what=stop")
        page.goto(f"{url}#learn")
        page.evaluate(COUNT_DRAWS)
        _ask(url, "start", LESSON)
        page.wait_for_timeout(6000)
        times = np.array(page.evaluate("window.draws"))
        iterations = int(page.locator("#lesson-status").inner_text().partition("iteration ")[2].split(",")[0])
        browser.close()
    rows = [
        [name, str(len(waits)), f"{np.median(waits):.0f}", f"{np.percentile(waits, 95):.0f}"]
        for name, waits in (("without a training", quiet), ("a training beside it", beside))
    ]
    print(f"{machine.describe('starlette', 'uvicorn', 'playwright')}; {turns} turns of each, alternating\n")
    print(machine.table(["pen up to answer", "drawings", "median, ms", "95th percentile, ms"], rows))
    rate = (len(times) - 1) / (times[-1] - times[0]) * 1000
    print(f"\nThe Learn tab at 400-25-10: {rate:.1f} frames a second, {iterations} iterations in 6 s.")


def _waits(page: Any) -> list[float]:
    """Draw with the mouse, at the pace of a hand; the waits of the last strokes of each drawing."""
    page.evaluate("window.waits.length = 0")
    box = page.locator("#paper").bounding_box()
    waits, strokes = [], 0
    hands = [json.loads(file.read_text()) for file in sorted(STROKES.glob("*.json"))]
    for one in [drawing for hand in hands for drawing in hand["drawings"]][:: 50 // DRAWN][:DRAWN]:
        for stroke in one["strokes"]:
            for number, (x, y, _) in enumerate(stroke):
                page.mouse.move(box["x"] + x * box["width"] / 1000, box["y"] + y * box["height"] / 1000)
                if not number:
                    page.mouse.down()
            page.mouse.up()
        strokes += len(one["strokes"])
        page.wait_for_function("many => window.waits.length >= many", arg=strokes)
        waits.append(page.evaluate("window.waits.at(-1)"))
        page.locator("#clear").click()
    return waits


def _ask(url: str, what: str, settings: dict[str, Any] | None = None) -> None:
    body = json.dumps(settings or {}).encode()
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(f"{url}learn/{what}", body, headers)).close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--path", default="/predict", help="or /look, which draws the page's view as well")
    parser.add_argument("--browser", action="store_true", help="measure in Chromium, in place of the clients")
    options = parser.parse_args()
    command = [sys.executable, "-m", "digits20.page", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = json.loads(server.stdout.readline())["page"]
            port = int(url.rstrip("/").rsplit(":", 1)[1])
            if options.browser:
                in_a_browser(url)
            else:
                asyncio.run(measure(options, port, server.pid))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
