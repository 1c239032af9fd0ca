"""The plot of the cost: drawn by a process that gets ready meanwhile, and here where that fails; no process stays."""

import sys

import numpy as np
import pytest

from digits20 import Digits20Error, Model, Network
from digits20.system import child
from digits20.train import plot
from digits20.train.plot import prepared_plot

HANGS = "import time; time.sleep(1000)"


@pytest.fixture
def model():
    network = Network((4, 3, 2))
    return Model(network, network.initial_theta(0), (0, 1), (2, 2), costs=[3.0, 2.0, 1.5], settings={"solver": "adam"})


@pytest.fixture
def processes(monkeypatch):
    """The processes that were started, whether or not matplotlib is loaded here."""
    started, real = [], child.start
    monkeypatch.setattr(plot, "_pays", lambda: True)
    monkeypatch.setattr(child, "start", lambda code: (started.append(real(code)), started[-1])[1])
    return started


def test_a_process_draws_what_this_one_would(model, processes, tmp_path, monkeypatch):
    here = plot._draw(model, ".png")
    monkeypatch.setattr(plot, "_draw", None)
    with prepared_plot(tmp_path / "p.png") as prepared:
        prepared.save(model, tmp_path / "m.pkl")
    assert (tmp_path / "p.png").read_bytes() == here
    assert [process.returncode for process in processes] == [0]


@pytest.mark.parametrize("code", [HANGS, "", "print('no plot'); raise SystemExit(3)"])
def test_where_the_process_fails_the_plot_is_drawn_here(code, model, processes, tmp_path, monkeypatch):
    monkeypatch.setattr(plot, "START", code)
    monkeypatch.setattr(plot, "SECONDS", 0.2)
    monkeypatch.setattr(plot, "_draw", lambda model, suffix: b"drawn here")
    with prepared_plot(tmp_path / "p.png") as prepared:
        prepared.save(model, tmp_path / "m.pkl")
    assert (tmp_path / "p.png").read_bytes() == b"drawn here"
    assert len(processes) == 1


def test_where_no_process_can_start_the_plot_is_drawn_here(model, processes, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    monkeypatch.setattr(plot, "_draw", lambda model, suffix: b"drawn here")
    with prepared_plot(tmp_path / "p.png") as prepared:
        prepared.save(model, tmp_path / "m.pkl")
    assert (tmp_path / "p.png").read_bytes() == b"drawn here"


@pytest.mark.parametrize("end", [KeyboardInterrupt, Digits20Error])
def test_no_process_outlives_the_training(end, processes, tmp_path, monkeypatch):
    monkeypatch.setattr(plot, "START", HANGS)
    with pytest.raises(end), prepared_plot(tmp_path / "p.png"):
        raise end
    assert [process.poll() is not None for process in processes] == [True]


def test_the_process_ends_with_its_input_as_when_this_one_is_killed():
    process = child.start(plot.START)
    assert process.communicate(timeout=60) == (b"", None)
    assert process.returncode == 0


def test_no_process_is_started_where_matplotlib_is_loaded(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", np)
    monkeypatch.setattr(child, "start", None)
    with prepared_plot(tmp_path / "p.png") as prepared:
        assert prepared.path == tmp_path / "p.png"


def test_a_child_imports_nothing_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "digits20.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    process = child.start("import digits20.errors")
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_write_that_fails_says_where_the_model_is(model, tmp_path):
    (tmp_path / "p.png").mkdir()
    with pytest.raises(Digits20Error, match=r"p\.png: cannot be written: .*; the model is saved: m\.pkl$"):
        plot.Plot(tmp_path / "p.png").save(model, "m.pkl")
