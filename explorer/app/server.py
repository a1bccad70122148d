"""The server's own routes (thumbnails, redirects), its middleware, and what it loads at its start."""

import gc
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from threadpoolctl import threadpool_limits

from explorer.app import backend, browser_identity, check_routes, picture_routes, review_routes, table_routes, work
from explorer.app.background import supervisor
from explorer.app.components import loader
from explorer.app.components.scatter import crowd
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.core.resources import bundled
from explorer.runs import store
from explorer.runs.edits import edit_scope
from explorer.runs.own_pictures.external_image import MOST_BYTES
from explorer.runs.thumbnails import data_address, encoded

PAGES = sorted(bundled("pages").glob("*.py"))
FIRST = "overview"  # stands at the root; Streamlit knows no other address of the first page
# Encoded thumbnails in memory: 20,000 of 3 kB are 60 MB, of 9 kB 180.
THUMBNAILS = 20_000
# A page's script and the thread that sends its messages take turns this often; Python's own 5 ms add up on each click.
SWITCH_SECONDS = 0.001
# Larger pictures come by their own address: 48 of them in one message would be slower than the requests. Of 9 kB, drawn ones of 64
# px, they are not: a click then takes half of the browser's time.
INLINE_BYTES = 10_000


def thumbnail_url(run_id: str, side: str, index: int) -> str:
    """Return the address of a thumbnail; ``side`` is ``"train"`` or ``"test"``."""
    return f"/thumbs/{run_id}/{side}/{index}"


async def thumbnail(request: Request) -> Response:
    """Respond with one picture, or with 404 and the reason."""
    path = request.path_params
    try:
        content, kind = _encoded(picture_routes.checked_run(path["run_id"]), path["side"], path["index"])
    except (ExplorerError, OSError) as error:
        return PlainTextResponse(str(error), status_code=404)
    return Response(content, media_type=kind, headers=picture_routes.FOREVER)


def inline_thumbnail(run_id: str, side: str, index: int) -> str:
    """Return a small thumbnail as a ``data:`` address; an empty text for a large or a missing one.

    Forty-eight requests at once take a browser 300 ms; the same pictures inside the page's own message take 5.
    """
    try:
        content, kind = _encoded(run_id, side, index)
    except (ExplorerError, OSError):
        return ""
    return data_address(content, kind) if len(content) <= INLINE_BYTES else ""


@keyed_cache(THUMBNAILS)
def _encoded(run_id: str, side: str, index: int) -> tuple[bytes, str]:
    return encoded(backend.run(run_id), side, index)


@asynccontextmanager
async def warm_up(app: Any) -> AsyncIterator[None]:
    """Open the default run while the server starts, so that no click waits for it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    MultiPartParser.spool_max_size = (
        MOST_BYTES  # a picture dropped on Explain touches no disk; larger uploads are data, and stored
    )
    # Two people's products in two threads each wait for one another in a spin: clicks took six times as long.
    threadpool_limits(1, user_api="blas")
    edit_scope.sharing_mode()  # raises where it is mistyped: people would share edits that they meant to keep apart
    edit_scope.set_resolver(browser_identity.browser_id)
    threading.Thread(target=_warm_default, daemon=True).start()
    unasked = supervisor.begin()
    yield
    unasked.end()


def _warm_default() -> None:
    store.tidy()
    with suppress(ExplorerError, OSError):  # the page that opens it says what is wrong
        run_id = backend.runs().get("default")
        if run_id:
            _ = backend.run(run_id).dataset
            backend.warm_run(run_id).warm_methods()
            if supervisor.is_wanted():
                picture_routes.worker.prepare(run_id)  # who opens the first page may ask for a map at once
    gc.collect()
    gc.freeze()  # what is loaded by now stays; searching it for garbage again and again would interrupt clicks


async def refuse_nested_health(request: Request) -> Response:
    """Tell the browser that a page's path is not the server's root, without an error in its console.

    On a deep link (``/explain``) Streamlit's script asks for ``/explain/_stcore/health`` first and for the right path
    only when that fails; a status of 404 would be printed as an error, 304 fails as well and is not.
    """
    return Response(status_code=304)


# What the first drawing of a page will need; each further module would cost a round trip then.
PRELOADED = {
    "/map": "components/scatter/scatter.js",
    "/suspects": "pages/suspects/review/review.js",
    "/learn": "pages/learn/lesson/plane/plane.js",
}
EVERYWHERE = ("components/blocks/blocks.js", "components/bar/bar.js")
NAMED = [
    Middleware(browser_identity.BrowserIdentityMiddleware),
    Middleware(loader.Preload, every=EVERYWHERE, pages=PRELOADED),
    Middleware(picture_routes.MapsAhead),
]


async def redirect_to_page(request: Request) -> Response:
    """Lead from a path below a page, where Streamlit would show nothing at all, to the page; its parameters stay."""
    page = request.url.path.split("/")[1].replace(FIRST, "")
    return RedirectResponse(f"/{page}" + (f"?{request.url.query}" if request.url.query else ""))


ROUTES = [
    *loader.ROUTES,
    Route("/work", work.respond),
    Route("/{page:str}/_stcore/{question:str}", refuse_nested_health),
    *(Route(f"/{page.stem}/{{rest:path}}", redirect_to_page) for page in PAGES),
    *check_routes.ROUTES,
    *picture_routes.ROUTES,
    *table_routes.ROUTES,
    *review_routes.ROUTES,
    *crowd.ROUTES,
    Route("/thumbs/{run_id:str}/{side:str}/{index:int}", thumbnail),
]
