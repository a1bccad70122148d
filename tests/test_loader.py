"""The browser's modules: what is served, under which address, and what of it a page names."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.app.components import loader
from explorer.ui import blocks

BLOCKS = "components/blocks/blocks.js"


@pytest.fixture(scope="module")
def client():
    return TestClient(Starlette(routes=loader.ROUTES))


def test_a_module_is_served_for_good(client):
    answer = client.get(f"{loader.address()}/{BLOCKS}")
    assert answer.content == (loader.APP / BLOCKS).read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["components/loader.py", "%2e%2e/ui/server.py", "..%2fui%2fserver.py", "x.js", "/etc/passwd"]
)
def test_nothing_else_is_served(client, name):
    assert client.get(f"{loader.address()}/{name}").status_code == 404


def test_an_older_address_is_none(client):
    assert client.get(f"/modules/0123456789abcdef/{BLOCKS}").status_code == 404


@pytest.mark.parametrize("name", loader.modules())
def test_every_import_of_a_module_is_known(name):
    source = re.sub(r"/\*.*?\*/", "", loader.modules()[name].decode(), flags=re.DOTALL)
    assert len(loader._IMPORT.findall(source.encode())) == len(re.findall(r'from "\.', source))
    assert name in loader.needed(name)


def test_every_kind_has_the_files_that_draw_it():
    for part in set(blocks._RARE.values()):
        assert loader.needed(f"{part}.js")
        assert (loader.APP / f"{part}.css").is_file()
