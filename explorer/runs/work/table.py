"""The rows of the table ``jobs``; what later versions know beside its columns stands in ``config``, so that older rows stay valid."""

import json
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from explorer.runs.database import database
from explorer.runs.work.job import Job, of_row

# A person looks at the latest; what the program does unasked is listed while it waits or runs.
LISTED = 20
ACTIVE = "state IN ('waiting', 'running')"
ASKED = "NOT coalesce(json_extract(config, '$.background'), 0)"
# In the order in which they were asked for, whatever the clock said then.
LATEST = f"SELECT rowid FROM jobs WHERE {ASKED} ORDER BY rowid DESC LIMIT {LISTED}"
# Whose turn it is: a person's work first, each in the order of asking where nothing else was said.
TURNS = f"{ASKED} DESC, coalesce(json_extract(config, '$.turn'), rowid), rowid"


def listed(connection: sqlite3.Connection) -> list[Job]:
    """Return the latest jobs that were asked for and all that wait or run, the newest first."""
    return _found(connection, f"{ACTIVE} OR rowid IN ({LATEST}) ORDER BY rowid DESC")


def running(connection: sqlite3.Connection) -> list[Job]:
    """Return the jobs that run, as far as their rows say."""
    return _found(connection, "state = 'running' ORDER BY rowid")


def waiting(connection: sqlite3.Connection) -> list[Job]:
    """Return the jobs that wait, in the order of their turns."""
    return _found(connection, f"state = 'waiting' ORDER BY {TURNS}")


def by_id(connection: sqlite3.Connection, job: str) -> Job | None:
    """Return a job, or None where there is none of this id."""
    return next(iter(_found(connection, "id = ?", (job,))), None)


def finished(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many jobs of each ``kind:name of the run`` are done."""
    kind = "coalesce(json_extract(config, '$.kind'), 'build')"
    return dict(
        connection.execute(
            f"SELECT {kind} || ':' || name, count(*) FROM jobs WHERE state = 'done' GROUP BY 1"
        ).fetchall()
    )


def _found(connection: sqlite3.Connection, where: str, values: Sequence[Any] = ()) -> list[Job]:
    cursor = connection.execute(f"SELECT rowid AS place, * FROM jobs WHERE {where}", values)
    names = [column[0] for column in cursor.description]
    return [of_row(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def insert(connection: sqlite3.Connection, job: str, name: str, config: dict[str, Any]) -> None:
    """Add a job that waits for its turn."""
    now = time.time()
    row = (job, name, json.dumps(config), 0, "waiting", "", 0.0, 1.0, "[]", "", now, now)
    connection.execute(f"INSERT INTO jobs VALUES ({','.join('?' * len(row))})", row)


def begin(connection: sqlite3.Connection, job: str, pid: int) -> None:
    """Say that a waiting job runs now in the process ``pid``."""
    connection.execute(
        "UPDATE jobs SET state = 'running', pid = ?, stage = 'Starting', started = ?, updated = ? WHERE id = ?",
        (pid, time.time(), time.time(), job),
    )


def put_back(connection: sqlite3.Connection, job: str) -> None:
    """Let a running job wait again; what it finished is kept and used when its turn comes."""
    connection.execute(
        "UPDATE jobs SET state = 'waiting', pid = 0, stage = '', done = 0, message = '' WHERE id = ?", (job,)
    )


def adopt(connection: sqlite3.Connection, job: Job) -> None:
    """Make work that the program does unasked a person's own, the latest that was asked for."""
    connection.execute(
        "UPDATE jobs SET config = json_remove(json_set(config, '$.background', json('false')), '$.turn'), "
        "rowid = (SELECT max(rowid) + 1 FROM jobs) WHERE id = ?",
        (job.id,),
    )


def place(connection: sqlite3.Connection, job: str, turn: float) -> None:
    """Give a job that waits another turn."""
    connection.execute("UPDATE jobs SET config = json_set(config, '$.turn', ?) WHERE id = ?", (turn, job))


def keep_moved(connection: sqlite3.Connection, job: str) -> None:
    """Remember that a person chose the turn of a job."""
    connection.execute("UPDATE jobs SET config = json_set(config, '$.moved', json('true')) WHERE id = ?", (job,))


def forget_background(connection: sqlite3.Connection, kind: str = "", name: str = "") -> None:
    """Remove what the program would do unasked and has not begun; of one kind and run where these are given."""
    connection.execute(
        f"DELETE FROM jobs WHERE state = 'waiting' AND NOT {ASKED} AND ? IN ('', json_extract(config, '$.kind')) "
        "AND ? IN ('', name)",
        (kind, name),
    )


def update(job: str, known: dict[str, Any] | None = None, **changes: Any) -> None:
    """Change columns of a job that is running, and entries of its ``config``; one that was stopped stays as it is.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    entries = known or {}
    config = [f"config = json_set(config{', ?, json(?)' * len(entries)})"] if entries else []
    values = [part for name, value in entries.items() for part in (f"$.{name}", json.dumps(value))]
    assignments = ", ".join([*config, *(f"{column} = ?" for column in changes)])
    with database() as connection:
        connection.execute(
            f"UPDATE jobs SET {assignments} WHERE id = ? AND state = 'running'", (*values, *changes.values(), job)
        )
