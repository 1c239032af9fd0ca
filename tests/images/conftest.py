"""An image of the shipped digits that pictures are made of."""

import pytest

SEVEN = 3507  # written with a pen of middling width


@pytest.fixture(scope="session")
def seven(digits):
    return digits.X[SEVEN]
