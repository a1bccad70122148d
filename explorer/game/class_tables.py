"""The tables of games and rooms in the program's one database; they are made when the first bug is planted."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from explorer.runs.database import database, reading

# Older versions of the program leave tables alone that they do not know, so the file's version stays.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS games (
    token TEXT PRIMARY KEY, key TEXT NOT NULL, choices TEXT NOT NULL, plan TEXT NOT NULL, run TEXT NOT NULL,
    shown INTEGER NOT NULL DEFAULT 0, made REAL NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS rooms (code TEXT PRIMARY KEY, game TEXT NOT NULL UNIQUE, made REAL NOT NULL)",
    """CREATE TABLE IF NOT EXISTS pupils (
    id INTEGER PRIMARY KEY, room TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL, pass TEXT NOT NULL,
    joined REAL NOT NULL, flags TEXT NOT NULL DEFAULT '', handed REAL, UNIQUE (room, folded))""",
)
MADE = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('games', 'rooms', 'pupils')"


@contextmanager
def writing_class() -> Iterator[sqlite3.Connection]:
    """Yield a connection that nobody else writes beside, so that what is read in the block still holds when it is written.

    Raises:
        ExplorerError: the database cannot be opened or written.
    """
    with database() as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            connection.execute(statement)
        yield connection


def read_class(query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows that a query finds, as dictionaries; none where no bug was ever planted here."""
    with reading() as connection:
        if connection.execute(MADE).fetchone()[0] < len(SCHEMA):
            return []
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]
