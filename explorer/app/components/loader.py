"""The browser's side of the program: JavaScript modules under an address of their own, style sheets inside a page's message.

A message names its modules only. The browser fetches each of them once and keeps it, because their address changes with their
content (decision 0015). Style sheets travel with the message, so that they are in place before anything is drawn.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

APP = Path(__file__).resolve().parents[1]
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
# How a module names another one; Biome writes it so.
_IMPORT = re.compile(rb'^(?:import|\} from|export)[^"\n]*?"(\.{1,2}/[^"]+)";$', re.MULTILINE)
# A module that Streamlit runs has an address of its own (blob:), below which no other module stands: hence the origin. The
# modules are kept once all are here; where fetching them failed, the next drawing tries again.
_OPENING = """const [names, all] = %s;
const address = (name) => new URL(`%s/${name}`, window.location.origin).href;
const opened = () => {
  for (const name of all) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: address(name) }));
  return Promise.all(names.map((name) => import(address(name))));
};
let modules;
export default async function (component) {
  modules ??= await opened();
  const [entry, ...more] = modules;
  return entry.default(component, more);
}
"""


@cache
def modules() -> dict[str, bytes]:
    """Return the content of every JavaScript module by its path below ``explorer/app/``, read once."""
    return {path.relative_to(APP).as_posix(): path.read_bytes() for path in sorted(APP.rglob("*.js"))}


@cache
def address() -> str:
    """Return the address below which the modules stand; it is another one as soon as a byte of them is."""
    content = hashlib.sha256()
    for name, source in modules().items():
        content.update(f"{name}\0{len(source)}\0".encode() + source)
    return f"/modules/{content.hexdigest()[:16]}"


@cache
def needed(script: str) -> tuple[str, ...]:
    """Return a module and all that it imports, each once, so that a browser can fetch them at once and not one by one.

    Raises:
        KeyError: a module, or one that it imports, does not exist.
    """
    names = {script: None}
    waiting = [script]
    while waiting:
        one = waiting.pop()
        for given in _IMPORT.findall(modules()[one]):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(one), given.decode()))
            if name not in names:
                names[name] = None
                waiting.append(name)
    return tuple(names)


async def module(request: Request) -> Response:
    """Answer with a module, or 404; a name is looked up among the modules and never becomes a path."""
    source = modules().get(request.path_params["name"])
    if source is None or not request.url.path.startswith(f"{address()}/"):
        return PlainTextResponse("There is no such module. Reload the page.", status_code=404)
    return Response(source, media_type="text/javascript", headers=HEADERS)


def component(name: str, scripts: Sequence[str], styles: Sequence[str]) -> Callable[..., Any]:
    """Return a Streamlit component that draws into ``<div class="NAME">``.

    Args:
        name: of the component and of the class of its root.
        scripts: modules, as paths below ``explorer/app/``. The first one's default export is called with the component and a
            list of the other modules at every drawing.
        styles: style sheets, as such paths, in the order in which their rules apply.

    Raises:
        KeyError: a module does not exist.
    """
    every = dict.fromkeys(name for script in scripts for name in needed(script))
    css = "\n".join((APP / style).read_text(encoding="utf-8") for style in styles)
    js = _OPENING % (json.dumps([list(scripts), list(every)]), address())
    parts = [Path(script).stem for script in scripts[1:]]
    root = f'<div class="{name}"></div>'
    return st.components.v2.component("-".join((name, *parts)), html=root, css=css, js=js)


class Preload:
    """Names the modules that a page needs in the answer with the page, so that they come while Streamlit starts."""

    def __init__(self, app: ASGIApp, every: Sequence[str], pages: Mapping[str, str]) -> None:
        """Wrap an app.

        Args:
            app: that answers.
            every: the modules that all pages need.
            pages: path of a page to one more that it needs.
        """
        self.app = app
        self.links = {path: _links(*every, script) for path, script in pages.items()}
        self.link = _links(*every)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a page's answer names the modules."""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", self.links.get(scope["path"], self.link))
            await send(message)

        await self.app(scope, receive, named if scope["type"] == "http" else send)


def _links(*scripts: str) -> str:
    names = dict.fromkeys(name for script in scripts for name in needed(script))
    return ", ".join(f"<{address()}/{name}>; rel=modulepreload" for name in names)


ROUTES = [Route("/modules/{digest:str}/{name:path}", module)]
