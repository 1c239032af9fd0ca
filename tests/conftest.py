"""The shipped digits, loaded once, and small made-up sets."""

import contextlib
import os
import signal
import sys

import numpy as np
import processes
import pytest

from digits20 import Digits, load_csv
from digits20.system.shipped import shipped

with contextlib.suppress(ImportError):  # the oldest scikit-learn is tested without it
    from hypothesis import HealthCheck, settings

    # a busy machine is no failure, and what one run met changes no other
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    settings.load_profile("busy")


def pytest_xdist_auto_num_workers(config):
    """One more than cores: some test is always waiting for a process of its own."""
    return (os.cpu_count() or 1) + 1


SLOWEST = "dask browser learn form release hostile_files docs notebook command benchmarks interrupts alone lenet"
SLOWEST = [f"test_{name}" for name in f"{SLOWEST} checkpoint extreme_figures mutations stdout crash curves".split()]


def pytest_collection_modifyitems(items):
    """The files that take longest come first, so that no worker has one for itself at the end."""
    items.sort(key=lambda item: SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST))


def pytest_runtest_setup(item):
    """Background jobs of a script ignore Ctrl-C, and so do all processes that they start."""
    if item.get_closest_marker("ctrl_c"):
        if os.name == "nt":
            pytest.skip("Windows delivers Ctrl-C to whole consoles only")
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            pytest.skip("Ctrl-C is ignored here, as in a background job of a script")


@pytest.fixture(scope="session")
def started():
    """What looks after the processes of this session; None where the system does not tell of them."""
    if sys.platform != "linux":
        yield None
        return
    watch = processes.Watch()
    yield watch
    watch.close()


@pytest.fixture(autouse=True)
def nothing_left_running(started):
    """A test that leaves a process behind fails; those of fixtures for several tests are theirs to end."""
    if started is None:
        yield
        return
    activity, before = started.activity(), started.known()
    yield
    if started.activity() != activity:
        assert started.left(before) == []


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Test processes side by side, each with as many BLAS threads as there are cores, would wait for one another."""
    import scipy.linalg  # noqa: F401 - has a BLAS of its own, which must be loaded to be limited
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def digits():
    """The 5000 shipped images, float64."""
    return load_csv(shipped("data/digits20.csv.gz"))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def small():
    """60 random images of 3x3 pixels, three labels; the first pixel tells which."""
    rng = np.random.default_rng(1)
    X, y = rng.random((60, 9)), np.arange(60) % 3
    X[:, 0] = y / 2
    return Digits(X, y, labels=(0, 1, 2))


@pytest.fixture
def here(monkeypatch):
    """Train in this process, which is quicker to start than others; the bits are the same (test_ensemble).

    Commands that the tests start as processes still start processes of their own.
    """

    def train_here(jobs, callback=None, finished=None):
        models = [job.run() for job in jobs]
        if finished:
            finished(len(models))
        return models

    monkeypatch.setattr("digits20.learning.curves.curve.train_side_by_side", train_here)
