"""The address ``/work``: which long work runs now and which waits, for the strip on every page."""

import time
from collections.abc import Sequence
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from explorer.app.background import pausing
from explorer.app.components.job_progress.kinds import result_address, title_of
from explorer.app.components.job_progress.turns import Turn, turns
from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.runs import jobs

# Every open page asks once or twice a second; so long one reading of the table is for all of them.
FRESH_SECONDS = 0.25
# Results that one page waits for, at most; and the different questions about them that are answered from memory.
MOST_AWAITED, QUESTIONS = 20, 16


class WorkEntry(TypedDict):
    """One long work.

    Attributes:
        id: of the job.
        kind: ``build``, ``trust`` and so on.
        title: what a screen calls it.
        run: name of the run it is done for.
        stage: what is being done; empty while it waits.
        share: of the whole work, 0 to 1; it never runs back.
        left: seconds that it takes from now, or, while it waits, once it begins; None where that is not known.
        starts: seconds until it begins; 0 for the one that runs, None where that is not known.
        turn: 1 for the one that runs, 2 for the next.
        background: whether nobody asked for it.
        href: the link to its result.
    """

    id: str
    kind: str
    title: str
    run: str
    stage: str
    share: float
    left: float | None
    starts: float | None
    turn: int
    background: bool
    href: str


class WorkSummary(TypedDict):
    """What runs and what waits.

    Attributes:
        running: the work that runs; None where none does.
        waiting: in the order of their turns.
        paused: whether what nobody asked for stands still because people click.
        done: how many works have finished of each that was asked about, as ``kind:name of the run``.
    """

    running: WorkEntry | None
    waiting: list[WorkEntry]
    paused: bool
    done: dict[str, int]


def summary(awaited: Sequence[str] = ()) -> WorkSummary:
    """Return which long work runs and which waits, some 250 ms old at most.

    Args:
        awaited: works whose finished ones are counted.
    """
    now = (str(home.root()), int(time.monotonic() / FRESH_SECONDS))
    return {**_summary(*now), "done": _done(*now, *awaited) if awaited else {}}


@keyed_cache(QUESTIONS)
def _done(_home: str, _moment: int, *awaited: str) -> dict[str, int]:
    return jobs.finished(awaited)


@keyed_cache(1)
def _summary(_home: str, _moment: int) -> WorkSummary:
    found = list(turns(jobs.jobs()).values())
    running = [_entry(turn) for turn in found if turn.job.state == "running"]
    waiting = [_entry(turn) for turn in found if turn.job.state == "waiting"]
    return {
        "running": running[0] if running else None,
        "waiting": waiting,
        "paused": pausing.standing_still(),
        "done": {},
    }


def _entry(turn: Turn) -> WorkEntry:
    job = turn.job
    return {
        "id": job.id,
        "kind": job.kind,
        "title": title_of(job),
        "run": job.name,
        "stage": job.stage,
        "share": round(job.share, 4),
        "left": job.left,
        "starts": turn.starts,
        "turn": turn.place,
        "background": job.background,
        "href": result_address(job),
    }


def respond(request: Request) -> Response:
    """Respond with the summary as JSON; with nothing running where the table cannot be read."""
    try:
        found = summary(sorted(set(request.query_params.getlist("await")))[:MOST_AWAITED])
    except (ExplorerError, OSError):
        found = WorkSummary(running=None, waiting=[], paused=False, done={})
    return JSONResponse(found, headers={"Cache-Control": "no-store"})
