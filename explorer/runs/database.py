"""The one SQLite file: jobs and trials. Rows are written whole, and several processes may write at once (WAL)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from explorer import home
from explorer.errors import ExplorerError
from explorer.files import readable_errors

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, name TEXT, config TEXT, pid INTEGER, state TEXT, stage TEXT, done REAL, total REAL,
    curve TEXT, message TEXT, started REAL, updated REAL)""",
    """CREATE TABLE IF NOT EXISTS trials (
    id INTEGER PRIMARY KEY, run TEXT, test INTEGER, method TEXT, removed TEXT, predicted REAL, measured REAL,
    made REAL)""",
)


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are kept if the block ends well.

    Raises:
        ExplorerError: the file cannot be opened or written.
    """
    with readable_errors(home.home()):
        home.home().mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(home.database(), timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            for table in SCHEMA:
                connection.execute(table)
            with connection:
                yield connection
    except sqlite3.OperationalError as error:
        message = f"{home.database()} cannot be used: {error}. Free some space, or set EXPLORER_HOME to a folder that can be written."
        raise ExplorerError(message) from error
