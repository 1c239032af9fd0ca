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


def quicker():
    """The tour with fewer iterations where its assertions hold all the same."""
    text = TOUR.read_text(encoding="utf-8")
    for told, fewer in ((80, 15), (100, 20), (30, 8)):
        assert f"iterations={told}" in text
        text = text.replace(f"iterations={told}", f"iterations={fewer}")
    return text


def test_the_tour_runs(tmp_path):
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=300", "-p", "no:cacheprovider"]
    tour = tmp_path / TOUR.name
    tour.write_text(quicker(), encoding="utf-8")
    command += ["-c", os.devnull, "--rootdir", str(tmp_path), str(tour)]
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
