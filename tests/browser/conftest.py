"""The servers that a real browser visits."""

import os

import pytest

from tests.support.servers import served


@pytest.fixture(scope="module")
def server():
    """The address of a server of this module's own: its first request is the first that it ever gets."""
    with served(os.environ["EXPLORER_HOME"]) as address:
        yield address


@pytest.fixture(scope="session")
def reading_server(run):
    """The address of one server for all tests that only look: they write no edit, and keep no picture."""
    with served(run.folder.parents[1]) as address:
        yield address
