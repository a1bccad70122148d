"""Which browser a request comes from: a random id in a cookie, under which that browser's edits are stored."""

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
COOKIE_SECONDS = 365 * 24 * 3600
# Key in the session of the id of a browser that sent no cookie.
SESSION = "browser"
TOGETHER = "All tabs and the command line share these decisions."
APART = (
    "These decisions are this browser's own. A run that is refitted with them, and the changes in it, can be opened by whoever "
    "knows its id or name."
)


def edits_are_separate() -> bool:
    """Return whether each browser has edits of its own: as EXPLORER_EDITS says, else where the server has other visitors."""
    mode = edit_scope.sharing_mode()
    return mode == "apart" or (not mode and not edit_scope.is_loopback(st.get_option("server.address")))


def sharing_sentence() -> str:
    """Return the sentence that says who sees the edits."""
    return APART if edit_scope.owner() else TOGETHER


def browser_id() -> str:
    """Return the id of the browser that this thread serves; empty where all share their edits.

    A browser that refuses cookies has an id for as long as its tab is connected: its edits must not become everybody's.
    """
    if get_script_run_ctx() is None or not edits_are_separate():
        return os.environ.get(edit_scope.VARIABLE, "")
    cookie = st.context.cookies.get(COOKIE, "")
    if edit_scope.OWNER.fullmatch(cookie):
        return cookie
    return str(st.session_state.setdefault(SESSION, secrets.token_hex(8)))


def browser_of(request: Request) -> str:
    """Return the id of the browser that a request comes from; empty where all share their edits.

    One that sends no cookie has no edits.
    """
    if not edits_are_separate():
        return os.environ.get(edit_scope.VARIABLE, "")
    return request.cookies.get(COOKIE, "") if _has_cookie(request) else secrets.token_hex(8)


def is_remembered() -> bool:
    """Return whether this browser finds its edits again later: all share them, or it keeps its cookie."""
    return not edits_are_separate() or bool(edit_scope.OWNER.fullmatch(st.context.cookies.get(COOKIE, "")))


def _has_cookie(request: Request) -> bool:
    return bool(edit_scope.OWNER.fullmatch(request.cookies.get(COOKIE, "")))


class BrowserIdentityMiddleware:
    """ASGI middleware that sets the cookie with a page, for a browser that has none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the cookie to the response where it is a page."""
        if scope["type"] != "http" or not edits_are_separate() or _has_cookie(Request(scope)):
            await self.app(scope, receive, send)
            return
        asks_for_page = "text/html" in Request(scope).headers.get("accept", "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # a page that the browser holds already comes without a type
                page = (
                    asks_for_page
                    if message["status"] == 304
                    else headers.get("content-type", "").startswith("text/html")
                )
                if page:
                    new_id = secrets.token_hex(8)
                    headers.append(
                        "set-cookie", f"{COOKIE}={new_id}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
                    )
            await send(message)

        await self.app(scope, receive, send_with_cookie)
