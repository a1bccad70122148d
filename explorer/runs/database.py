"""The one SQLite file: jobs, trials and edits. Rows are written whole, and several processes may write at once (WAL)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.checksums import digest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, readable_errors, room

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, name TEXT, config TEXT, pid INTEGER, state TEXT, stage TEXT, done REAL, total REAL,
    curve TEXT, message TEXT, started REAL, updated REAL)""",
    """CREATE TABLE IF NOT EXISTS trials (
    id INTEGER PRIMARY KEY, run TEXT, test INTEGER, method TEXT, removed TEXT, predicted REAL, measured REAL,
    made REAL, seal TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS edits (
    id INTEGER PRIMARY KEY, data TEXT NOT NULL, step INTEGER NOT NULL, side TEXT NOT NULL,
    row INTEGER NOT NULL, action TEXT NOT NULL, value TEXT NOT NULL, image TEXT NOT NULL, author TEXT NOT NULL,
    made REAL NOT NULL, seal TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS edits_of_data ON edits (data, id)",
)
# Raised with every change of SCHEMA; 0 is a file from before there were edits, 1 from before rows were sealed. It is kept as
# PRAGMA user_version.
VERSION = 2
# Rows that are only ever added; each carries the checksum of itself.
SEALED = ("trials", "edits")
# What a change takes at most beside the file itself: its pages in the log, and what processes share.
CHANGE_BYTES = 2**20
# What SQLite says of a full disk; its lowest byte is the kind of an error, the others tell more.
FULL, PRIMARY = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN), 0xFF


@contextmanager
def database(durable: bool = False) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are kept if the block ends well.

    Args:
        durable: wait until the disk has what was written, so that not even a power cut loses it.

    Raises:
        ExplorerError: the file cannot be opened or written, is no database, or was written by a newer version.
    """
    with readable_errors(home.root()):
        home.root().mkdir(parents=True, exist_ok=True)
    try:
        with closing(_opened(home.database())) as connection:
            if _version(connection) < VERSION:
                _migrate(connection)
                release()  # it was opened when there was no log yet, and would not keep one open
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with connection:
                yield connection
    except sqlite3.DatabaseError as error:
        raise ExplorerError(_sentence(error)) from error


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """Yield a connection to read from, also where the disk is full: an empty database where there is no file.

    Raises:
        ExplorerError: what :func:`database` raises.
    """
    if home.database().is_file() and home.database().stat().st_size:  # a full disk leaves an empty one
        with database() as connection:
            yield connection
    else:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(_empty())
            yield connection


@cache
def _empty() -> bytes:
    """Return an empty database; a page reads fourteen times, and laying its tables out takes 1 ms."""
    with closing(sqlite3.connect(":memory:")) as connection:
        _lay_out(connection)
        connection.commit()
        return connection.serialize()


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection; on a full disk, where nothing can be shared between processes, one that has the file alone."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        _version(connection)
        _keep_open(path, path.stat().st_ino)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & PRIMARY not in FULL:
            raise
        connection.close()
        connection = sqlite3.connect(path, timeout=30)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection


# The files that are held open, by path and by what tells a file that was removed from the one that is there again. A test or a tool
# may move from home to home; no process works in many.
_held: dict[tuple[Path, int], sqlite3.Connection] = {}
MOST_HELD = 4


def _keep_open(path: Path, file: int) -> None:
    """Hold the file open: whoever closes the last connection copies the log into the file, 15 ms for every edit."""
    if (path, file) in _held:
        return
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    if (verdict := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        connection.close()
        raise _damaged(verdict)
    if len(_held) >= MOST_HELD:
        release()
    if _held.setdefault((path, file), connection) is not connection:  # another thread was faster
        connection.close()


def release() -> None:
    """Close what is held open. A connection refers to itself: dropped, it would stay open until the collector comes by."""
    while _held:
        with suppress(KeyError):  # two threads may come at once
            _held.popitem()[1].close()


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the file; nothing is written, so that a newer one stays as it is."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        message = f"{home.database()} was written by a newer version of this program (schema {version}, known are 0 to {VERSION}) and is left as it is."
        raise ExplorerError(f"{message} Update the program, or set EXPLORER_HOME to another folder.")
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring a new or an older file to this version in one transaction; only one process at a time does it."""
    with lock(home.database()):
        connection.execute("PRAGMA journal_mode=WAL")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) < VERSION:
                _lay_out(connection)


def _lay_out(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA:
        connection.execute(statement)
    for table in SEALED:
        if "seal" not in [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN seal TEXT NOT NULL DEFAULT ''")
        seal(connection, table)
    connection.execute(f"PRAGMA user_version={VERSION}")


def seal(connection: sqlite3.Connection, table: str, first: int = 0) -> None:
    """Give the rows of a table from the id ``first`` on the checksums of what the file has of them."""
    rows = connection.execute(f"SELECT * FROM {table} WHERE id >= ?", (first,)).fetchall()
    seals = [(_checksum(row), row[0]) for row in rows]
    connection.executemany(f"UPDATE {table} SET seal = ? WHERE id = ?", seals)


def sound(connection: sqlite3.Connection, table: str, where: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the rows of a sealed table that ``where`` finds, by their ids.

    Raises:
        DamagedError: one is not what was written.
    """
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", values)
    names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    for row in rows:
        if row[-1] != _checksum(row):
            raise _damaged(f"row {row[0]} of {table} is not what was written")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _checksum(row: Sequence[Any]) -> str:
    """Return the checksum of a row but for its last column, the seal."""
    return digest(repr(tuple(row[:-1])).encode())[:16]


def _damaged(why: str) -> DamagedError:
    message = f"{home.database()} is damaged ({why}); it is left as it is."
    return DamagedError(f"{message} Put a copy of it back, or move it away to go on without the edits in it.")


def _sentence(error: sqlite3.DatabaseError) -> str:
    """Return what a person reads of SQLite's refusal."""
    # an error without a code is Python's own, of a text that is none
    if getattr(error, "sqlite_errorcode", None) in (None, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        message = f"{home.database()} is no database that can be read ({error}); it is left as it is."
        return f"{message} Move it away, or set EXPLORER_HOME to another folder."
    left = room(home.root(), CHANGE_BYTES)
    return f"{home.database()} cannot be used: {error}{left}. Free some space, or set EXPLORER_HOME to a folder that can be written."
