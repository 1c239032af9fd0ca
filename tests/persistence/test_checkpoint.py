"""Long runs survive: what is killed goes on with the same bits, and no other file is taken for a checkpoint."""

import errno
import itertools
import logging
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pytest

from digits20 import (
    LBFGS,
    Checkpoint,
    Digits20Error,
    GradientDescent,
    MiniBatch,
    ModelFileError,
    Network,
    Objective,
    Scipy,
    fit,
    save_model,
)
from digits20.images.augment import Warps
from digits20.persistence import checkpoint
from digits20.persistence.payload import seal
from digits20.system.safe_pickle import loads
from digits20.train.__main__ import main

posix = pytest.mark.skipif(os.name != "posix", reason="FIFOs, fork and kill -9 are POSIX's")

EXACT = {
    "gd": GradientDescent(12, 0.5, momentum=0.9),
    "sgd": MiniBatch(12, 0.1, "sgd", batch_size=7),
    "nesterov": MiniBatch(12, 0.1, "sgd", batch_size=20, nesterov=True, schedule="constant"),
    "adam": MiniBatch(12, 0.02, batch_size=7),
}
ANEW = {"l-bfgs": LBFGS(12)} | {name: Scipy(name, 12) for name in ("CG", "L-BFGS-B", "TNC", "BFGS", "Newton-CG")}


class Killed(Exception):
    """Ends a run as abruptly as can be within one process."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.checkpoint"


@pytest.fixture
def always(monkeypatch):
    """Checkpoints after every iteration, however long writing takes; it need not outlast a power cut."""
    monkeypatch.setattr(checkpoint, "LARGEST_SHARE", 1e9)
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture
def train(small, path):
    """Train a small network with any part of the run changed, and perhaps killed after so many iterations."""

    def train(solver, *, kill=None, by=Killed, keep=True, every=0.0, resume=False, seed=0, settings=None, **run):
        network, lam, warp = run.pop("network", Network((9, 5, 3))), run.pop("lam", 0.1), run.pop("warp", None)
        rng = np.random.default_rng(seed)
        digits = run.pop("digits", small).astype(run.pop("dtype", "float32"))
        J = Objective(network, digits, lam, warp)

        def watch(progress):
            if progress.iteration == kill:
                raise by

        train.kept = Checkpoint(path, every, resume=resume, settings=settings) if keep else None
        theta = network.initial_theta(rng)
        return fit(J, theta, solver, rng=rng, watch=watch, checkpoint=train.kept, **run)

    return train


def same(model, other):
    assert model.theta.tobytes() == other.theta.tobytes()
    assert (model.costs, model.scores, model.solution.message) == (other.costs, other.scores, other.solution.message)


# what goes on


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("solver", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("kill", [1, 2, 7, 12])
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(train, always, solver, kill, dtype):
    with pytest.raises(Killed):
        train(solver, kill=kill, dtype=dtype)
    resumed, undisturbed = train(solver, resume=True, dtype=dtype), train(solver, keep=False, dtype=dtype)
    same(resumed, undisturbed)
    assert resumed.solution.evaluations == undisturbed.solution.evaluations


@pytest.mark.parametrize("solver", [EXACT["sgd"], EXACT["adam"]])
def test_warps_go_on_where_they_were(train, always, solver):
    warps = Warps((3, 3))
    with pytest.raises(Killed):
        train(solver, kill=5, warp=warps)
    same(train(solver, resume=True, warp=warps), train(solver, keep=False, warp=warps))


@pytest.mark.parametrize("kill", [2, 6, 11])
def test_curves_and_patience_go_on_where_they_were(train, always, small, rng, kill):
    """Labels at random: what is learned by heart makes the validation cost rise."""
    noise = replace(small, y=rng.integers(3, size=60))
    run = {"digits": noise.take(slice(30)), "validation": noise.take(slice(30, 60)).astype("float32"), "patience": 4}
    solver = MiniBatch(60, 0.05, batch_size=5)
    undisturbed = train(solver, keep=False, **run)
    assert kill < len(undisturbed.costs) - 1 < 60
    with pytest.raises(Killed):
        train(solver, kill=kill, **run)
    same(train(solver, resume=True, **run), undisturbed)


def test_a_run_can_be_killed_again_and_again(train, always):
    solver = EXACT["adam"]
    for kill in (3, 4, 9):
        with pytest.raises(Killed):
            train(solver, kill=kill, resume=True)
    same(train(solver, resume=True), train(solver, keep=False))


@pytest.mark.parametrize("solver", ANEW.values(), ids=ANEW)
def test_other_solvers_start_anew_from_their_last_point_and_say_so(train, always, solver, caplog):
    caplog.set_level(logging.INFO)
    undisturbed = train(solver, keep=False)
    with pytest.raises(Killed):
        train(solver, kill=6)
    resumed = train(solver, resume=True)
    assert resumed.costs[:6] == undisturbed.costs[:6]
    assert len(resumed.costs) <= 13
    assert min(resumed.costs) < undisturbed.costs[5]
    assert "after iteration 5; the solver starts anew from its weights" in caplog.text


@pytest.mark.parametrize("solver", [LBFGS(3), Scipy("CG", 3), Scipy("TNC", 3), GradientDescent(3), MiniBatch(3)])
def test_a_run_killed_after_its_last_iteration_has_nothing_left_to_do(train, always, solver):
    first = train(solver)
    same(train(solver, resume=True), replace(first, solution=replace(first.solution)))


def test_ctrl_c_leaves_a_checkpoint_that_goes_on(train, monkeypatch, caplog):
    monkeypatch.setattr(checkpoint, "LARGEST_SHARE", 1e9)
    caplog.set_level(logging.INFO)
    model = train(EXACT["adam"], kill=6, by=KeyboardInterrupt, every=1000)
    assert model.solution.interrupted
    assert "run.checkpoint: --resume goes on after iteration 6" in caplog.text
    same(train(EXACT["adam"], resume=True), train(EXACT["adam"], keep=False))


@pytest.mark.parametrize("solver", [MiniBatch(9), LBFGS(9)])
def test_model_and_checkpoint_are_of_one_iteration_where_the_last_copy_is_older(train, monkeypatch, small, solver):
    monkeypatch.setattr(checkpoint, "LARGEST_SHARE", 1e9)
    real = Checkpoint.update

    def until_the_fourth(self, snapshot):
        if self.latest is None or self.latest.iteration < 4:
            real(self, snapshot)

    monkeypatch.setattr(Checkpoint, "update", until_the_fourth)
    model = train(solver, kill=6, by=KeyboardInterrupt, every=1000, validation=small)
    earlier = train(solver, kill=4, by=KeyboardInterrupt, keep=False, validation=small)
    assert (model.costs, model.theta.tobytes()) == (earlier.costs, earlier.theta.tobytes())
    assert len(model.scores["validation_costs"]) == 5


def test_ctrl_c_soon_after_the_start_spares_the_checkpoint_of_an_earlier_run(train, always, monkeypatch, path):
    with pytest.raises(Killed):
        train(EXACT["adam"], kill=8)
    earlier = path.read_bytes()
    monkeypatch.setattr(checkpoint, "LARGEST_SHARE", 1e9)
    train(EXACT["adam"], kill=2, by=KeyboardInterrupt, every=1000)
    train.kept.remove()
    assert path.read_bytes() == earlier


def test_resume_without_a_checkpoint_starts_from_the_beginning_and_says_so(train, caplog):
    caplog.set_level(logging.INFO)
    same(train(EXACT["gd"], resume=True), train(EXACT["gd"], keep=False))
    assert "run.checkpoint: training starts from the beginning" in caplog.text


# what it costs


def test_copying_takes_a_small_share_of_the_time(train, monkeypatch):
    """A clock that stands still but for copying, which takes a second; an iteration takes a tenth."""
    clock, copies = [0.0], []
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    real = Checkpoint.update

    def update(kept, snapshot):
        def slow():
            clock[0] += 1
            copies.append(clock[0])
            return snapshot()

        clock[0] += 0.1
        real(kept, slow)

    monkeypatch.setattr(Checkpoint, "update", update)
    train(GradientDescent(1000), every=1e6)
    assert 4 <= len(copies) <= 0.06 * clock[0]


def test_writing_takes_a_small_share_of_the_time(train, monkeypatch):
    """A clock that stands still but for writing, which takes a second; an iteration takes a tenth."""
    clock, writes = [0.0], []

    def write(*_):
        clock[0] += 1
        writes.append(clock[0])

    monkeypatch.setattr(checkpoint, "write_atomically", write)
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    real = Checkpoint.update

    def update(kept, snapshot):
        clock[0] += 0.1
        real(kept, snapshot)

    monkeypatch.setattr(Checkpoint, "update", update)
    train(GradientDescent(1000))
    assert len(writes) / clock[0] <= 0.05
    assert len(writes) >= 4


# what is refused

DIFFERENT = {
    "lambda 0.1, this run has 0.3": {"lam": 0.3},
    "network 9-5-3 sigmoid, sigmoid outputs, this run has 9-6-3 sigmoid,": {"network": Network((9, 6, 3))},
    "network 9-5-3 sigmoid, sigmoid outputs, this run has 9-5-3 tanh,": {"network": Network((9, 5, 3), "tanh")},
    "dtype float32, this run has float64": {"dtype": "float64"},
    "learning_rate 0.02, this run has 0.5": {"solver": MiniBatch(12, 0.5, batch_size=7)},
    "iterations 12, this run has 13": {"solver": MiniBatch(13, 0.02, batch_size=7)},
    "solver MiniBatch, this run has GradientDescent": {"solver": GradientDescent(12)},
    "warps none, this run has Warps(image_shape=(3, 3), rotation=12.0": {"warp": Warps((3, 3))},
    "threads 1, this run has 2": {"threads": 2},
    "seed 0, this run has 1": {"settings": {"seed": 1}},
    "other weights at the start": {"seed": 1},
}


@pytest.mark.parametrize(("seen", "change"), DIFFERENT.items())
def test_another_run_is_refused_naming_what_differs(train, always, path, seen, change):
    run = {"solver": EXACT["adam"], "settings": {"seed": 0}}
    with pytest.raises(Killed):
        train(**run, kill=3)
    with pytest.raises(ModelFileError) as caught:
        train(**run | change, resume=True)
    assert str(caught.value).startswith(f"{path}: made with {seen}")


def test_other_images_are_refused(train, always, small, path):
    parts = {"validation": small.take(slice(10)).astype("float32")}
    with pytest.raises(Killed):
        train(EXACT["sgd"], kill=3, **parts)
    X, y = small.X.copy(), small.y.copy()
    X[3, 3] += 0.5
    y[5] = (y[5] + 1) % 3
    changes = {
        "other training images": {"digits": replace(small, X=X)},
        "other training images$": {"digits": replace(small, y=y)},
        "training images 60, this run has 59": {"digits": small.take(slice(59))},
        "other validation images": {"validation": small.take(slice(10, 20)).astype("float32")},
        "validation images 10, this run has none": {"validation": None},
        "patience none, this run has 5": {"patience": 5},
    }
    for seen, change in changes.items():
        with pytest.raises(ModelFileError, match=seen):
            train(EXACT["sgd"], resume=True, **parts | change)


def written(train, path):
    """The payload of a checkpoint of the run that `refusal` resumes."""
    with pytest.raises(Killed):
        train(EXACT["adam"], kill=4)
    return loads(path.read_bytes(), "checkpoint")


def refusal(train, path, content):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        train(EXACT["adam"], resume=True)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 140
    return message.removeprefix(f"{path}: ")


def edited(payload, *keys, value):
    """The bytes of a sealed checkpoint with another value at that place."""
    part, changed = payload, replaced = payload, dict(payload)
    for key in keys[:-1]:
        part, replaced[key] = part[key], dict(part[key])
        replaced = replaced[key]
    replaced[keys[-1]] = value
    return pickle.dumps(seal(changed), protocol=4)


NUMBERS = {"dtype": "<f8", "shape": [4], "data": np.ones(4).tobytes()}
STEPS = NUMBERS | {"shape": [1]}
EDITS = [
    (("format",), "digits20-model", "not a digits20 checkpoint: its format is 'digits20-model'"),
    (("version",), 2, "written by a newer digits20: version 2, this one reads 1"),
    (("more",), 1, "the checkpoint: unknown key 'more'"),
    (("settings",), [], "settings: a list, expected a dict"),
    (("settings", "lambda"), [0.1] * 9, "made with lambda a list, this run has 0.1"),
    (("settings", "a\nb"), "c\nd", "made with a?b c?d, this run has none"),
    (("digests", "training images"), "0" * 64, "made with other training images"),
    (("digests",), {}, "digests: lacks 'training images'"),
    (("iteration",), 13, "iteration: 13, expected 0 to 12"),
    (("iteration",), True, "iteration: True, expected 0 to 12"),
    (("iteration",), 10**9, "iteration: 1000000000, expected 0 to 12"),
    (("theta",), NUMBERS, "theta has shape [4], expected [68]"),
    (("theta", "dtype"), "|O8", "theta has dtype '|O8', expected '<f4' or '<f8'"),
    (("theta", "data"), b"", "theta has 0 bytes, expected 272"),
    (("theta", "data"), np.full(68, np.nan, "<f4").tobytes(), "theta holds a value that is not a finite number"),
    (("memory",), {}, "memory: lacks 'first'"),
    (("memory", "velocity"), NUMBERS, "memory: unknown key 'velocity'"),
    (("memory", "second", "data"), np.full(68, -1, "<f4").tobytes(), "second holds a negative value"),
    (("memory", "steps"), STEPS | {"data": np.array([np.inf]).tobytes()}, "steps holds a value that is not a finite"),
    (("memory", "steps"), STEPS | {"data": np.array([-1.0]).tobytes()}, "steps holds a negative value"),
    (("costs",), [1.0], "costs: a list, expected a dict"),
    (("costs", "shape"), [400000], "costs has shape [400000], expected [4]"),
    (("curves", "train_accuracies"), NUMBERS, "curves: unknown key 'train_accuracies'"),
    (("best", "score"), "low", "score: 'low', expected a finite number"),
    (("best", "theta"), None, "best theta: None, expected a dict"),
    (("evaluations",), float("nan"), "evaluations: nan, expected a finite number"),
    (("seconds",), None, "seconds: None, expected a finite number"),
    (("generator", "bit_generator"), "MT19937", "generator: 'MT19937', expected PCG64"),
    (("generator", "state"), -1, "generator state: -1, expected a whole number of 128 bits"),
    (("generator", "has_uint32"), 2, "generator has_uint32: 2, expected a whole number of 1 bits"),
    (("generator", "key"), b"", "generator: unknown key 'key'"),
]


@pytest.mark.parametrize(("keys", "value", "seen"), EDITS)
def test_values_that_cannot_be_are_refused(train, always, path, keys, value, seen):
    assert seen in refusal(train, path, edited(written(train, path), *keys, value=value))


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "empty, not a digits20 checkpoint"),
        (b"text\n", "not a digits20 checkpoint: it begins with b'text\\n'"),
        (pickle.dumps([1], 4), "not a digits20 checkpoint: a pickle, but not of a dict"),
        (pickle.dumps({"a": os.system}, 4), "names posix.system, a checkpoint file holds plain values only"),
        (pickle.dumps({"a": {1}}, 4), "holds EMPTY_SET at byte"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\x00\x00\x00", "truncated"),
    ],
)
def test_what_is_no_checkpoint_is_refused(train, path, content, seen):
    assert seen in refusal(train, path, content)


def test_damaged_checkpoints_are_refused(train, always, path):
    written(train, path)
    whole = path.read_bytes()
    for length in (len(whole) // 3, len(whole) - 1):
        assert refusal(train, path, whole[:length])
    for place in range(0, len(whole), len(whole) // 40):
        assert refusal(train, path, whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :])


def test_a_model_is_no_checkpoint(train, path):
    save_model(train(EXACT["adam"], keep=False), path)
    assert refusal(train, path, None) == "not a digits20 checkpoint: its format is 'digits20-model'"


@posix
def test_a_pipe_or_a_folder_is_refused(train, path):
    path.mkdir()
    assert refusal(train, path, None) == "cannot be written: a folder, expected a file"
    path.rmdir()
    os.mkfifo(path)
    assert refusal(train, path, None) == "cannot be written: a pipe or device, expected a file"


def test_generators_whose_state_cannot_be_checked_are_refused(small, path):
    J, rng = Objective(Network((9, 3)), small), np.random.Generator(np.random.MT19937(0))
    with pytest.raises(Digits20Error, match="MT19937, only of PCG64"):
        fit(J, np.zeros(30), MiniBatch(3), rng=rng, checkpoint=Checkpoint(path))


# what fails


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_at_the_first_write_ends_the_run_in_one_line(train, path, monkeypatch):
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ModelFileError, match=r"run\.checkpoint: cannot be written: no space left on device$"):
        train(EXACT["adam"])
    assert list(path.parent.iterdir()) == []


def test_a_disk_that_fills_up_later_is_told_once_and_the_run_goes_on(train, always, path, monkeypatch, caplog):
    real, calls = os.replace, itertools.count()
    monkeypatch.setattr(os, "replace", lambda *names: real(*names) if next(calls) < 3 else full())
    same(train(EXACT["adam"]), train(EXACT["adam"], keep=False))
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: cannot be written: no space left on device; training goes on"
    ]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_file_can_be_removed_when_the_result_is_safe(train, always, path):
    train(EXACT["adam"])
    assert path.exists()
    train.kept.remove()
    assert not path.exists()


# kill -9

KILLED = textwrap.dedent(
    """
    import mmap, os, pathlib, random, signal, sys, time
    import numpy as np
    from digits20 import *
    from digits20.images.augment import Warps
    from digits20.persistence import checkpoint

    checkpoint.LARGEST_SHARE = 1e9  # after every iteration, however long writing takes
    random.seed("moments")
    rng = np.random.default_rng(0)
    digits = Digits(rng.random((300, 100), np.float32), rng.integers(10, size=300))
    train, validation = digits.split(250)
    solvers = {
        "gd": GradientDescent(60, 0.3, momentum=0.9),
        "sgd": MiniBatch(60, 0.05, "sgd", batch_size=50),
        "adam": MiniBatch(60, 0.01, batch_size=50),
    }
    done = mmap.mmap(-1, 8)  # the iteration of the process that is to be killed

    def run(folder, kind, extras, kept=None, kill=None):
        def watch(progress):
            done[:] = progress.iteration.to_bytes(8, "little")
            while kill and progress.iteration > kill + 3:
                time.sleep(1)  # its end is near

        part = {"validation": validation, "patience": 50} if extras else {}
        warps = Warps((10, 10), bank=4) if extras and kind != "gd" else None
        J, rng = Objective(Network((100, 20, 10)), train, 0.1, warps), np.random.default_rng(1)
        theta = J.network.initial_theta(rng)
        model = fit(J, theta, solvers[kind], rng=rng, checkpoint=kept, watch=watch, **part)
        save_model(model, folder / ("killed" if kept else "undisturbed"))

    def killed(folder, kind, extras):
        for kill in (*sorted(random.sample(range(2, 50), 2)), None):
            done[:] = bytes(8)
            child = os.fork()
            if not child:
                kept = Checkpoint(folder / "checkpoint", every=0.0, resume=True)
                run(folder, kind, extras, kept, kill)
                kept.remove()
                os._exit(0)
            if kill:
                while int.from_bytes(done[:], "little") < kill:
                    time.sleep(0.0002)
                time.sleep(random.uniform(0, 0.003))
                os.kill(child, signal.SIGKILL)
            assert os.waitpid(child, 0)[1] == (signal.SIGKILL if kill else 0)
            assert (folder / "checkpoint").exists() == bool(kill)

    for kind in solvers:
        for extras in (False, True):
            folder = pathlib.Path(sys.argv[1], f"{kind} {extras}")
            folder.mkdir()
            run(folder, kind, extras)
            killed(folder, kind, extras)
            print(folder.name, (folder / "killed").read_bytes() == (folder / "undisturbed").read_bytes(), sep=", ")
    """
)


@posix
def test_kill_9_at_any_moment_changes_no_bit(tmp_path):
    """Each run killed twice soon after an iteration drawn at random; with and without warps and patience."""
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    runs = [f"{kind} {extras}" for kind in ("gd", "sgd", "adam") for extras in (False, True)]
    assert done.stdout.splitlines() == [f"{run}, True" for run in runs]


# the command


@pytest.fixture
def command(tmp_path):
    """Start `python -m digits20.train <arguments>` in an empty folder, with images that take no time to read."""
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "images.npz", X=rng.random((300, 100)).round(3), y=np.arange(300) % 10)

    def command(*arguments):
        fixed = ["--data", "images.npz", "--no-plot", "--solver", "adam", "--validation", "40", "--augment"]
        arguments = [sys.executable, "-m", "digits20.train", *fixed, *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(arguments, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)

    return command


def written_anew(path, process):
    """Wait until the process has written that file once more."""
    before = path.stat().st_mtime_ns if path.exists() else None
    while not path.exists() or path.stat().st_mtime_ns == before:
        assert process.poll() is None
        time.sleep(0.01)


@posix
def test_a_killed_training_ends_in_the_file_of_an_undisturbed_one(command, tmp_path):
    undisturbed = command("--epochs", "250", "--model", "whole.pkl", "--no-checkpoint")
    often = ("--epochs", "250", "--checkpoint-every", "0.01")
    checkpoint = tmp_path / "models/digits20.checkpoint"
    killed = command(*often)
    written_anew(checkpoint, killed)
    killed.kill()
    killed.communicate()
    resumed = command(*often, "--resume")
    assert "note: models/digits20.checkpoint: training goes on after iteration " in resumed.stderr.readline()
    for process in (undisturbed, resumed):
        process.communicate(timeout=300)
        assert process.returncode == 0
    assert (tmp_path / "models/digits20.pkl").read_bytes() == (tmp_path / "whole.pkl").read_bytes()
    assert [file.name for file in checkpoint.parent.iterdir() if not file.name.endswith(".tmp")] == ["digits20.pkl"]


@pytest.mark.ctrl_c
def test_ctrl_c_saves_the_model_and_the_checkpoint_and_another_run_cannot_resume_it(command, tmp_path):
    run = command("--epochs", "100000", "--checkpoint", "mine", "--checkpoint-every", "0.01")
    for _ in range(2):  # what is no better than the start is not kept
        written_anew(tmp_path / "mine", run)
    run.send_signal(signal.SIGINT)
    _, notes = run.communicate(timeout=300)
    assert run.returncode == 130
    assert "note: mine: --resume goes on after iteration " in notes
    assert (tmp_path / "models/digits20.pkl").exists()
    other = command("--epochs", "100000", "--checkpoint", "mine", "--resume", "--lambda", "0.3")
    assert (
        other.communicate(timeout=300)[1] == "digits20.train: error: mine: made with --lambda 1.0, this run has 0.3\n"
    )
    assert other.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["--resume", "--ensemble", "2"], "--resume does not go with --ensemble: its networks run side by side"),
        (["--checkpoint", "--ensemble", "2"], "--checkpoint does not go with --ensemble"),
        (["--resume", "--no-checkpoint"], "--resume does not go with --no-checkpoint"),
        (["--checkpoint", "models/digits20.pkl"], "models/digits20.pkl: the checkpoint needs a file of its own"),
        (["--checkpoint", "images.npz/x"], "images.npz/x: cannot be written: "),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, monkeypatch, capsys, arguments, seen):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images.npz").touch()
    assert main(["--data", "images.npz", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"digits20.train: error: {seen}")
