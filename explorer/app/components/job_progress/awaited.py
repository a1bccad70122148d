"""A sentence in the place of a result that is not there yet: the page is drawn again as soon as its work begins or ends."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from explorer.app import backend
from explorer.runs import jobs


class AwaitedBlock(TypedDict):
    """What stands in the place of a result.

    Attributes:
        text: a quiet sentence.
        works: that make the result, as ``kind:name of the run``.
        done: how many of them were finished when this was drawn.
        active: whether one of them waited or ran then.
    """

    kind: Literal["awaited"]
    text: str
    works: list[str]
    done: int
    active: bool


def awaited(text: str, kind: str, run: str) -> AwaitedBlock:
    """Return the place of a result.

    Args:
        text: that stands there; nothing is drawn where it is empty.
        kind: of the work that makes it.
        run: name or id of its run; the work may be done under any of its names.
    """
    runs = backend.runs()
    names = [name for name, run_id in runs.items() if run_id == runs.get(run, run)] or [run]
    works = [f"{kind}:{name}" for name in names]
    done = sum(jobs.finished(works).values())
    return {"kind": "awaited", "text": text, "works": works, "done": done, "active": is_active(works)}


def is_active(works: Sequence[str]) -> bool:
    """Return whether one of these works waits or runs."""
    return any(job.active and f"{job.kind}:{job.name}" in works for job in jobs.jobs())
