"""Several people on one server: each browser is given a name of its own, under which its edits are kept."""

import os
import re
import secrets
from ipaddress import ip_address

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.runs import owners

COOKIE = "influence-explorer"
# A school year; whoever comes back later begins without edits.
KEPT_SECONDS = 365 * 24 * 3600
# ``apart`` or ``together``, against what the server's address suggests.
VARIABLE = "EXPLORER_EDITS"
TOGETHER = "All tabs and the command line share these edits."
APART = "These edits are this browser's own; others who use this server do not see them."


def apart() -> bool:
    """Return whether each browser has edits of its own: by wish, else where the server can be reached from elsewhere."""
    asked = os.environ.get(VARIABLE, "")
    return asked == "apart" or (asked != "together" and not _alone(st.get_option("server.address")))


def _alone(address: str | None) -> bool:
    """Return whether only this computer reaches an address."""
    if address == "localhost":
        return True
    return bool(address and re.fullmatch(r"[\d.:a-f]+", address) and ip_address(address).is_loopback)


def sentence() -> str:
    """Return who sees the edits."""
    return APART if owners.owner() else TOGETHER


def browser() -> str:
    """Return the name of the browser that is served by this thread; nothing where edits are everybody's."""
    if get_script_run_ctx() is None or not apart():
        return os.environ.get(owners.VARIABLE, "")
    return st.context.cookies.get(COOKIE, "")


class Named:
    """Gives each browser that asks for a page a name, where it has none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a page's answer carries the name."""
        if scope["type"] != "http" or not apart() or owners.OWNER.fullmatch(Request(scope).cookies.get(COOKIE, "")):
            await self.app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    name = secrets.token_hex(8)
                    headers.append(
                        "set-cookie", f"{COOKIE}={name}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax"
                    )
            await send(message)

        await self.app(scope, receive, named)
