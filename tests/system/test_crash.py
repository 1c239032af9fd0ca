"""Kills, full disks and read-only folders: the old file or the new one is there, whole, and nothing else."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from digits20 import load_model
from digits20.__main__ import main as digits20
from digits20.system.atomic import write_atomically

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="fork, kill -9, locks and file size limits are POSIX's")


# kill -9


@posix
def test_kills_leave_whole_files_and_nothing_that_the_next_save_does_not_sweep(tmp_path):
    """Six kills each of a model, a checkpoint, a plot, a JSON export, a report and a CSV of collected digits."""
    command = [sys.executable, "-m", "tests.system.crash", tmp_path, "6", "30", "0.01"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    counts = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(count["kills"] for count in counts) == 36
    assert [count["not swept"] for count in counts] == [0] * 6


@posix
def test_two_runs_that_save_to_one_path_leave_one_whole_result_and_sweep_nothing_of_each_other(tmp_path):
    script = (
        "import sys; from digits20.system.atomic import write_atomically\n"
        "for _ in range(150): write_atomically(sys.argv[1], sys.argv[2].encode() * 20000)"
    )
    path = tmp_path / "file"
    runs = [
        subprocess.Popen([sys.executable, "-c", script, path, letter], cwd=ROOT, stderr=subprocess.PIPE)
        for letter in "ab"
    ]
    assert [run.communicate(timeout=300)[1] for run in runs] == [b"", b""]
    assert path.read_bytes() in (b"a" * 20000, b"b" * 20000)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@posix
def test_of_two_trainings_into_one_model_one_is_kept_whole(ready, tmp_path):
    command = [sys.executable, "-m", "digits20.train", *TRAIN.replace("{}", str(ready)).split()[1:], "--model", "m.pkl"]
    runs = [subprocess.Popen([*command, "--seed", seed], cwd=tmp_path, stdout=subprocess.DEVNULL) for seed in "12"]
    codes = [run.wait(300) for run in runs]
    assert sorted(codes) in ([0, 0], [0, 2])  # who comes while the other trains is refused
    done = [seed for seed, code in zip((1, 2), codes, strict=True) if code == 0]
    assert load_model(tmp_path / "m.pkl").settings["seed"] in done
    assert [file.name for file in tmp_path.iterdir()] == ["m.pkl"]


@posix
def test_only_what_a_dead_writer_left_is_swept(tmp_path):
    import fcntl

    dead, live = (tmp_path / f".digits20-{digit * 16}.tmp" for digit in "01")
    others = [tmp_path / name for name in (".digits20-mine.tmp", "file.tmp", f".digits20-{'g' * 16}.tmp")]
    for path in (dead, live, *others):
        path.write_bytes(b"half")
    with live.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        write_atomically(tmp_path / "new", b"data")
    assert not dead.exists()
    assert live.exists()
    assert all(path.exists() for path in others)


@posix
def test_what_is_swept_before_it_is_locked_is_begun_anew(tmp_path, monkeypatch):
    import fcntl

    real, swept = fcntl.flock, []

    def flock(file, how):
        if not swept:
            swept.extend(tmp_path.glob(".digits20-*"))
            swept[0].unlink()
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    write_atomically(tmp_path / "new", b"data")
    assert len(swept) == 1
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("new", b"data")]


# what cannot be written


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A folder with images, a picture and a model."""
    import sklearn.metrics  # noqa: F401 - where it is loaded first, joblib tries what a file size limit forbids

    folder = tmp_path_factory.mktemp("ready")
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.random((60, 9)).round(3)
    X[:, 0] = y / 2
    np.savez(folder / "images.npz", X=X, y=y)
    from PIL import Image, ImageDraw

    page = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(page).line((30, 10, 30, 50), fill=0, width=6)
    page.save(folder / "one.png")
    options = ["--data", str(folder / "images.npz"), "--hidden", "4", "--max-iter", "3", "--no-plot", "--quiet"]
    assert digits20(["train", *options, "--model", str(folder / "m.pkl")]) == 0
    return folder


TRAIN = "train --data {}/images.npz --hidden 4 --max-iter 3 --no-plot"
WRITES = {
    "train --model": (f"{TRAIN} --model", "o.pkl"),
    "train --checkpoint": (
        f"{TRAIN} --quiet --model {{}}/other.pkl --checkpoint-every 1e-9 --checkpoint",
        "o.checkpoint",
    ),
    "evaluate --plot": ("evaluate --model {}/m.pkl --data {}/images.npz --plot", "o.png"),
    "predict --show": ("predict --model {}/m.pkl {}/one.png --show", "o.png"),
    "predict --to": ("predict --model {}/m.pkl --data {}/images.npz --to", "o.csv"),
    "export .json": ("export --model {}/m.pkl --to", "o.json"),
    "export .npz": ("export --model {}/m.pkl --to", "o.npz"),
    "export .mat": ("export --model {}/m.pkl --to", "o.mat"),
    "report --to": ("report --model {}/m.pkl --data {}/images.npz --to", "o.html"),
    "curves --csv": ("curves --kind cost --model {}/m.pkl --csv", "o.csv"),
    "curves --plot": ("curves --kind cost --model {}/m.pkl --plot", "o.png"),
}


def full(path, monkeypatch):
    """No file may be larger than a few bytes, which the system itself enforces."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limit[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def failing(code):
    def fail(path, monkeypatch):
        real = os.open

        def refuse(name, *arguments, **more):
            if ".digits20-" in str(name):
                raise OSError(code, os.strerror(code))
            return real(name, *arguments, **more)

        monkeypatch.setattr(os, "open", refuse)
        return monkeypatch.undo

    return fail


def vanished(path, monkeypatch):
    """The current folder is gone."""
    path.unlink()
    gone = path.parent / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    return lambda: os.chdir(path.parent)


def a_folder(path, monkeypatch):
    path.unlink()
    path.mkdir()
    return lambda: None


FAILURES = {
    "a full disk": full,
    "a read-only disk": failing(errno.EROFS),
    "a vanished folder": vanished,
    "a folder of that name": a_folder,
}


@posix
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("what", WRITES)
def test_what_cannot_be_written_is_told_in_one_line(what, failure, ready, tmp_path, monkeypatch, capsys):
    command, name = WRITES[what]
    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.chdir(tmp_path)
    arguments = [*command.replace("{}", str(ready)).split(), name]
    undo = FAILURES[failure](path, monkeypatch)
    try:
        code = digits20(arguments)
    finally:
        undo()
    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith(f"digits20.{arguments[0]}: error: ")
    assert error.count("\n") == 1, error
    assert f"{name}: cannot be written: " in error
    assert [file.name for file in tmp_path.iterdir()] == ([] if failure == "a vanished folder" else [name])
    assert path.is_dir() or not path.exists() or path.read_bytes() == b"old"


def test_a_plot_that_cannot_be_written_leaves_the_model_and_says_so(ready, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def picture(*_):
        (tmp_path / "costs.png").mkdir()
        return b"picture"

    monkeypatch.setattr("digits20.plots.canvas.picture", picture)
    options = f"train --data {ready}/images.npz --hidden 4 --max-iter 3 --model m.pkl --plot costs.png"
    assert digits20(options.split()) == 2
    assert capsys.readouterr().err == (
        "digits20.train: error: costs.png: cannot be written: a folder, expected a file; the model is saved: m.pkl\n"
    )
    assert len(load_model("m.pkl").costs) == 4


def test_a_model_that_cannot_be_saved_where_it_should_is_saved_elsewhere(ready, tmp_path, monkeypatch, capsys):
    """The disk with the model fills up while the training goes on."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    real = os.replace

    def replace(source, target):
        if Path(target).name == "m.pkl":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert digits20([*TRAIN.replace("{}", str(ready)).split(), "--model", "m.pkl"]) == 2
    (rescued,) = (tmp_path / "temporary").iterdir()
    assert f"m.pkl: cannot be written: no space left on device; the model is in {rescued} instead\n" in (
        capsys.readouterr().err
    )
    assert len(load_model(rescued).costs) == 4
    assert not list(tmp_path.glob("*.pkl"))


def test_a_folder_that_vanishes_while_training_is_made_again(ready, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    from digits20.train import files

    real = files.save_model
    monkeypatch.setattr(files, "save_model", lambda *arguments: (shutil.rmtree("models"), real(*arguments)))
    assert digits20([*TRAIN.replace("{}", str(ready)).split(), "--model", "models/m.pkl"]) == 0
    assert load_model("models/m.pkl")
