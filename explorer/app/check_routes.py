"""The route of small pictures of data that were checked and that no run was built on yet."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.runs.build.preflight_store import modified
from explorer.runs.build.sample_pictures import content_of, load_samples

# Checks whose pictures are in memory; those of one take up to 1 MB.
KEPT = 8


@keyed_cache(KEPT)
def samples_of(key: str, changed: int) -> list[list[str]]:
    """Return the pictures of a check as data addresses, by class; ``changed`` is when the check was kept."""
    return load_samples(key)


def sample(request: Request) -> Response:
    """Respond with a picture of a class of a check, or with 404 and the reason."""
    key, label, place = (request.path_params[name] for name in ("key", "label", "place"))
    try:
        content, kind = content_of(samples_of(key, modified(key))[label][place])
    except (ExplorerError, IndexError, OSError):
        return PlainTextResponse("There is no such picture.", status_code=404)
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=kind, headers=headers)


ROUTES = [Route("/checked/{key:str}/{label:int}/{place:int}", sample)]
