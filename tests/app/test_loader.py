"""The browser's modules: what is served, under which address, and what of it a page names."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.routing import Router

from explorer.app.components import loader
from explorer.app.components.blocks import blocks

BLOCKS = "components/blocks/blocks.js"


def answered(path):
    """Status, headers and content of the answer to a path, as the server hands it on: percent signs are resolved."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    with ThreadPoolExecutor(1) as one:  # other tests' browser has a loop in this thread
        one.submit(asyncio.run, Router(loader.ROUTES)(scope, None, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_module_is_served_for_good():
    status, headers, content = answered(f"{loader.address()}/{BLOCKS}")
    assert (status, content) == (200, (loader.APP / BLOCKS).read_bytes())
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["components/loader.py", "../ui/server.py", "x.js", "/etc/passwd", ""])
def test_nothing_else_is_served(name):
    assert answered(f"{loader.address()}/{name}")[0] == 404


def test_an_older_address_is_none():
    assert answered(f"/modules/0123456789abcdef/{BLOCKS}")[0] == 404


@pytest.mark.parametrize("name", loader.modules())
def test_every_import_of_a_module_is_known(name):
    source = re.sub(r"/\*.*?\*/", "", loader.modules()[name].decode(), flags=re.DOTALL)
    assert len(loader._IMPORT.findall(source.encode())) == len(re.findall(r'from "\.', source))
    assert name in loader.needed(name)


def test_every_kind_has_the_files_that_draw_it():
    for part in set(blocks._RARE.values()):
        assert loader.needed(f"{part}.js")
        assert (loader.APP / f"{part}.css").is_file()
