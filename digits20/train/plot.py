"""The plot of a training's cost, drawn by a process of its own, which loads matplotlib while the network is trained."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import Digits20Error, shown
from ..learning.model import Model
from ..system import child
from ..system.atomic import write_atomically

START = f"from {__name__} import _serve; _serve()"
SECONDS = 30.0  # that the process has for the plot once training is done; then it is drawn here


class Plot:
    """The file that the cost history will be drawn to. path: None for no plot."""

    def __init__(self, path: Path | None, process: subprocess.Popen[bytes] | None = None) -> None:
        self.path, self._process = path, process

    def save(self, model: Model, saved: Path) -> None:
        """Draw and write it; raises Digits20Error, which says that the model is `saved`, where it cannot be written."""
        if self.path is None:
            return
        try:
            write_atomically(self.path, self._drawn_there(model) or _draw(model, self.path.suffix), Digits20Error)
        except Digits20Error as error:
            raise Digits20Error(f"{error}; the model is saved: {shown(saved)}") from None

    def _drawn_there(self, model: Model) -> bytes:
        """The plot as the process has drawn it; empty where there is none or it has failed, as a killed one has."""
        if self._process is None or self.path is None:
            return b""
        drawn = replace(model, theta=np.empty(0), solution=None, confidence=None)
        try:
            content, _ = self._process.communicate(pickle.dumps((drawn, self.path.suffix)), SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return b""
        return content if self._process.returncode == 0 else b""


@contextlib.contextmanager
def prepared_plot(path: Path | None) -> Iterator[Plot]:
    """The plot, for which a process gets ready within this block, if that saves time; it has ended after the block."""
    process = None
    if path and _pays():
        with contextlib.suppress(OSError):  # then it is drawn here
            process = child.start(START)
    try:
        yield Plot(path, process)
    finally:
        if process:
            process.kill()
            process.communicate()


def _pays() -> bool:
    """Whether a process of its own saves time: it has a core for itself, and matplotlib is not loaded yet."""
    return (os.cpu_count() or 1) > 1 and "matplotlib.figure" not in sys.modules


def _draw(model: Model, suffix: str) -> bytes:
    from ..plots.canvas import picture
    from ..plots.results import plot_costs

    return picture(lambda ax: plot_costs(ax, model), suffix)


def _serve() -> None:
    """What the process runs: it loads what a plot needs, drawing one, and draws when it is told the model."""
    from ..nn.network import Network

    network = Network((1, 1))
    _draw(Model(network, network.initial_theta(0), (0,), (1, 1), costs=[1.0, 0.5]), ".png")
    try:
        model, suffix = pickle.load(sys.stdin.buffer)
    except EOFError:  # there is nothing to draw
        return
    sys.stdout.buffer.write(_draw(model, suffix))
