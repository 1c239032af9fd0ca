"""Networks trained in real worker processes."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest

from digits20 import Digits20Error, Diverged, GradientDescent, MiniBatch, Network, load_model
from digits20.images.augment import Warps
from digits20.learning.ensemble import Job, train_side_by_side
from digits20.learning.transfer import from_scratch


def jobs_for(digits, count, solver, **more):
    for member in range(count):
        rng = np.random.default_rng([7, member])
        start = from_scratch(Network((9, 4, 3)), rng)
        settings = {"validation": None, "warps": Warps((3, 3)), "patience": None} | more
        yield Job(start=start, train=digits, lam=0.1, solver=solver, rng=rng, **settings)


@dataclass(frozen=True)
class Dies(GradientDescent):
    """A solver whose process is gone in its third iteration, as when memory runs out."""

    def run(self, J, theta, rng, log, *more):
        os._exit(9)


def test_a_network_of_an_ensemble_has_the_bits_it_has_alone(small):
    solver = MiniBatch(4, batch_size=16)
    together = train_side_by_side(list(jobs_for(small, 3, solver)))
    alone = [job.run() for job in jobs_for(small, 3, solver)]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one.theta, other.theta)
    assert not np.array_equal(alone[0].theta, alone[1].theta)


def test_every_member_is_heard_of(small):
    heard = []
    train_side_by_side(list(jobs_for(small, 3, MiniBatch(5))), lambda member, progress: heard.append(member))
    assert set(heard) == {0, 1, 2}


@pytest.fixture
def left():
    """The processes that the test leaves; joblib's, which other tests started, wait for more work."""
    before = multiprocessing.active_children()
    return lambda: [child for child in multiprocessing.active_children() if child not in before]


def test_a_member_that_fails_fails_the_run_with_its_own_error(small, left):
    good, bad = MiniBatch(100_000), GradientDescent(10, learning_rate=1e9)
    jobs = [*jobs_for(small, 1, good), *jobs_for(small, 1, bad, warps=None)]
    with pytest.raises(Diverged, match="the cost diverged") as caught:
        train_side_by_side(jobs)
    assert caught.value.solution.theta.shape == (55,)
    assert left() == []


def test_a_member_whose_process_dies_fails_the_run_clearly(small, left):
    with pytest.raises(Digits20Error, match="a process of the ensemble died"):
        train_side_by_side(list(jobs_for(small, 2, Dies())))
    assert left() == []


def group_is_gone(pid, within):
    for _ in range(10 * within):
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def rest_of(screen):
    """What else is written to a terminal, nothing when its last user is gone."""
    try:
        return os.read(screen, 10_000)
    except OSError:
        return b""


@pytest.mark.ctrl_c
def test_ctrl_c_merges_what_was_learned_and_leaves_no_process(tmp_path):
    import termios

    screen, stderr = os.openpty()
    termios.tcsetwinsize(stderr, (24, 80))
    options = ["--augment", "--ensemble", "2", "--epochs", "100000", "--hidden", "8", "--no-plot"]
    process = subprocess.Popen(
        [sys.executable, "-m", "digits20.train", *options],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,
    )
    os.close(stderr)
    seen = b""
    while not all(re.search(rb"network %d: [^\r\n\x1b]*cost" % member, seen) for member in (1, 2)):
        seen += os.read(screen, 10_000)
    os.killpg(process.pid, signal.SIGINT)
    while more := rest_of(screen):
        seen += more
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 130
    assert b"Traceback" not in seen
    assert b"interrupted" in out
    assert load_model(tmp_path / "models/digits20.pkl").network.layer_sizes == (400, 16, 10)
    assert group_is_gone(process.pid, within=60)
