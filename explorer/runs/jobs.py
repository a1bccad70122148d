"""The queue of long works: one runs, the others wait for their turn; what a person asks for goes before what nobody asked for.

Beside a long work one short work runs, so that nobody waits minutes for what takes seconds.
"""

import dataclasses
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.runs.build.request import Config
from explorer.runs.database import database, reading
from explorer.runs.edits import edit_scope
from explorer.runs.work import durations, order, table, worker_process
from explorer.runs.work.job import ACTIVE, Job
from explorer.runs.work.reporter import Reporter

__all__ = [
    "ACTIVE",
    "Job",
    "Reporter",
    "advance",
    "cancel",
    "clear_background",
    "finished",
    "jobs",
    "move",
    "resume",
    "start",
    "start_build",
]


def start_build(config: Config, name: str) -> str:
    """Start a build, or let it wait for its turn, and return the job's id."""
    return start("build", name, [*config.to_argv(), "--run", name])


def start(kind: str, name: str, argv: Sequence[str], background: bool = False) -> str:
    """Start a command of the program in a process of its own, or let it wait for its turn, and return the job's id.

    The same work that waits or runs already is not begun twice. Work that a person asks for goes before all that the program
    does unasked: what of that runs is stopped, keeps what it finished, and waits again.

    Args:
        kind: what is done, such as ``build``.
        name: of the run it is done for.
        argv: command line, to which ``--job`` is added.
        background: nobody asked for it; it begins when :func:`advance` is told that it may.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    new, left = uuid.uuid4().hex[:12], durations.seconds(kind, name, argv, background)
    asked = Job(new, kind, name, "waiting", "", 0, 1, [], "", 0, 0, argv, edit_scope.owner(), background, left=left)
    with _changing() as (connection, stopped):
        same = next((job for job in _active(connection) if job.work == asked.work), None)
        job = same or asked
        if same is None:
            _insert(connection, asked)
        if not background:
            if same is not None and same.background:
                table.adopt(connection, same)
                worker_process.go_on(same)
            stopped += _put_back_background(connection)
            if same is None:  # the smaller one that the program would do unasked must not replace a person's result
                table.forget_background(connection, kind, name)
            _begin_next(connection)
    return job.id


def _insert(connection: sqlite3.Connection, job: Job) -> None:
    command: dict[str, Any] = {"kind": job.kind, "words": list(job.argv), "owner": job.owner}
    command |= {"left": job.left} | ({"background": True} if job.background else {})
    turn = order.turn_of(job, table.waiting(connection))
    table.insert(connection, job.id, job.name, command | ({} if turn is None else {"turn": turn}))


def jobs() -> list[Job]:
    """Return the latest jobs and all that wait or run, the newest first; the next one begins where its turn has come.

    One whose process is gone without a word has failed.
    """
    listed = _listed()
    gone = [job for job in listed if _is_over(job)]
    for job in gone:
        _settle(job)
    asked = order.in_turn(job for job in listed if job.state == "waiting" and not job.background)
    busy = [job for job in listed if job.state == "running" and job not in gone and not job.background]
    if order.next_up(busy, asked):
        with suppress(ExplorerError):  # a full disk; whoever looks next tries again
            advance()
        return _listed()
    return [_as_settled(job) if job in gone else job for job in listed]


def finished(works: Sequence[str]) -> dict[str, int]:
    """Return how often each work, a ``kind:name of the run``, was done until now."""
    with reading() as connection:
        counts = table.finished(connection)
    return {work: counts.get(work, 0) for work in works}


def _listed() -> list[Job]:
    with reading() as connection:
        return table.listed(connection)


def _is_over(job: Job) -> bool:
    """Return whether a job seems to run and its process is gone."""
    return bool(job.state == "running" and job.pid and not worker_process.alive(job))


def _settle(job: Job) -> None:
    """Mark a job whose process ended as failed, with its last words; one that said how it ended in time stays so."""
    with suppress(ExplorerError):  # a full disk; it is found to have ended again the next time
        table.update(job.id, state="failed", message=worker_process.last_words(job.id))


def _as_settled(job: Job) -> Job:
    with reading() as connection:
        now = table.by_id(connection, job.id)
    if now is None or now.state != "running":
        return now or job
    return dataclasses.replace(now, state="failed", message=worker_process.last_words(job.id))


def advance(background: bool = False) -> None:
    """Begin the work whose turn it is, if none runs; that which nobody asked for only where ``background`` is true.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    with _changing() as (connection, stopped):
        if any(not job.background for job in table.waiting(connection)):
            stopped += _put_back_background(connection)
        _begin_next(connection, background)


def resume(job: Job) -> str:
    """Start the same work again, with the same person's edits, and return the new job's id; what was finished is used."""
    with edit_scope.as_owner(job.owner):
        return start(job.kind, job.name, job.argv)


def cancel(job: str) -> None:
    """Stop a job, or take it out of the queue; what it finished is kept and used by the next one of the same request."""
    with _changing() as (connection, stopped):
        found = table.by_id(connection, job)
        if found is not None and found.active:
            connection.execute("UPDATE jobs SET state = 'cancelled' WHERE id = ?", (job,))
            stopped.append(found)
        _begin_next(connection)


def move(job: str, way: str) -> None:
    """Let a work that waits go before all others (``first``), or one place ``up`` or ``down``; one that does not wait stays.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    with _changing() as (connection, _):
        waiting = table.waiting(connection)
        found = next((each for each in waiting if each.id == job), None)
        if found is not None:
            for each, turn in order.moved(found, way, waiting).items():
                table.place(connection, each, turn)
            table.keep_moved(connection, job)


def clear_background() -> None:
    """Stop what the program does unasked and forget what it would do, as a server does that ends."""
    with _changing() as (connection, stopped):
        stopped += _put_back_background(connection)
        table.forget_background(connection)


@contextmanager
def _changing() -> Iterator[tuple[sqlite3.Connection, list[Job]]]:
    """Yield a connection that alone may change the queue, and a list whose jobs are stopped when the change is kept.

    A row and its process appear together: who is killed in between leaves no job that seems to run for ever, and where the
    row cannot be written, the process is killed.
    """
    stopped: list[Job] = []
    before: set[str] | None = None
    try:
        with database() as connection:
            connection.execute("BEGIN IMMEDIATE")
            before = worker_process.children()
            yield connection, stopped
    except ExplorerError:
        for begun in worker_process.children() - before if before is not None else ():
            worker_process.discard(begun)
        raise
    for job in stopped:
        worker_process.stop(job)


def _active(connection: sqlite3.Connection) -> list[Job]:
    return [*(job for job in table.running(connection) if not _is_over(job)), *table.waiting(connection)]


def _put_back_background(connection: sqlite3.Connection) -> list[Job]:
    """Let what the program does unasked wait again, and return it, to be stopped."""
    found = [job for job in table.running(connection) if job.background]
    for job in found:
        table.put_back(connection, job.id)
    return found


def _begin_next(connection: sqlite3.Connection, background: bool = False) -> None:
    """Begin the work whose turn it is, if it may begin now."""
    running = [job for job in table.running(connection) if not _is_over(job)]
    first = order.next_up(running, table.waiting(connection))
    if first is not None and (background or not first.background):
        table.begin(connection, first.id, worker_process.spawn(first, _after))


def _after() -> None:
    """Settle what has ended and begin what waits, after a process has ended."""
    with suppress(ExplorerError):  # a full disk; whoever looks next tries again
        jobs()
