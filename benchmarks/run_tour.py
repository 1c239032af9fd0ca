"""Runs the notebook from top to bottom and keeps its outputs: python benchmarks/run_tour.py

To be run whenever a cell of notebooks/tour.ipynb or what its plots draw has changed; the tests compare the outputs.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.ipynb"


def main() -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.environ.pop("MPLBACKEND", None)  # the kernel shows plots in the cells
    notebook = nbformat.read(TOUR, as_version=4)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(TOUR.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}  # not when it ran
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, TOUR)


if __name__ == "__main__":
    main()
