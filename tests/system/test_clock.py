"""The time of day may jump: nothing asks for it."""

import itertools
import re
import time
from pathlib import Path

import numpy as np

import digits20
from digits20 import Checkpoint, MiniBatch, Network, Objective, fit

OF_DAY = re.compile(r"time\.time\b|\btime_ns|datetime|localtime|gmtime|strftime|ctime\(")


def test_no_module_asks_for_the_time_of_day():
    modules = list(Path(digits20.__file__).parent.rglob("*.py"))
    assert len(modules) > 100
    assert [path.name for path in modules if OF_DAY.search(path.read_text())] == []


def test_a_training_with_checkpoints_does_not_mind_a_clock_that_jumps(small, tmp_path, monkeypatch):
    def trained(name):
        J = Objective(Network((9, 4, 3)), small, 1.0)
        theta = J.network.initial_theta(0)
        return fit(J, theta, MiniBatch(4), rng=0, checkpoint=Checkpoint(tmp_path / name, every=1e-9)).theta

    undisturbed = trained("a")
    jumps = itertools.cycle([0.0, 1e10, -1e10])
    for clock in ("time", "time_ns"):
        monkeypatch.setattr(time, clock, lambda: next(jumps))
    assert np.array_equal(trained("b"), undisturbed)
