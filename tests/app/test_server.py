"""Where the server listens, who is told what of it, and which answers name a browser."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request

from explorer.app import browser_identity, server
from explorer.cli import app as serving
from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_scope

ANNA = "a" * 16


@pytest.mark.parametrize(
    ("address", "wish", "said"),
    [
        ("127.0.0.1", "", False),
        ("localhost", "", False),
        ("::1", "", False),
        ("127.0.0.2", "", False),
        ("cafe", "", True),
        ("1.2", "", True),
        ("0.0.0.0", "", True),
        (None, "", True),
        ("explorer.example", "", True),
        ("127.0.0.1", "apart", True),
        ("0.0.0.0", "together", False),
    ],
)
def test_people_are_kept_apart_where_others_can_come(monkeypatch, address, wish, said):
    monkeypatch.setenv(edit_scope.WISH, wish)
    monkeypatch.setattr(browser_identity.st, "get_option", {"server.address": address}.get)
    assert browser_identity.edits_are_separate() == said


def test_another_address_needs_the_names_by_which_it_is_called(explorer, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    monkeypatch.delenv("STREAMLIT_SERVER_ALLOWED_HOSTS", raising=False)
    answer = explorer("app")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "say also under which names browsers will call it, such as STREAMLIT_SERVER_ALLOWED_HOSTS=" in answer.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_an_address_of_this_computer_needs_no_names(monkeypatch, address):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", address)
    monkeypatch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", "")  # so that it is put back
    monkeypatch.delenv("STREAMLIT_SERVER_ALLOWED_HOSTS")
    assert serving.listening_address() == address
    assert address in os.environ.get("STREAMLIT_SERVER_ALLOWED_HOSTS", serving.ADDRESS).split()
    assert serving._bracketed(address) == {"::1": "[::1]"}.get(address, address)


def finished(work):
    """Wait for asynchronous work in a thread of its own: the driver of other tests' browser has a loop in this one."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, work).result()


def test_a_mistyped_wish_is_refused_at_the_start(explorer, monkeypatch):
    monkeypatch.setenv(edit_scope.WISH, "appart")
    answer = explorer("app")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert (
        "EXPLORER_EDITS is 'appart'; it may be apart (each browser has edits of its own) or together" in answer.stderr
    )
    with pytest.raises(ExplorerError, match="EXPLORER_EDITS is 'appart'"):
        finished(server.warm_up(None).__aenter__())


def answered(status, content, **headers):
    """What a browser without a name is told with an answer."""
    sent = []

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": content})

    async def keep(message):
        sent.append(dict(message["headers"]))

    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    finished(browser_identity.BrowserIdentityMiddleware(page)(scope, None, keep))
    return Request({"type": "http", "headers": list(sent[0].items())}).headers.get("set-cookie", "")


def test_a_page_that_the_browser_holds_already_names_it_too(monkeypatch):
    monkeypatch.setenv(edit_scope.WISH, "apart")
    page = [(b"content-type", b"text/html; charset=utf-8")]
    assert answered(200, page).startswith("influence-explorer=")
    assert answered(304, [], accept="text/html,*/*").startswith("influence-explorer=")
    assert answered(304, [], accept="*/*") == ""
    assert answered(200, [(b"content-type", b"text/css")], accept="text/html,*/*") == ""
    assert answered(304, [], accept="text/html,*/*", cookie=f"influence-explorer={ANNA}") == ""
