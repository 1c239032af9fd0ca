"""A full and a read-only file system, for real: each command says so in one line, and what was there stays.

They are mounted in a namespace of their own, which ends with its process; where the system allows none, all is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits20 import Model, Network, load_model, save_model

UNSHARE = ["unshare", "-m"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["unshare", "-Urm"]
FULL = 'mount -t tmpfs -o size=256k tmpfs there && cp -r old/. there && { cat /dev/zero > there/zeros; exec "$@"; }'
READ_ONLY = (
    'mkdir -p there && cp -r old/. there && mount --bind there there && mount -o remount,bind,ro there && exec "$@"'
)
RUN = """
import contextlib, io, json, sys
from pathlib import Path
from digits20.__main__ import main
def told(command):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(command)
    left = {path.name: path.read_bytes().hex() for path in Path("there").iterdir() if path.name != "zeros"}
    return code, said.getvalue(), left
print(json.dumps([told(command) for command in json.loads(sys.argv[1])]))
"""
TRAIN = ["--data", "images.npz", "--hidden", "4", "--max-iter", "3", "--quiet"]
COMMANDS = {
    "train": ["train", *TRAIN, "--model", "there/old.pkl", "--no-plot", "--no-checkpoint"],
    "train, a new model": ["train", *TRAIN, "--model", "there/new.pkl", "--no-plot", "--no-checkpoint"],
    "train, a plot": ["train", *TRAIN, "--model", "m.pkl", "--plot", "there/p.png"],
    "train, checkpoints": [
        *("train", *TRAIN, "--model", "m.pkl", "--no-plot", "--checkpoint", "there/c", "--checkpoint-every", "1e-9")
    ],
    "predict": ["predict", "--model", "model.pkl", "--data", "images.npz", "--to", "there/answers.csv", "--quiet"],
    "evaluate": ["evaluate", "--model", "model.pkl", "--data", "images.npz", "--plot", "there/e.png", "--quiet"],
    "report": ["report", "--model", "model.pkl", "--data", "images.npz", "--to", "there/r.html", "--quiet"],
    "export": ["export", "--model", "model.pkl", "--to", "there/m.json"],
    "curves": ["curves", "--kind", "cost", "--model", "model.pkl", "--plot", "there/c.png"],
    "sheet": ["sheet", "--labels", "0", "1", "--to", "there/s.png"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images, a model, and the folder `old`, whose content is put on the file system."""
    folder = tmp_path_factory.mktemp("mounted")
    rng = np.random.default_rng(0)
    np.savez(folder / "images.npz", X=rng.random((60, 9)).round(3), y=np.arange(60) % 3)
    network = Network((9, 10))
    save_model(
        Model(network, rng.normal(size=network.size), image_shape=(3, 3), costs=[2.0, 1.0]), folder / "model.pkl"
    )
    (folder / "old").mkdir()
    shutil.copy(folder / "model.pkl", folder / "old/old.pkl")
    (folder / "tmp").mkdir()
    (folder / "there").mkdir()
    return folder


def outcomes(folder, mount):
    """What each command said there: {name: (exit code, stderr, what is there now)}."""
    if not shutil.which("unshare") or not shutil.which("mount"):
        pytest.skip("neither unshare nor mount here")
    mounting = [*UNSHARE, "sh", "-c", mount, "sh"]
    tried = subprocess.run([*mounting, "true"], cwd=folder, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this system mounts nothing here: {tried.stderr.strip()}")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(folder / "tmp")}
    command = [*mounting, sys.executable, "-c", RUN, json.dumps(list(COMMANDS.values()))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return dict(zip(COMMANDS, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def full(folder):
    return outcomes(folder, FULL)


@pytest.fixture(scope="module")
def read_only(folder):
    return outcomes(folder, READ_ONLY)


def is_told(outcome, seen, folder):
    code, said, left = outcome
    assert said.count("\n") == 1
    assert seen in said
    assert code == 2
    assert left == {"old.pkl": (folder / "old/old.pkl").read_bytes().hex()}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_file_system_is_told_in_one_line_and_keeps_what_it_had(full, folder, command):
    is_told(full[command], "cannot be written: no space left on device", folder)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_read_only_file_system_is_told_in_one_line(read_only, folder, command):
    is_told(read_only[command], "cannot be written: the ", folder)


def test_a_training_that_does_not_fit_where_it_should_is_kept_elsewhere(full, folder):
    rescued = [load_model(path) for path in (folder / "tmp").glob("digits20-*.pkl")]
    assert [len(model.costs) for model in rescued] == [4, 4]  # of the two that could not be saved in the full one


def test_nothing_is_trained_for_a_read_only_file_system(read_only):
    assert "the model is in" not in "".join(said for _, said, _ in read_only.values())
