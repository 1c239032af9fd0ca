"""An image of the shipped digits that pictures are made of."""

import pytest

SEVEN = 3507  # written with a pen of middling width


@pytest.fixture(scope="session")
def seven(digits):
    return digits.X[SEVEN]


@pytest.fixture(autouse=True)
def time_to_decode(monkeypatch):
    """Of the clock, which a busy machine may need."""
    monkeypatch.setattr("digits20.images.decode_process.SECONDS", 120)
