import pytest

from digits20 import Network, Objective


@pytest.fixture
def convex(small):
    """A softmax regression with decay: one minimum."""
    return Objective(Network((9, 3), output="softmax"), small, lam=3)
