"""Saves in a loop, killed with SIGKILL at random instants; for test_crash.py beside it and benchmarks/kills.py."""

from __future__ import annotations

import csv
import io
import json
import mmap
import os
import random
import signal
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

import numpy as np

from digits20 import Checkpoint, Digits, GradientDescent, Model, Network, Objective, fit, load_model, save_model
from digits20.formats.export import export
from digits20.learning.evaluation import evaluate
from digits20.page.collected import Collection
from digits20.persistence import checkpoint as checkpoint_module
from digits20.plots.canvas import picture
from digits20.plots.html import html_report
from digits20.plots.results import plot_costs
from digits20.system.atomic import write_atomically

SIDE = 10


def made(hidden: int, seed: int) -> Model:
    """A model with a cost history, and weights that differ from seed to seed."""
    network = Network((SIDE * SIDE, hidden, 10))
    theta = network.initial_theta(np.random.default_rng(seed))
    costs = [3.0 / (1 + k) for k in range(20)]
    return Model(network, theta, tuple(range(10)), (SIDE, SIDE), (), 1.0, costs, {"cost": costs[-1]}, {})


def digits(images: int = 60) -> Digits:
    rng = np.random.default_rng(0)
    return Digits(rng.random((images, SIDE * SIDE)), np.arange(images) % 10)


# one save of each kind; the number tells one from the next


def model(path: Path, hidden: int):
    models = [made(hidden, seed) for seed in range(2)]
    return lambda number: save_model(models[number % 2], path)


def exported(path: Path, hidden: int):
    models = [made(hidden, seed) for seed in range(2)]
    return lambda number: export(models[number % 2], path)


def plot(path: Path, hidden: int):
    pictures = [picture(lambda ax, seed=seed: plot_costs(ax, made(seed + 3, seed)), ".png") for seed in range(2)]
    return lambda number: write_atomically(path, pictures[number % 2])


def report(path: Path, hidden: int):
    one, images = made(5, 0), digits()
    page = html_report(one, images, evaluate(one, images), "a model", "data").encode()
    return lambda number: write_atomically(path, page + b"<!-- %d -->" % (number % 2))


def checkpoint(path: Path, hidden: int):
    """A run that is kept after every iteration; it goes on where the last one was killed."""
    J = Objective(Network((SIDE * SIDE, hidden, 10)), digits().astype(np.float32), 1.0)
    theta = J.network.initial_theta(np.random.default_rng(0))
    solver = GradientDescent(10_000_000, 1e-4)

    checkpoint_module.LARGEST_SHARE = 1e9  # of the time may go into writing: kills shall meet it

    def save(_):
        kept = Checkpoint(path, 0.0, resume=True)
        fit(J, theta, solver, checkpoint=kept, watch=lambda _: acknowledged() if kept.on_disk else None)

    return save


def collected(path: Path, hidden: int):
    collection, image = Collection(path, range(10), SIDE * SIDE), np.full(SIDE * SIDE, 0.25)
    return lambda number: collection.keep(image, str(number % 10))


# what must be there afterwards


def loads(path: Path, saved: int) -> None:
    load_model(path)


def decodes(path: Path, saved: int) -> None:
    from PIL import Image

    Image.open(io.BytesIO(path.read_bytes())).load()
    assert path.read_bytes()[-8:-4] == b"IEND"


def is_whole_page(path: Path, saved: int) -> None:
    text = path.read_text(encoding="utf-8")
    HTMLParser().feed(text)
    assert text.rstrip().endswith(("</html>", "<!-- 0 -->", "<!-- 1 -->"))


def goes_on(path: Path, saved: int) -> None:
    """`load_snapshot` refuses all but a whole checkpoint of this very run."""

    class Enough(Exception):
        pass

    def enough(_):
        raise Enough

    J = Objective(Network((SIDE * SIDE, goes_on.hidden, 10)), digits().astype(np.float32), 1.0)
    theta = J.network.initial_theta(np.random.default_rng(0))
    kept = Checkpoint(path, 1e9, resume=True)
    try:
        fit(J, theta, GradientDescent(10_000_000, 1e-4), checkpoint=kept, watch=enough)
    except Enough:
        assert kept.on_disk is not None


def has_lines(path: Path, saved: int) -> None:
    """As many as were acknowledged at least, all whole but for one that was being written."""
    lines = path.read_text().splitlines(keepends=True)
    whole = list(csv.reader(line for line in lines if line.endswith("\n")))
    assert len(whole) >= saved
    assert {len(row) for row in whole} <= {SIDE * SIDE + 1}
    assert len(lines) - len(whole) <= 1
    Collection(path, range(10), SIDE * SIDE)  # which mends it


def parses(path: Path, saved: int) -> None:
    json.loads(path.read_text())
    load_model(path)


KINDS = {
    "model": ("m.pkl", model, loads),
    "checkpoint": ("m.checkpoint", checkpoint, goes_on),
    "plot": ("m.png", plot, decodes),
    "JSON": ("m.json", exported, parses),
    "report": ("m.html", report, is_whole_page),
    "collected CSV": ("m.csv", collected, has_lines),
}
_done = mmap.mmap(-1, 8)  # how many saves the process that is to be killed has come back from


def acknowledged(*_) -> None:
    _done[:] = (saves() + 1).to_bytes(8, "little")


def saves() -> int:
    return int.from_bytes(_done[:], "little")


def save_for_ever(save) -> NoReturn:
    number = 0
    while True:
        save(number)
        acknowledged()
        number += 1


def killed(kind: str, folder: Path, kills: int, hidden: int, longest: float) -> dict[str, int]:
    """Kill a process that saves, so often, each within `longest` seconds of a save; looks at the file each time.

    The answer counts the kills, the saves that were acknowledged, the kills that left an unfinished temporary beside,
    and the temporaries that are still there after one more save to the folder.
    """
    name, prepare, check = KINDS[kind]
    goes_on.hidden = hidden
    folder.mkdir(exist_ok=True)
    path, delays = folder / name, random.Random(kind)
    save = prepare(path, hidden)
    counts = {"kills": 0, "saves": 0, "left unfinished": 0, "not swept": 0}
    for _ in range(kills):
        _done[:] = bytes(8)
        child = os.fork()
        if not child:
            save_for_ever(save)
        while not saves():
            time.sleep(0.0002)
        time.sleep(delays.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        counts["kills"] += 1
        counts["saves"] += saves()
        check(path, counts["saves"])
        counts["left unfinished"] += any(folder.glob(".digits20-*"))
    save_model(made(3, 0), folder / "last.pkl")
    counts["not swept"] = len(list(folder.glob(".digits20-*")))
    return counts


if __name__ == "__main__":  # folder, kills, hidden units, longest delay
    for kind in KINDS:
        arguments = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        print(json.dumps({"kind": kind} | killed(kind, Path(sys.argv[1], kind), *arguments)), flush=True)
