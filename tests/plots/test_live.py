"""Training that is watched: what is drawn, how often, and what happens without a display."""

import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from digits20 import Network
from digits20.learning.fit import Progress
from digits20.plots import live as live_module
from digits20.plots.live import SHARE, Live, watching

NETWORK = Network((9, 4, 3))


class Time:
    """A clock that only the test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def passes(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Time()


def live(clock, redraw=0.1, validation=False):
    """A Live whose redraws take so long, and the times at which they ended."""
    shown = []

    def show():
        clock.passes(redraw)
        shown.append(clock.now)

    return Live(Figure(), show, "what is trained", validation=validation, clock=clock), shown


def train(watcher, clock, iterations, seconds=0.01):
    for iteration in range(iterations):
        clock.passes(seconds)
        watcher(0, Progress(iteration, 1 / (1 + iteration)))


def test_redraws_take_a_twentieth_of_the_time_at_most(clock):
    watcher, shown = live(clock)
    began = clock.now
    shown.clear()
    train(watcher, clock, 5000)
    assert 0.8 * SHARE < 0.1 * len(shown) / (clock.now - began) <= SHARE


def test_a_short_training_is_not_held_up_at_all(clock):
    watcher, shown = live(clock)
    shown.clear()
    train(watcher, clock, 100)
    assert shown == []


def test_slower_redraws_are_rarer(clock):
    counts = []
    for redraw in (0.01, 0.1):
        watcher, shown = live(clock, redraw)
        shown.clear()
        train(watcher, clock, 1000)
        counts.append(len(shown))
    assert counts[0] >= 8 * counts[1] > 0


def test_every_iteration_is_on_the_curves(clock):
    watcher, _ = live(clock, validation=True)
    watcher(0, Progress(0, 3.0, 0.1, 2.9, 0.2))
    watcher(0, Progress(1, 2.0, 0.6, 2.1, 0.5))
    watcher.redraw()
    costs, accuracies = ([list(line.get_ydata()) for line in ax.lines] for ax in watcher.axes)
    assert costs == [[3.0, 2.0], [2.9, 2.1]]
    assert accuracies == [[0.1, 0.6], [0.2, 0.5]]


def test_the_networks_of_an_ensemble_have_a_curve_each(clock):
    watcher, _ = live(clock)
    watcher(0, Progress(0, 3.0))
    watcher(1, Progress(5, 2.0))
    watcher.redraw()
    assert [list(line.get_xdata()) for line in watcher.axes[0].lines] == [[0], [5]]
    assert [text.get_text() for text in watcher.axes[0].get_legend().get_texts()] == ["training cost J(θ)"]


def test_a_closed_window_ends_the_picture_and_not_the_training(clock, caplog):
    watcher, shown = live(clock)
    shown.clear()

    def closed():
        raise RuntimeError("the window was closed")

    watcher.show = closed
    with caplog.at_level(logging.INFO, logger="digits20"):
        train(watcher, clock, 1000)
    assert caplog.messages == ["the live plot has ended: the window was closed"]


def test_without_a_display_it_says_so_and_goes_on(caplog, monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.figure", lambda **_: Figure())
    monkeypatch.setattr("matplotlib.pyplot.close", lambda figure: None)
    with caplog.at_level(logging.INFO, logger="digits20"), watching(True, NETWORK, 1.0, validation=False) as watch:
        watch(0, Progress(0, 1.0))
    assert caplog.messages == ["--live: no display found; training continues without a live plot"]


def test_nothing_is_drawn_unless_wanted(caplog, monkeypatch):
    monkeypatch.setattr(live_module, "_window", lambda: pytest.fail("a window"))
    with watching(False, NETWORK, 1.0, validation=False) as watch:
        watch(0, Progress(0, 1.0))
    assert caplog.messages == []


def test_the_last_state_is_drawn_before_the_window_goes(monkeypatch):
    figure, said = Figure(), []

    def show():
        said.append(len(figure.axes[0].lines))

    monkeypatch.setattr(live_module, "_window", lambda: (figure, show, lambda: said.append("closed")))
    with watching(True, NETWORK, 1.0, validation=False) as watch:
        watch(0, Progress(0, 1.0))
    assert said[-2:] == [1, "closed"]
    assert figure.axes[0].get_title() == "9-4-3 sigmoid network, λ = 1"


def test_in_a_notebook_the_cells_output_is_replaced(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=lambda image: shown.append(("update", image.data)))

    def display(image, display_id):
        shown.append(("display", image.data))
        return handle

    notebook = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()), version_info=(9, 0))
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    parts = SimpleNamespace(Image=lambda data: SimpleNamespace(data=data), display=display)
    monkeypatch.setitem(sys.modules, "IPython.display", parts)
    with watching(True, NETWORK, 1.0, validation=True) as watch:
        watch(0, Progress(0, 1.0, 0.1, 1.0, 0.1))
    assert [how for how, _ in shown] == ["display", "update", "update"]
    assert all(data.startswith(b"\x89PNG") for _, data in shown)


def test_train_live_without_a_display_ends_with_the_very_same_model(tmp_path, rng):
    y = np.arange(60) % 3
    np.savetxt(tmp_path / "d.csv", np.column_stack([rng.random((60, 9)).round(3), y]), fmt="%g", delimiter=",")
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    environment |= {"MPLBACKEND": "agg", "PYTHONWARNINGS": "error"}
    notes = []
    for name, live in (("a.pkl", []), ("b.pkl", ["--live"])):
        command = [sys.executable, "-m", "digits20.train", "--data", "d.csv", "--model", name, "--no-plot", *live]
        done = subprocess.run(
            [*command, "--hidden", "4"], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        notes.append([line for line in done.stderr.splitlines() if "display" in line])
    assert notes == [[], ["digits20.train: note: --live: no display found; training continues without a live plot"]]
    assert (tmp_path / "a.pkl").read_bytes() == (tmp_path / "b.pkl").read_bytes()
