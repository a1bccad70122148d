"""Routes of single pictures: as large as a screen, what is known of them, and where in them an influence lies."""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.app import backend, screen_text
from explorer.app.background import supervisor
from explorer.app.components.methods.whole_methods import FITTED, WHOLE_METHODS, has_whole_methods
from explorer.attribution import ESTIMATORS
from explorer.core.errors import ExplorerError, unknown
from explorer.core.keyed_cache import keyed_cache
from explorer.runs import selections, store
from explorer.runs.edits.exchange import file_of
from explorer.runs.influence_maps.map_worker import MapWorker
from explorer.runs.run import Run
from explorer.runs.thumbnails import SCREEN, encoded

# A run's id is a hash of its pictures, so what such an address shows can never change.
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
# Pictures and maps in memory: a photograph that fills a screen takes 0.5 MB, a map of both sides 0.1 MB.
PICTURES, MAPS = 64, 256
# Pages with a test image beside training images, or one click away from that.
PAIRED = ("/", "/predictions", "/explain", "/training_image", "/compare")
worker = MapWorker()
Endpoint = Callable[[Request], Response]


def checked_run(run_id: str) -> str:
    """Return ``run_id`` if a run has it; an address may name anything.

    Raises:
        ExplorerError: no run has it.
    """
    if run_id not in backend.runs().values() and store.resolve(run_id) != run_id:
        raise ExplorerError("There is no such run.")
    return run_id


def _or_404(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint answer with 404 and the reason where there is nothing to be had; it runs in a thread of its own."""

    @wraps(endpoint)
    def answered(request: Request) -> Response:
        try:
            return endpoint(request)
        except (ExplorerError, OSError) as error:
            return PlainTextResponse(str(error), status_code=404)

    return answered


@_or_404
def picture(request: Request) -> Response:
    """Respond with a picture in its own size, at most as large as a screen."""
    path = request.path_params
    content, kind = _picture(checked_run(path["run_id"]), path["side"], path["index"])
    return Response(content, media_type=kind, headers=FOREVER)


@keyed_cache(PICTURES)
def _picture(run_id: str, side: str, index: int) -> tuple[bytes, str]:
    return encoded(backend.run(run_id), side, index, SCREEN)


@_or_404
def facts(request: Request) -> Response:
    """Respond with what a picture is labelled, what the model says of it and its file, each with its name."""
    path = request.path_params
    return JSONResponse(picture_facts(checked_run(path["run_id"]), path["side"], path["index"]), headers=FOREVER)


def picture_facts(run_id: str, side: str, index: int) -> dict[str, Any]:
    """Return ``{"facts": [[name, value], …], "file": …}`` of a picture; ``file`` is empty where pictures are no files.

    Raises:
        ExplorerError: there is no such side or picture.
    """
    run = backend.run(run_id)
    if side not in ("train", "test"):
        raise unknown("side", side[:40], ["train", "test"])
    row, names = run.check(side, index), run.class_names
    label, shares = names[run.labels(side)[row]], run.probabilities(side)[row]
    says = names[int(shares.argmax())]
    sure = f"{'✓' if says == label else '✗'} {says} {screen_text.probability(float(shares.max()))}"
    return {
        "facts": [
            ["Labelled", label],
            [f"{FITTED.capitalize()} says" if has_whole_methods(run) else "The model says", sure],
        ],
        "file": file_of(run, side, run.picture_row(side, row)),
    }


@_or_404
def saliency(request: Request) -> Response:
    """Respond with a PNG that lies over one of two pictures: yellow where the score of the one on the other hangs most.

    Where there is no such map the answer is the reason, as text: not to have one is no fault of the address.
    """
    path, run_id = request.path_params, checked_run(request.path_params["run_id"])
    if path["side"] not in ("train", "test"):
        raise unknown("side", path["side"][:40], ["train", "test"])
    try:
        check_has_map(path["method"])
        layers = _layers(run_id, path["test"], path["train"], request.query_params.get("target") or None)
    except ExplorerError as reason:
        return PlainTextResponse(str(reason), headers={"Cache-Control": "no-store"})
    return Response(layers[path["side"]], media_type="image/png", headers=FOREVER)


def check_has_map(method: str) -> None:
    """Refuse a method whose scores are others than those of which the map is made.

    Raises:
        ExplorerError: there is no such method, or it does not predict what a refit changes.
    """
    if method in WHOLE_METHODS:
        raise ExplorerError(
            f"Where in a picture is computed for the last layer; {WHOLE_METHODS[method].title} has no such map."
        )
    if method not in ESTIMATORS:
        raise unknown("method", method[:40], list(ESTIMATORS))
    if ESTIMATORS[method].unit != "nats":
        raise ExplorerError(f"Where in a picture is computed for newton and influence; {method} has no such map.")


@keyed_cache(MAPS)
def _layers(run_id: str, test: int, train: int, target: str | None) -> dict[str, bytes]:
    backend.run(run_id)  # compares all checksums
    return worker.layers(run_id, {"test": test, "train": train, "target": target})


@_or_404
def prepare_saliency(request: Request) -> Response:
    """Start what computes the maps of a run, so that the first one is there sooner; where nothing is computed unasked, do not."""
    run_id = checked_run(request.path_params["run_id"])
    if supervisor.is_wanted():
        worker.prepare(run_id)
    return Response(status_code=204)


class MapsAhead:
    """Starts what computes maps when a browser asks for a page that shows pairs: it is ready about when the page stands."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["path"] in PAIRED and supervisor.is_wanted():
            given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("run", "default")
            threading.Thread(target=_prepare, args=(given,), daemon=True).start()
        await self.app(scope, receive, send)


def _prepare(name: str) -> None:
    with suppress(ExplorerError, OSError):  # the page says what is wrong
        worker.prepare(checked_run(backend.runs().get(name, name)))


@_or_404
def classes(request: Request) -> Response:
    """Respond with the classes of a run, in the order of its labels."""
    run = backend.run(checked_run(request.path_params["run_id"]))
    return JSONResponse(run.class_names, headers=FOREVER)


@_or_404
def save_selection(request: Request) -> Response:
    """Keep a choice of images and respond with its key; ``train`` and ``test`` are rows with commas between them."""
    run = backend.run(checked_run(request.path_params["run_id"]))
    chosen = {side: _rows(run, side, request.query_params.get(side, "")) for side in ("train", "test")}
    return JSONResponse(selections.save_sides(run.id, {side: rows for side, rows in chosen.items() if rows}))


def _rows(run: Run, side: str, text: str) -> list[int]:
    if not re.fullmatch(r"([0-9]{1,9}(,[0-9]{1,9})*)?", text):
        raise ExplorerError("The chosen images cannot be read; choose them again.")
    return [run.check(side, int(part)) for part in text.split(",") if part]


ROUTES = [
    Route("/classes/{run_id:str}", classes),
    Route("/selections/{run_id:str}", save_selection, methods=["POST"]),
    Route("/pictures/{run_id:str}/{side:str}/{index:int}", picture),
    Route("/facts/{run_id:str}/{side:str}/{index:int}", facts),
    Route("/saliency/{run_id:str}", prepare_saliency, methods=["POST"]),
    Route("/saliency/{run_id:str}/{method:str}/{test:int}/{train:int}/{side:str}", saliency),
]
