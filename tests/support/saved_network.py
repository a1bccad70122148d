"""A small network and the checkpoint that a person saved of it, for every module of tests that names this plugin."""

import pytest

from tests.support.networks import network, saved


@pytest.fixture(scope="module")
def net():
    return network()


@pytest.fixture(scope="module")
def path(net, tmp_path_factory):
    return saved(net.state_dict(), tmp_path_factory.mktemp("weights") / "mine.pth")
