"""A review to take along, at an address of its own: ``/review/RUN/FORM``."""

import threading

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.app import backend, browser_identity
from explorer.app.table_routes import as_file
from explorer.core.errors import ExplorerError, sentence, unknown
from explorer.core.files import megabytes
from explorer.runs import store
from explorer.runs.edits import edit_scope
from explorer.runs.review.forms import FORMS
from explorer.runs.review.hugging_face import encoded
from explorer.runs.run import Run

# A file with all pictures lies in the server's memory until it is sent; larger ones are the command's work.
MOST_BYTES = 300 * 2**20
WITH_PICTURES = "huggingface"
# Pictures by which the size of all is judged.
SEEN = 50
KINDS = {".csv": "text/csv", ".json": "application/json", ".parquet": "application/octet-stream"}
_one = threading.Lock()


def review(request: Request) -> Response:
    """Respond with the review of a run in a form, or with 404 and the reason in one sentence."""
    run_name, form = request.path_params["run"], request.path_params["form"]
    try:
        if form not in FORMS:
            raise unknown("form", form[:40], list(FORMS))
        run = backend.run(store.resolve(run_name))
        with _one, edit_scope.as_owner(browser_identity.browser_of(request)):
            content = _content(run, run_name, form)
    except (ExplorerError, OSError) as error:
        return PlainTextResponse(sentence(error), status_code=404)
    ending = FORMS[form][0]
    headers = {"Content-Disposition": as_file(f"{run_name}-review-{form}{ending}"), "Cache-Control": "no-store"}
    return Response(content, media_type=KINDS[ending], headers=headers | {"X-Content-Type-Options": "nosniff"})


def _content(run: Run, name: str, form: str) -> bytes:
    if form == WITH_PICTURES and (size := _size(run)) > MOST_BYTES:
        raise ExplorerError(
            f"The pictures of this run take about {megabytes(size)}, too much for a browser; write the file by: "
            f"python -m explorer export --run {name} --what review --form {form} --output review{FORMS[form][0]}"
        )
    return FORMS[form][1](run)


def _size(run: Run) -> int:
    """Return about how many bytes the training pictures have, by some of them from the first to the last."""
    count = len(run.train_labels)
    rows = range(0, count, max(1, count // SEEN))
    pictures = run.dataset.train.pictures
    seen = [len(encoded(pictures, run.picture_row("train", row))) for row in rows]
    return count * sum(seen) // max(1, len(seen))


ROUTES = [Route("/review/{run:str}/{form:str}", review)]
