"""Long work in a process of its own: a row in SQLite says how far it is, so any page, tab or restart can show it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.core.files import readable_errors
from explorer.core.resources import PACKAGE
from explorer.runs.build.request import Config
from explorer.runs.database import database, reading
from explorer.runs.edits import edit_scope

# Seconds between two writes of a worker's progress: often enough to look alive, seldom enough to cost nothing.
WRITE_SECONDS = 0.25
# A worker yields to the pages: they must answer within 300 ms while it computes.
NICE = 10
SILENT = "It ended without a word: it was killed, or the disk was full."


@dataclass(frozen=True)
class Job:
    """Long work in the background.

    Attributes:
        kind: ``build``, ``trust`` or ``retrain``.
        name: of the run.
        state: ``running``, ``done``, ``failed`` or ``cancelled``.
        done: finished units of ``stage``, of ``total``.
        curve: training losses so far, ``[epoch, loss]``.
        message: why it failed; while it runs, how long the stage still takes.
        argv: its command line; empty where an older version began it.
        owner: whose edits it reads and writes; empty where all share them.
    """

    id: str
    kind: str
    name: str
    state: str
    stage: str
    done: float
    total: float
    curve: list[list[float]]
    message: str
    started: float
    updated: float
    argv: Sequence[str] = ()
    owner: str = ""

    @property
    def share(self) -> float:
        """Finished share of the stage, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


def start_build(config: Config, name: str) -> str:
    """Start a build in a process of its own and return the job's id."""
    return start("build", name, [*config.to_argv(), "--run", name])


def start(kind: str, name: str, argv: Sequence[str]) -> str:
    """Start a command of the program in a process of its own and return the job's id.

    Args:
        kind: what is done, such as ``build``.
        name: of the run it is done for.
        argv: command line, to which ``--job`` is added.
    """
    job = uuid.uuid4().hex[:12]
    try:
        # The row and its process appear together: who is killed in between leaves no job that seems to run for ever.
        with database() as connection:
            connection.execute("BEGIN IMMEDIATE")
            _running[job] = _process(job, argv)
            _insert(connection, job, kind, name, argv)
    except ExplorerError:
        if job in _running:
            _running.pop(job).kill()
        raise
    return job


def _insert(connection: sqlite3.Connection, job: str, kind: str, name: str, words: Sequence[str]) -> None:
    pid, now = _running[job].pid, time.time()
    command = json.dumps({"kind": kind, "words": list(words), "owner": edit_scope.owner()})
    row = (job, name, command, pid, "running", "Starting", 0.0, 1.0, "[]", "", now, now)
    connection.execute(f"INSERT INTO jobs VALUES ({','.join('?' * len(row))})", row)


def _process(job: str, words: Sequence[str]) -> "subprocess.Popen[bytes]":
    log = home.root() / "jobs" / f"{job}.log"
    with readable_errors(log.parent):
        log.parent.mkdir(exist_ok=True)
        with log.open("w") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "explorer", *words, "--job", job, "--json"],
                stdout=subprocess.DEVNULL,
                stderr=stream,
                cwd=PACKAGE.parent,
                env=edit_scope.environment(),
                start_new_session=True,
                preexec_fn=lambda: os.nice(NICE),
            )


_running: dict[str, "subprocess.Popen[bytes]"] = {}


def jobs() -> list[Job]:
    """Return all jobs, the newest first; one whose process is gone without a word has failed."""
    with reading() as connection:
        connection.row_factory = sqlite3.Row
        # in the order in which they were started, whatever the clock said then
        rows = connection.execute("SELECT * FROM jobs ORDER BY rowid DESC LIMIT 20").fetchall()
    return [_job(dict(row)) for row in rows]


def resume(job: Job) -> str:
    """Start the same work again, with the same person's edits, and return the new job's id; what was finished is used."""
    with edit_scope.as_owner(job.owner):
        return start(job.kind, job.name, job.argv)


def cancel(job: str) -> None:
    """Stop a job; what it finished is kept and used by the next build of the same request."""
    with database() as connection:
        row = connection.execute("SELECT pid FROM jobs WHERE id = ? AND state = 'running'", (job,)).fetchone()
        connection.execute("UPDATE jobs SET state = 'cancelled' WHERE id = ? AND state = 'running'", (job,))
    if row and row[0] and _alive(job, row[0]):
        os.kill(row[0], signal.SIGTERM)


def _job(row: dict[str, Any]) -> Job:
    if row["state"] == "running" and row["pid"] and not _alive(row["id"], row["pid"]):
        row |= _ended(row["id"])
    config, curve = json.loads(row["config"]), json.loads(row["curve"])
    del row["pid"], row["config"], row["curve"]
    command = {"kind": config.get("kind", "build"), "argv": config.get("words", []), "owner": config.get("owner", "")}
    return Job(**row, **command, curve=curve)


def _ended(job: str) -> dict[str, str]:
    """Mark a job whose process ended: done where it said so in time, else failed with its last words."""
    log = home.root() / "jobs" / f"{job}.log"
    words = log.read_text(errors="replace").strip().splitlines() if log.is_file() else []
    with database() as connection:
        state = connection.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()[0]
    if state != "running":
        return {"state": state}
    changes = {"state": "failed", "message": words[-1].removeprefix("Error: ") if words else SILENT}
    with suppress(ExplorerError):  # a full disk; it is found to have ended again the next time
        _update(job, **changes)
    return changes


def _alive(job: str, pid: int) -> bool:
    """Return whether the worker runs; a child of this process is reaped on the way."""
    if job in _running:
        return _running[job].poll() is None
    try:
        return job.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _update(job: str, **changes: Any) -> None:
    assignments = ", ".join(f"{column} = ?" for column in changes)
    with database() as connection:
        connection.execute(f"UPDATE jobs SET {assignments} WHERE id = ?", (*changes.values(), job))


@dataclass
class Reporter:
    """Progress into the job's row."""

    job: str
    last: float = 0.0
    stage: str = ""
    begun: tuple[float, float] = (0.0, 0.0)
    curve: list[list[float]] = field(default_factory=list)

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Write how far the work is, at most every ``WRITE_SECONDS``."""
        if "loss" in figures:
            self.curve.append([round(done, 4), round(figures["loss"], 5)])
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.begun = stage, (now, done)
        if now - self.last >= WRITE_SECONDS or done >= total:
            self.last = now
            left = time_left(now - self.begun[0], done - self.begun[1], total - done)
            row = {"stage": stage, "done": done, "total": total, "message": left, "updated": time.time()}
            _update(self.job, curve=json.dumps(self.curve), **row)

    def finish(self) -> None:
        """Say that the work is done."""
        _update(self.job, state="done", stage="Done", done=1.0, total=1.0, message="", updated=time.time())


def time_left(seconds: float, finished: float, open_: float) -> str:
    """Return how long the open units take if they go on as the finished ones did; nothing before any is finished."""
    if finished <= 0 or open_ <= 0:
        return ""
    left = seconds / finished * open_
    return f"about {left:.0f} s left" if left < 90 else f"about {left / 60:.0f} min left"
