"""Ctrl-C at any time: what was learned is saved, the exit code is 130, and there is no traceback."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil  # which distributed needs
import pytest

from digits20 import load_model
from digits20.system.interrupts import (
    BREAK_AFTER,
    deferred_interrupts,
    immediate_interrupts,
    interrupts_blocked_in_children,
)
from digits20.train.__main__ import main as train

pytestmark = pytest.mark.ctrl_c

TABLE = ["--data", "images.npz"]
COMMANDS = {
    "train": ["train", *TABLE, "--max-iter", "60", "--solver", "gd"],
    "checkpoint": ["train", *TABLE, "--epochs", "60", "--solver", "adam", "--checkpoint-every", "0.01", "--resume"],
    "ensemble": ["train", *TABLE, "--epochs", "20", "--solver", "adam", "--ensemble", "2", "--no-plot"],
    "curves": ["curves", *TABLE, "--kind", "lambda", "--values", "0", "1", "--folds", "2", "--plot", "c.png"],
    "evaluate": ["evaluate", *TABLE, "--plot", "e.png"],
    "report": ["report", *TABLE],
    "predict": ["predict", *TABLE, "--to", "answers.csv"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with 300 images of 10x10 pixels."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = rng.random((300, 100)).round(3)
    X[:, 0] = y / 2
    np.savez(tmp_path / "images.npz", X=X, y=y)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def before_we_are_in_control(errors):
    """Python's own start, and the search for our first module, which no program can guard."""
    frames = re.findall(r"digits20/(?:system/)?(\w+\.py)", errors)
    return "Traceback" in errors and set(frames) <= {"__init__.py", "interrupts.py"}


@pytest.mark.parametrize(
    ("kind", "seconds", "presses"),
    [
        ("train", 1.0, 5),
        ("checkpoint", 1.0, 3),
        ("ensemble", 2.5, 2),
        ("curves", 1.5, 1),
        ("evaluate", 1.0, 1),
        ("report", 1.2, 1),
        ("predict", 0.6, 1),
    ],
)
def test_ctrl_c_at_random_instants_leaves_whole_files_and_no_traceback(folder, kind, seconds, presses):
    """Twice in a row, as the impatient press it; while libraries load, in training, while saving and drawing."""
    instants = random.Random(kind)
    for _ in range(presses):
        command = [sys.executable, "-W", "error", "-m", f"digits20.{COMMANDS[kind][0]}", *COMMANDS[kind][1:]]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
        for pause in (instants.uniform(0.1, seconds), instants.uniform(0, 0.2)):
            time.sleep(pause)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        errors = process.communicate(timeout=300)[1]
        if before_we_are_in_control(errors):
            continue
        # the second one may come while Python itself is on its way out; a shell calls this 130, too
        assert process.returncode in (0, 130, -signal.SIGINT), errors
        assert "Traceback" not in errors
        assert "Exception" not in errors
        assert [path.name for path in folder.rglob(".digits20-*")] == []
        for model in folder.glob("models/*.pkl"):
            load_model(model)


def press():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def pressing(function):
    def pressed(*arguments, **options):
        press()
        press()
        return function(*arguments, **options)

    return pressed


OPTIONS = [*TABLE, "--hidden", "4", "--max-iter", "5", "--no-plot"]


@pytest.mark.parametrize(
    "moment",
    ["train.run._scored", "train.run.save_or_rescue", "train.files.save_model", "system.atomic.sync_folder"],
)
def test_ctrl_c_after_the_training_is_done_saves_the_model_first(folder, monkeypatch, moment):
    module, _, name = f"digits20.{moment}".rpartition(".")
    function = getattr(sys.modules[module], name)
    monkeypatch.setattr(f"digits20.{moment}", pressing(function))
    assert train(OPTIONS) == 130
    assert len(load_model(folder / "models/digits20.pkl").costs) == 6
    assert [path.name for path in (folder / "models").iterdir()] == ["digits20.pkl"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_sigterm_and_a_closed_terminal_end_a_training_as_ctrl_c_does(folder, moment, number, code):
    """A container's stop: the iteration ends, the model is saved, the exit code says which signal it was."""
    options = ["--solver", "gd", "--max-iter", "1000000", "--checkpoint", "mine", "--checkpoint-every", "0.01"]
    command = [sys.executable, "-W", "error", "-m", "digits20.train", *TABLE, "--hidden", "4", *options]
    process = subprocess.Popen(command, stdout=-1, stderr=-1, text=True)
    process.stdout.readline()
    written = set()  # the second checkpoint is of weights better than the first
    while moment == "meanwhile" and len(written) < 2:
        written |= {path.stat().st_mtime_ns for path in folder.glob("mine")}
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    if moment == "meanwhile":
        assert load_model(folder / "models/digits20.pkl").scores["cost"] < 3
        assert "--resume goes on after iteration" in errors


def test_ctrl_c_while_the_plot_is_drawn_leaves_the_model(folder, monkeypatch, capsys):
    monkeypatch.setattr("digits20.train.plot._pays", lambda: False)
    monkeypatch.setattr("digits20.plots.canvas.picture", pressing(lambda *_: b""))
    assert train(OPTIONS[:-1]) == 130
    assert capsys.readouterr().err == "digits20.train: interrupted\n"
    assert [path.name for path in (folder / "models").iterdir()] == ["digits20.pkl"]


def test_ctrl_c_before_anything_is_learned_leaves_the_model_that_was_there(folder, monkeypatch, capsys):
    assert train(OPTIONS) == 0
    before = (folder / "models/digits20.pkl").read_bytes()
    monkeypatch.setattr("digits20.learning.ensemble.fit", pressing(sys.modules["digits20.learning.ensemble"].fit))
    assert train([*OPTIONS, "--seed", "1"]) == 130
    assert capsys.readouterr().err == "digits20.train: interrupted\n"
    assert (folder / "models/digits20.pkl").read_bytes() == before


def test_ctrl_c_that_a_library_takes_for_a_failure_is_still_ctrl_c(folder, monkeypatch, capsys):
    """As when a C extension is interrupted while it loads: ImportError: initialization failed."""

    def picture(*_):
        try:
            press()
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    monkeypatch.setattr("digits20.train.plot._pays", lambda: False)
    monkeypatch.setattr("digits20.plots.canvas.picture", picture)
    assert train(OPTIONS[:-1]) == 130
    assert capsys.readouterr().err == "digits20.train: interrupted\n"


class Callback:
    def __del__(self):
        press()


def test_ctrl_c_that_python_drops_comes_again(capsys):
    """What is raised in a callback goes nowhere."""
    with pytest.raises(KeyboardInterrupt), immediate_interrupts():  # noqa: PT012
        Callback()
        time.sleep(120)
    assert capsys.readouterr().err == ""


def test_ctrl_c_that_has_to_wait_is_answered_at_once(capfd):
    with deferred_interrupts():
        press()
        press()
    assert capfd.readouterr().err.count("digits20: stopping") == 1


def test_an_iteration_that_takes_too_long_can_be_broken_into():
    with deferred_interrupts() as ctrl_c:
        ctrl_c.breakable = True
        press()
        press()
        ctrl_c.pressed -= BREAK_AFTER
        with pytest.raises(KeyboardInterrupt):
            press()


def test_where_ctrl_c_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with immediate_interrupts(), deferred_interrupts() as ctrl_c:
            press()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ctrl_c.pressed is None


def test_a_command_in_a_thread_leaves_signals_alone(folder):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(train(OPTIONS)))
    thread.start()
    thread.join()
    assert codes == [0]


def test_children_do_not_hear_of_ctrl_c():
    with interrupts_blocked_in_children():
        child = subprocess.Popen([sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1, stdout=-1)
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    assert child.communicate(b"\n")[0] == b""
    assert child.returncode == 0


def test_the_processes_of_a_killed_ensemble_end(folder):
    command = [sys.executable, "-m", "digits20.train", *TABLE, "--ensemble", "2", "--solver", "gd", "--quiet"]
    process = subprocess.Popen([*command, "--epochs", "100000000"], stdout=-1, start_new_session=True)
    process.stdout.readline()
    while len(psutil.Process(process.pid).children()) < 3:  # two networks, and multiprocessing's own tracker
        time.sleep(0.01)
    process.kill()
    process.communicate()
    for _ in range(600):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError("its processes go on")
