"""What the tests of several tabs share."""

import pytest
from page.browser import chromium
from page.test_app import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page as `digits20 page` starts it, in a folder of its own."""
    chromium()
    server = Server(tmp_path_factory.mktemp("page"))
    yield server
    server.stop()
