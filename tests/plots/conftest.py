"""An empty Axes to draw on."""

import pytest


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()
