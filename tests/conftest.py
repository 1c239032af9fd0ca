"""The shipped digits, loaded once, and small made-up sets."""

import os

import numpy as np
import pytest

from digits20 import Digits, load_csv
from digits20.system.shipped import shipped


def pytest_xdist_auto_num_workers(config):
    """One more than cores: some test is always waiting for a process of its own."""
    return (os.cpu_count() or 1) + 1


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
