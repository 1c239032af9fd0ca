"""The notebook runs from top to bottom, in a process of its own: a kernel's libraries warn, which is an error here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.ipynb"


@pytest.fixture(scope="module")
def cells():
    return json.loads(TOUR.read_text(encoding="utf-8"))["cells"]


def test_the_tour_runs(tmp_path):
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=300", "-p", "no:cacheprovider"]
    command += ["-c", os.devnull, "--rootdir", str(TOUR.parent), str(TOUR)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    for name in [name for name in environment if name.startswith("PYTEST_")]:  # of the run that this test is part of
        del environment[name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "1 passed" in done.stdout


def test_the_tour_is_committed_without_outputs(cells):
    """They would go stale."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 10
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_every_chapter_of_the_tour_begins_with_words(cells):
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert [f"## {number}." in text for number in range(1, 11)] == [True] * 10
