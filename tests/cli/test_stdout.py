"""What a command makes is saved and its exit code is honest, whatever becomes of its standard output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits20 import load_model

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and closed descriptors as a POSIX shell makes them")
OPTIONS = "--data images.npz --hidden 4 --max-iter 3 --no-plot --labels any --order C"


@pytest.fixture
def shell(tmp_path):
    """What a shell makes of a command: `digits20` stands for this package's."""
    X = np.random.default_rng(0).random((60, 9)).round(3)
    np.savez(tmp_path / "images.npz", X=X, y=np.array(["a", "é", "\N{GRINNING FACE}"])[np.arange(60) % 3])

    def run(line, **environment):
        command = f'digits20() {{ {sys.executable} -W error -m digits20 "$@"; }}\n{line}'
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | environment
        bash = ["bash", "-c", command]
        return subprocess.run(bash, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)

    return run


CLOSED = {
    "a reader that has gone": "digits20 train {} | true; exit ${{PIPESTATUS[0]}}",
    "a reader of two lines": "digits20 train {} | head -n 2; exit ${{PIPESTATUS[0]}}",
    "no standard output": "digits20 train {} >&-",
    "no standard output and error": "digits20 train {} >&- 2>&-",
    "JSON to a reader that has gone": "digits20 train --json {} | true; exit ${{PIPESTATUS[0]}}",
}


@posix
@pytest.mark.parametrize("line", CLOSED.values(), ids=CLOSED)
def test_a_training_that_nobody_listens_to_is_saved(shell, tmp_path, line):
    done = shell(line.format(OPTIONS))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(load_model(tmp_path / "models/digits20.pkl").costs) == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_under_the_standard_output_is_told_once_the_model_is_saved(shell, tmp_path):
    done = shell(f"digits20 train {OPTIONS} > /dev/full")
    assert (done.returncode, done.stderr) == (
        2,
        "digits20.train: error: standard output: no space left on device\n",
    )
    assert load_model(tmp_path / "models/digits20.pkl")


COMMANDS = {
    "predict": ("predict --model models/digits20.pkl --data images.npz --to answers.csv", "answers.csv"),
    "evaluate": ("evaluate --model models/digits20.pkl --data images.npz --labels any --plot e.png", "e.png"),
    "export": ("export --model models/digits20.pkl --to m.json", "m.json"),
    "report": ("report --model models/digits20.pkl --data images.npz --labels any --to r.html", "r.html"),
    "curves": ("curves --kind cost --model models/digits20.pkl --csv c.csv", "c.csv"),
}


@posix
def test_every_command_writes_its_file_though_nobody_listens(shell, tmp_path):
    lines = [f"digits20 train {OPTIONS}", *(f"digits20 {line} | true" for line, _ in COMMANDS.values())]
    done = shell("\n".join(lines))
    assert done.stderr == ""
    assert [name for _, name in COMMANDS.values() if not (tmp_path / name).exists()] == []


@posix
def test_help_to_a_reader_that_has_gone_is_no_error(shell):
    done = shell("digits20 train --help | true; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (0, "")


@posix
def test_what_a_terminal_cannot_encode_is_escaped(shell):
    done = shell(
        f"digits20 train {OPTIONS} && digits20 evaluate --model models/digits20.pkl --data images.npz --labels any",
        PYTHONIOENCODING="ascii",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\U0001f600" in done.stdout
    assert "\\xe9" in done.stdout


@posix
def test_json_is_whole_where_the_terminal_is_ascii(shell):
    done = shell(f"digits20 train --json {OPTIONS}", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["iterations"] == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["digits20 --version", "digits20", "digits20 help train", "digits20 train --help"])
def test_help_that_a_full_disk_does_not_take_is_no_success(shell, command):
    done = shell(f"{command} > /dev/full")
    assert done.returncode == 2
    assert done.stderr.endswith("error: standard output: no space left on device\n")


def test_a_closed_standard_input_is_one_line(shell):
    done = shell("digits20 predict - <&-")
    assert (done.returncode, done.stderr.splitlines()) == (2, ["digits20.predict: error: standard input: closed"])
