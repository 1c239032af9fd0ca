"""What strace sees of a save: the data is on the disk before it has its name, and then the name is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAVES = {
    "a file": "from digits20.system.atomic import write_atomically\nwrite_atomically('saved', b'data')",
    "a model": "from digits20 import load_model, save_model\nsave_model(load_model('reference'), 'saved')",
    "a checkpoint": """
import numpy as np
from digits20 import Checkpoint, Digits, GradientDescent, Network, Objective, fit
J = Objective(Network((4, 2)), Digits(np.eye(4), [0, 1, 0, 1], labels=(0, 1)), 1.0)
fit(J, np.zeros(10), GradientDescent(2), checkpoint=Checkpoint('saved', every=1e-9))
""",
}
KEEP = """
import numpy as np
from pathlib import Path
from digits20.page.collected import Collection
Collection(Path('saved'), range(10), 4).keep(np.zeros(4), '3')
"""


@pytest.fixture
def calls(tmp_path):
    """(code) -> what Python, running it, asks the system for that has to do with files in this folder, in order."""
    if not shutil.which("strace"):
        pytest.skip("no strace here")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("strace may trace nothing here")

    def trace(code):
        asked = "trace=openat,write,fsync,fdatasync,rename,renameat,renameat2,close"
        command = ["strace", "-f", "-y", "-e", asked, "-o", "trace", sys.executable, "-c", code]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
        lines = (tmp_path / "trace").read_text().splitlines()
        return [line.split(maxsplit=1)[1] for line in lines if f"{tmp_path}" in line or "rename" in line]

    return trace


def places(calls, pattern):
    return [place for place, call in enumerate(calls) if re.match(pattern, call)]


@pytest.mark.parametrize("code", SAVES.values(), ids=SAVES)
def test_data_then_name_then_folder_go_to_the_disk(calls, tmp_path, code):
    made = calls(code)
    written = places(made, r"write\(\d+<[^>]*\.digits20-\w+\.tmp>")
    synced = places(made, r"fsync\(\d+<[^>]*\.digits20-\w+\.tmp>")
    renamed = places(made, r"rename\w*\(.*\.tmp\".*saved\"")
    folder = places(made, rf"fsync\(\d+<{tmp_path}>")
    assert len(written) >= len(synced) == len(renamed) == len(folder) >= 1
    assert max(place for place in written if place < renamed[0]) < synced[0] < renamed[0] < folder[0]
    assert sorted([*synced, *renamed, *folder]) == [
        place for three in zip(synced, renamed, folder, strict=True) for place in three
    ]


def test_a_kept_digit_is_on_the_disk_before_it_is_acknowledged(calls, tmp_path):
    for first in (True, False):  # the first one makes the file
        made = calls(KEEP)
        (written,), (synced,) = (places(made, rf"{call}\(\d+<[^>]*saved>") for call in ("write", "fsync"))
        (folder,) = places(made, rf"fsync\(\d+<{tmp_path}>") or [-1]
        assert written < synced
        assert (synced < folder) == first
