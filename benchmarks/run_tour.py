"""Runs the notebook from top to bottom and keeps its outputs: python benchmarks/run_tour.py

To be run whenever a cell of notebooks/tour.ipynb or what its plots draw has changed: the tests compare the cells with
those that the outputs are of, and what they say with what they say now.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.ipynb"


def digest(cells: list[Any]) -> str:
    """SHA-256 of the code that the outputs are of."""
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def main() -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.environ.pop("MPLBACKEND", None)  # the kernel shows plots in the cells
    notebook = nbformat.read(TOUR, as_version=4)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(TOUR.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}  # not when it ran
    kernel = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    notebook.metadata = kernel | {"outputs_of": digest(notebook.cells)}
    nbformat.write(notebook, TOUR)


if __name__ == "__main__":
    main()
