"""Whose turn it is among the long works, and how long the others wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.app.components.job_progress.kinds import run_words, title_of
from explorer.runs import jobs
from explorer.runs.run import Run
from explorer.runs.work.order import in_turn

# How a place in the queue is said; later ones are numbered.
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True)
class Turn:
    """The place of a job in the queue.

    Attributes:
        job: that waits or runs.
        place: 1 for the one that runs, 2 for the next.
        starts: seconds until it begins; 0 for the one that runs, None where that is not known.
        running: the job that runs now, if any.
        is_first: whether it is the first of those that wait like it: what people asked for, or what the program does unasked.
        is_last: whether it is the last of those.
    """

    job: jobs.Job
    place: int
    starts: float | None
    running: jobs.Job | None
    is_first: bool = False
    is_last: bool = False


def turns(listed: Sequence[jobs.Job]) -> dict[str, Turn]:
    """Return the turns of all jobs that wait or run, in their order, by the jobs' ids.

    Args:
        listed: jobs, the newest first.
    """
    running = [job for job in listed if job.state == "running"]
    waiting = in_turn(job for job in reversed(listed) if job.state == "waiting")
    found = {job.id: Turn(job, place, 0.0, running[0]) for place, job in enumerate(running, 1)}
    lefts = [job.left for job in running]
    starts = None if None in lefts else max((left for left in lefts if left is not None), default=0.0)
    for place, job in enumerate(waiting, len(running) + 1):
        alike = [other.id for other in waiting if other.background == job.background]
        ends = job.id == alike[0], job.id == alike[-1]
        found[job.id] = Turn(job, place, starts, running[0] if running else None, *ends)
        starts = None if starts is None or job.left is None else starts + job.left
    return found


def waiting_sentence(turn: Turn) -> str:
    """Return whose turn is before a waiting job's: "It is second in the queue; now Audit of default runs, about 40 s left." """
    if turn.job.background:
        return f"It begins {_in(turn.starts)} and shows here as soon as it is there. Whatever you start goes first."
    if turn.running is None:
        return "It begins in a moment."
    place = PLACES[turn.place - 1] if turn.place <= len(PLACES) else f"number {turn.place}"
    left = f", {turn.running.message}" if turn.running.message else ""
    return f"It is {place} in the queue; now {title_of(turn.running)} of {run_words(turn.running.name)} runs{left}."


def short_sentence(turn: Turn) -> str:
    """Return a job's place in a list of all: "number 2, begins in about 3 minutes, takes about 40 seconds"."""
    takes = "" if turn.job.left is None else f", takes {duration(turn.job.left)}"
    return f"number {turn.place}, begins {_in(turn.starts)}{takes}"


def _in(seconds: float | None) -> str:
    if seconds is None:
        return "when its turn comes"
    return "in a moment" if seconds < 5 else f"in {duration(seconds)}"


def of_trainings(run: Run, count: float) -> str:
    """Return how long so many trainings of a run's network take, as its own took; empty where the network came trained."""
    once = run.manifest.seconds.get("network", 0.0)
    return duration(count * once) if once else ""


def duration(seconds: float) -> str:
    """Return a span of time as a person says it: "about 40 seconds", "about 3 minutes", "about 5 hours"."""
    if seconds < 5:
        return "some seconds"
    if seconds < 90:
        return f"about {round(seconds, -1) or 5:.0f} seconds"
    return f"about {round(seconds / 60)} minutes" if seconds < 7200 else f"about {round(seconds / 3600)} hours"
