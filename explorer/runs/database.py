"""The one SQLite file: jobs, trials and edits. Rows are written whole, and several processes may write at once (WAL)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

from explorer import home
from explorer.errors import ExplorerError
from explorer.files import lock, readable_errors

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, name TEXT, config TEXT, pid INTEGER, state TEXT, stage TEXT, done REAL, total REAL,
    curve TEXT, message TEXT, started REAL, updated REAL)""",
    """CREATE TABLE IF NOT EXISTS trials (
    id INTEGER PRIMARY KEY, run TEXT, test INTEGER, method TEXT, removed TEXT, predicted REAL, measured REAL,
    made REAL)""",
    """CREATE TABLE IF NOT EXISTS edits (
    id INTEGER PRIMARY KEY, data TEXT NOT NULL, step INTEGER NOT NULL, side TEXT NOT NULL,
    row INTEGER NOT NULL, action TEXT NOT NULL, value TEXT NOT NULL, image TEXT NOT NULL, author TEXT NOT NULL,
    made REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS edits_of_data ON edits (data, id)",
)
# Raised with every change of SCHEMA; 0 is a file from before there were edits. It is kept as PRAGMA user_version.
VERSION = 1


@contextmanager
def database(durable: bool = False) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are kept if the block ends well.

    Args:
        durable: wait until the disk has what was written, so that not even a power cut loses it.

    Raises:
        ExplorerError: the file cannot be opened or written, is no database, or was written by a newer version.
    """
    with readable_errors(home.home()):
        home.home().mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(home.database(), timeout=30)) as connection:
            if _version(connection) < VERSION:
                _migrate(connection)
            _keep_open(home.database())
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with connection:
                yield connection
    except sqlite3.DatabaseError as error:
        raise ExplorerError(_sentence(error)) from error


# A test or a tool may move from home to home; no process works in many.
@lru_cache(maxsize=4)
def _keep_open(path: Path) -> sqlite3.Connection:
    """Hold the file open: whoever closes the last connection copies the log into the file, 15 ms for every edit."""
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    connection.execute("PRAGMA user_version").fetchone()
    return connection


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the file; nothing is written, so that a newer one stays as it is."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > VERSION:
        message = f"{home.database()} was written by a newer version of this program (schema {found}, known are 0 to {VERSION}) and is left as it is."
        raise ExplorerError(f"{message} Update the program, or set EXPLORER_HOME to another folder.")
    return found


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring a new or an older file to this version in one transaction; only one process at a time does it."""
    with lock(home.database()):
        connection.execute("PRAGMA journal_mode=WAL")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) < VERSION:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={VERSION}")


def _sentence(error: sqlite3.DatabaseError) -> str:
    """Return what a person reads of SQLite's refusal."""
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        message = f"{home.database()} is no database that can be read ({error}); it is left as it is."
        return f"{message} Move it away, or set EXPLORER_HOME to another folder."
    return f"{home.database()} cannot be used: {error}. Free some space, or set EXPLORER_HOME to a folder that can be written."
