"""The shipped digits, loaded once, and small made-up sets."""

import numpy as np
import pytest

from digits20 import Digits, load_csv
from digits20.shipped import shipped


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
