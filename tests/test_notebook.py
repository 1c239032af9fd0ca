"""The notebook runs from top to bottom, in a process of its own: a kernel's libraries warn, which is an error here."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.ipynb"


@pytest.fixture(scope="module")
def cells():
    return json.loads(TOUR.read_text(encoding="utf-8"))["cells"]


def quicker():
    """The tour with fewer iterations where its assertions hold all the same."""
    text = TOUR.read_text(encoding="utf-8")
    for told, fewer in ((80, 15), (100, 20), (30, 8)):
        assert f"iterations={told}" in text
        text = text.replace(f"iterations={told}", f"iterations={fewer}")
    return text


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The cells of the tour once it has run, with fewer iterations."""
    folder = tmp_path_factory.mktemp("tour")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbmake",
        "--overwrite",
        "--nbmake-timeout=300",
        "-p",
        "no:cacheprovider",
    ]
    tour = folder / TOUR.name
    tour.write_text(quicker(), encoding="utf-8")
    command += ["-c", os.devnull, "--rootdir", str(folder), str(tour)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("MPLBACKEND", None)  # the kernel shows plots in the cells
    for name in [name for name in environment if name.startswith("PYTEST_")]:  # of the run that this test is part of
        del environment[name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return json.loads(tour.read_text(encoding="utf-8"))["cells"]


def shown(cells):
    """What each cell shows: the kinds of its outputs, and its words without their figures."""
    outputs = [list(cell["outputs"]) for cell in cells if cell["cell_type"] == "code"]
    words = [["".join(out.get("text", out.get("data", {}).get("text/plain", ""))) for out in one] for one in outputs]
    # a kernel may send what one cell prints in several parts
    parts = [[tuple(sorted(out.get("data", ["text"]))) for out in one] for one in outputs]
    kinds = [
        [kind for kind, after in zip(one, [*one[1:], None], strict=False) if (kind, after) != (("text",),) * 2]
        for one in parts
    ]
    return kinds, [re.sub(r"[-+\d.]+(e-?\d+)?", "#", " ".join(" ".join(one).split())) for one in words]


def test_the_outputs_of_the_tour_are_those_of_its_cells():
    """`python benchmarks/run_tour.py` makes them anew."""
    tour = json.loads(TOUR.read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in tour["cells"] if cell["cell_type"] == "code"]
    assert tour["metadata"]["outputs_of"] == hashlib.sha256("\0".join(code).encode()).hexdigest()


def test_the_tour_runs_and_shows_what_it_is_committed_with(cells, run):
    assert shown(run) == shown(cells)


def test_the_tour_says_what_the_network_says_now(cells, run):
    then, now = (
        next(
            "".join(out["text"]) for cell in tour for out in cell.get("outputs", ()) if "train " in str(out.get("text"))
        )
        for tour in (cells, run)
    )
    figures = [[float(figure) for figure in re.findall(r"[\d.]+(?=%)", text)] for text in (then, now)]
    assert figures[1] == pytest.approx(figures[0], abs=1.5)


def test_the_tour_is_small():
    assert TOUR.stat().st_size < 1_000_000


def test_every_chapter_of_the_tour_begins_with_words(cells):
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert [f"## {number}." in text for number in range(1, 11)] == [True] * 10
