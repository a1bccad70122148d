"""Several people on one server: each browser is given a name of its own, under which its edits are kept."""

import os
import secrets

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.runs.edits import edit_scope

COOKIE = "influence-explorer"
# A school year; whoever comes back later begins without edits.
KEPT_SECONDS = 365 * 24 * 3600
# Where a session whose browser sent no name keeps the one that it is given.
SESSION = "browser"
TOGETHER = "All tabs and the command line share these edits."
APART = (
    "These edits are this browser's own. A run that is refitted with them, and the edits in it, can be opened by whoever "
    "knows its id or name."
)


def edits_are_separate() -> bool:
    """Return whether each browser has edits of its own: by wish, else where the server can be reached from elsewhere."""
    asked = edit_scope.wish()
    return asked == "apart" or (not asked and not edit_scope.alone(st.get_option("server.address")))


def sharing_sentence() -> str:
    """Return who sees the edits."""
    return APART if edit_scope.owner() else TOGETHER


def browser_id() -> str:
    """Return the name of the browser that is served by this thread; nothing where edits are everybody's.

    One that refuses cookies has a name for as long as its tab is connected: it must not fall into everybody's edits.
    """
    if get_script_run_ctx() is None or not edits_are_separate():
        return os.environ.get(edit_scope.VARIABLE, "")
    given = st.context.cookies.get(COOKIE, "")
    return (
        given if edit_scope.OWNER.fullmatch(given) else str(st.session_state.setdefault(SESSION, secrets.token_hex(8)))
    )


def is_remembered() -> bool:
    """Return whether this browser will be known again: its edits are everybody's, or it keeps the name that it is given."""
    return not edits_are_separate() or bool(edit_scope.OWNER.fullmatch(st.context.cookies.get(COOKIE, "")))


def _named(request: Request) -> bool:
    return bool(edit_scope.OWNER.fullmatch(request.cookies.get(COOKIE, "")))


class BrowserIdentityMiddleware:
    """Gives each browser that asks for a page a name, where it has none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a page's answer carries the name."""
        if scope["type"] != "http" or not edits_are_separate() or _named(Request(scope)):
            await self.app(scope, receive, send)
            return
        wanted = "text/html" in Request(scope).headers.get("accept", "")

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # a page that the browser holds already comes without a type
                page = wanted if message["status"] == 304 else headers.get("content-type", "").startswith("text/html")
                if page:
                    name = secrets.token_hex(8)
                    headers.append(
                        "set-cookie", f"{COOKIE}={name}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax"
                    )
            await send(message)

        await self.app(scope, receive, named)
