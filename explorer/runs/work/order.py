"""Whose turn it is: short work goes before long work and beside it, and a person may arrange what waits."""

from collections.abc import Iterable, Sequence

from explorer.runs.work.job import Job

# Work that is expected to take no longer goes before what takes longer, and begins beside what runs that long still.
SHORT_SECONDS, LONG_SECONDS = 15.0, 30.0
# Kinds of work whose results other works of the same run need: none goes before these.
MAKERS = ("build", "audit")
# Ways to move a work that waits.
MOVES = ("first", "up", "down")


def is_short(job: Job) -> bool:
    """Return whether nobody should have to wait long for a work's turn."""
    return job.left is not None and job.left <= SHORT_SECONDS


def is_long(job: Job) -> bool:
    """Return whether a work takes so long, or nobody knows how long, that short work does not wait for it."""
    return job.left is None or job.left > LONG_SECONDS


def needs(job: Job, other: Job) -> bool:
    """Return whether a work may need what another one makes."""
    return other.name == job.name and other.kind in MAKERS


def in_turn(jobs: Iterable[Job]) -> list[Job]:
    """Return works that wait in the order of their turns: what people ask for, then what the program does unasked."""
    return sorted(jobs, key=lambda job: (job.background, job.turn))


def turn_of(job: Job, waiting: Sequence[Job]) -> float | None:
    """Return the turn of a new work that goes before others; None where it comes last.

    It goes before what takes longer, but never before what it needs, nor before what a person has moved.

    Args:
        job: that begins to wait.
        waiting: in the order of their turns.
    """
    alike = [other for other in waiting if other.background == job.background]
    if not is_short(job):
        return None
    least = max((at for at, other in enumerate(alike, 1) if other.moved or needs(job, other)), default=0)
    place = next((at for at in range(least, len(alike)) if not is_short(alike[at])), len(alike))
    if place == len(alike):
        return None
    after = alike[place].turn
    return (alike[place - 1].turn + after) / 2 if place else after - 1


def next_up(running: Sequence[Job], waiting: Sequence[Job]) -> Job | None:
    """Return the work that begins now: the first where nothing runs, else a person's short one beside a long one.

    Args:
        running: works whose processes run.
        waiting: in the order of their turns.
    """
    if not running:
        return next(iter(waiting), None)
    (first, *more) = running
    if more or first.background or not is_long(first):
        return None
    free = (job for at, job in enumerate(waiting) if _may_overtake(job, first, waiting[:at]))
    return next(free, None)


def _may_overtake(job: Job, running: Job, before: Sequence[Job]) -> bool:
    """Return whether a short work may begin beside what runs: it needs nothing of that, and no person arranged it otherwise."""
    arranged = bool(before) and job.moved
    return is_short(job) and not (job.background or arranged or any(needs(job, other) for other in (running, *before)))


def moved(job: Job, way: str, waiting: Sequence[Job]) -> dict[str, float]:
    """Return the new turns, by the jobs' ids, after a waiting work has gone one of ``MOVES``; only those that change.

    What the program does unasked stays behind what people ask for.
    """
    alike = [other for other in waiting if other.background == job.background]
    at = next(at for at, other in enumerate(alike) if other.id == job.id)
    to = {"first": 0, "up": max(0, at - 1), "down": min(len(alike) - 1, at + 1)}[way]
    order = [*alike[:at], *alike[at + 1 :]]
    order.insert(to, alike[at])
    turns = [other.turn for other in alike]
    return {other.id: turn for other, turn in zip(order, turns, strict=True) if other.turn != turn}
