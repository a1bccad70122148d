"""Tables to take along, at an address of their own: ``/export/RUN/WHAT.csv`` and ``.json``, with what is asked for behind it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.app import backend, browser_identity
from explorer.app.components.methods.whole_methods import offered_methods
from explorer.core.errors import ExplorerError, sentence, unknown
from explorer.runs import selections, store
from explorer.runs.edits import edit_scope
from explorer.runs.prediction_filter import PredictionFilter
from explorer.runs.results import tables
from explorer.runs.results.tables import Table
from explorer.runs.run import Run
from explorer.runs.table_files import TYPES, form_of, table_bytes

# A table, and what is in it as the name of its file says it.
Named = tuple[Table, str]
State = Mapping[str, str]


def answer(request: Request) -> Response:
    """Respond with a table, or with 404 and the reason in one sentence."""
    run_name, name = request.path_params["run"], request.path_params["name"]
    try:
        form, run = form_of(name), backend.run(store.resolve(run_name))
        with edit_scope.as_owner(browser_identity.browser_of(request)):
            table, about = _table(name.rpartition(".")[0])(run, request.query_params)
    except (ExplorerError, OSError) as error:
        return PlainTextResponse(sentence(error), status_code=404)
    headers = {"Content-Disposition": as_file(f"{run_name}-{about}.{form}"), "Cache-Control": "no-store"}
    return Response(
        table_bytes(table, form), media_type=TYPES[form], headers=headers | {"X-Content-Type-Options": "nosniff"}
    )


def as_file(name: str) -> str:
    """Return the header under which a browser saves a file; names of classes may hold any letters."""
    safe = re.sub(r"[^\w.-]+", "-", name)[-120:]
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe)}"


def _table(what: str) -> Callable[[Run, State], Named]:
    if what not in TABLES:
        raise unknown("table", what[:40], list(TABLES))
    return TABLES[what]


def _predictions(run: Run, state: State) -> Named:
    if state.get("side") == "train":
        return tables.predictions(run, "train"), "training-images"
    names = [field.name for field in fields(PredictionFilter)]
    asked = PredictionFilter(**{name: state[name] for name in names if name in state}).checked()
    cell = [name for name in (asked.label, asked.predicted) if name in run.class_names]
    parts = [
        "predictions",
        *([asked.show] if asked.show != "all" else []),
        *cell,
        *([asked.find] if asked.find else []),
    ]
    return tables.predictions(run, "test", asked.rows(run)), "-".join(parts)


def _suspects(run: Run, state: State) -> Named:
    trusted = state.get("trusted", "all")
    if trusted not in ("all", "even", "marked"):  # the command line also takes a file, which no address may open
        raise unknown("set of trusted images", trusted[:40], ["all", "even", "marked"])
    audit = backend.audit(run.id, trusted)
    if audit is None:
        raise ExplorerError("There is no such audit of this run yet; start it on Suspects.")
    return tables.suspect_table(audit), "suspects"


def _edits(run: Run, _: State) -> Named:
    return tables.edits_table(run), "edits"


def _selection(run: Run, state: State) -> Named:
    chosen = selections.of_run(state.get("selection", ""), run)
    return tables.selection(run, {"train": chosen.train, "test": chosen.test}), "selection"


def _explanation(run: Run, state: State) -> Named:
    index, top = (_number(state, name) for name in ("test", "top"))
    method, target = state.get("method") or run.default_method, state.get("target") or None
    if method not in offered_methods(run):
        raise unknown("method", method[:40], offered_methods(run))
    found = backend.explain(run.id, run.check_test(index), method, top, target)
    return tables.explanation_table(run, found), f"test-image-{found.index}-{method}"


def _number(state: State, name: str) -> int:
    given = state.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise ExplorerError(f"{name} in the address is {given[:40]!r}; it must be a whole number.")
    return int(given)


# What a table is called in the address: what makes it from a run and the parameters.
TABLES: dict[str, Callable[[Run, State], Named]] = {
    "predictions": _predictions,
    "suspects": _suspects,
    "edits": _edits,
    "selection": _selection,
    "explanation": _explanation,
}
ROUTES: list[Route] = [Route("/export/{run:str}/{name:str}", answer)]
