"""How many drawings the page answers: 50 clients at once on the loopback, then one alone.

    python benchmarks/page.py [--clients 50] [--seconds 20] [--seed 0] [--path /predict]

Starts `python -m digits20.page` as a user does, sends it digits that the reference model was not trained on, drawn as
the page draws them, and prints Markdown. The clients keep their connections and share one process with nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import machine
import numpy as np
from PIL import Image

from digits20 import load_csv
from digits20.images.geometry import resize
from digits20.system.shipped import shipped

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--path", default="/predict", help="or /look, which draws the page's view as well")
    options = parser.parse_args()
    command = [sys.executable, "-m", "digits20.page", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            port = int(json.loads(server.stdout.readline())["page"].rstrip("/").rsplit(":", 1)[1])
            asyncio.run(measure(options, port, server.pid))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
