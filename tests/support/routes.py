"""Routes of the server, asked without a server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from starlette.routing import Router

from explorer.app import browser_identity


def answered(routes, path, cookie="", **state):
    """Status, headers and content of the answer to an address."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", f"{browser_identity.COOKIE}={cookie}".encode())] if cookie else []
    scope = {"type": "http", "method": "GET", "path": f"/{path}", "headers": headers, "root_path": ""}
    scope |= {"query_string": urlencode(state).encode()}
    with ThreadPoolExecutor(1) as one:  # other tests' browser has a loop in this thread
        one.submit(asyncio.run, Router(routes)(scope, None, send)).result()
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])
