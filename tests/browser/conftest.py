"""The servers that a real browser visits."""

import os

import pytest
from playwright.sync_api import expect

from tests.support.chromium import loaded_once, visited
from tests.support.servers import served

# What is expected may take as long as what is waited for, which is ms too: on a busy machine a page is drawn in many seconds.
expect.set_options(timeout=30_000)


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


@pytest.fixture(scope="module")
def tab(somebody):
    """The tab of a visitor who is here already, and goes from page to page by links."""
    with visited(somebody) as page:
        yield loaded_once(page)
