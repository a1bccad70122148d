"""The edit log: an append-only table of the decisions on a data set's pictures, in which undo and redo are rows too.

An edit belongs to a data set (its digest, before any edit; where people are kept apart also to one of them, see
:mod:`explorer.runs.edits.edit_scope`), not to a run, and to a row of one of its splits. It is on the disk before :func:`record`
returns. Undoing adds a row that names the edit, redoing another, so nothing is ever lost.
"""

import getpass
import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cached_property, lru_cache

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.runs.database import database, reading, seal, sound
from explorer.runs.edits.change import ACTIONS, Change, Edit, State, check, check_text, in_force
from explorer.runs.edits.edit_scope import log_key
from explorer.runs.run import Run

__all__ = ["ACTIONS", "AUTHOR", "Change", "Edit", "State", "check", "in_force"]


# In the order of the fields of Edit and Change.
COLUMNS = "id, side, row, action, value, image, author, made, step"
NOTHING = "No edit in force changes this run: relabel or exclude a training image first, or open the unedited run."


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return "somebody"


AUTHOR = _login()


def record(digest: str, changes: Sequence[Change], author: str = AUTHOR, images: Sequence[str] = ()) -> list[Edit]:
    """Write changes of one data set down together; when this returns, the disk has them.

    Args:
        digest: of the data set.
        changes: in their order; :func:`record_edits` also compares them with the data set.
        author: who decided.
        images: content ids of their pictures; none where they are not known.

    Raises:
        ExplorerError: what :func:`check` refuses, or an empty author.
    """
    now, known = time.time(), images or [""] * len(changes)
    return write(digest, [Edit(0, change, image, author, now) for change, image in zip(changes, known, strict=True)])


def record_edits(run: Run, changes: Sequence[Change], author: str = AUTHOR) -> list[Edit]:
    """Write changes of a run's data set down together, with the pictures' content ids.

    Raises:
        ExplorerError: what :func:`record` refuses, a class that the run does not have, or a row that the data set has not.
    """
    for change in changes:
        check(change)
        if change.action == "relabel":
            run.class_index(change.value)
    images = [run.image_id(change.side, change.row) for change in changes]
    return record(run.data_digest, changes, author, images)


def write(digest: str, edits: Sequence[Edit]) -> list[Edit]:
    """Write edits down together, their ids aside, and return them with their ids; the disk has them then.

    Raises:
        ExplorerError: what :func:`check` refuses, or an empty author.
    """
    for edit in edits:
        check(edit.change)
        if not edit.author.strip():
            raise ExplorerError("The author is empty; give a name.")
        check_text(edit.author)
    with database(durable=True) as connection:
        connection.execute("BEGIN IMMEDIATE")
        return _append(connection, log_key(digest), edits)


def undo_step(digest: str, author: str | None = None) -> list[Edit]:
    """Take back all edits that were recorded together with the latest one in force, and return them, the latest first.

    Args:
        digest: of the data set.
        author: whose edits; everybody's where None.
    """
    with database(durable=True) as connection:
        connection.execute("BEGIN IMMEDIATE")
        taken = _latest_step(_replay(_rows(connection, log_key(digest))), author)
        _name(connection, log_key(digest), "undo", taken, author)
    return taken


def latest_step(digest: str, author: str | None = None) -> list[Edit]:
    """Return what :func:`undo_step` would take back now, the latest first."""
    return _latest_step(_replayed(digest), author)


def take_back(digest: str, ids: Collection[int], author: str | None = None) -> list[Edit]:
    """Take back the edits with these ids, whoever made them, as one step that redo restores; return them, the latest first.

    Those that are taken back already are left out. What an earlier edit said of a picture is in force again.

    Args:
        digest: of the data set.
        ids: of edits (:attr:`Edit.id`).
        author: who takes them back.
    """
    with database(durable=True) as connection:
        connection.execute("BEGIN IMMEDIATE")
        taken = [edit for edit in _replay(_rows(connection, log_key(digest))).live[::-1] if edit.id in ids]
        _name(connection, log_key(digest), "undo", taken, author)
    return taken


def redo_step(digest: str, author: str | None = None) -> list[Edit]:
    """Put all edits in force again that were taken back together last, and return them, the earliest first.

    A new edit ends what its author could redo.

    Args:
        digest: of the data set.
        author: whose edits, or who took them back; everybody where None.
    """
    with database(durable=True) as connection:
        connection.execute("BEGIN IMMEDIATE")
        put = _latest_undone(_replay(_rows(connection, log_key(digest))), author)
        _name(connection, log_key(digest), "redo", put, author)
    return put


def latest_undone(digest: str, author: str | None = None) -> list[Edit]:
    """Return what :func:`redo_step` would put in force again now, the earliest first."""
    return _latest_undone(_replayed(digest), author)


def live(digest: str) -> list[Edit]:
    """Return the edits that were not taken back, in the order in which they were made."""
    return list(_replayed(digest).live)


def state(digest: str) -> State:
    """Return the state that the edits in force give a data set."""
    return _replayed(digest).state


@dataclass(frozen=True)
class _Undone:
    """An edit that was taken back: by whom, and the first row that was written together with that."""

    edit: Edit
    author: str
    step: int


@dataclass(frozen=True)
class _Replay:
    live: list[Edit]
    undone: list[_Undone]

    @cached_property
    def state(self) -> State:
        values: dict[tuple[str, str], dict[int, str]] = {}
        tags: dict[str, dict[int, tuple[str, ...]]] = {"train": {}, "test": {}}
        for change in (edit.change for edit in in_force(self.live)):
            values.setdefault((change.side, change.action), {})[change.row] = change.value
            if change.action == "tag":
                tags[change.side][change.row] = (*tags[change.side].get(change.row, ()), change.value)
        return State(
            labels=values.get(("train", "relabel"), {}),
            excluded=frozenset(values.get(("train", "exclude"), ())),
            kept=frozenset(values.get(("train", "keep"), ())),
            tags=tags["train"],
            notes=values.get(("train", "note"), {}),
            trusted=frozenset(values.get(("test", "trust"), ())),
            test_tags=tags["test"],
            test_notes=values.get(("test", "note"), {}),
        )


def _latest_step(replay: _Replay, author: str | None) -> list[Edit]:
    own = [edit for edit in replay.live if author in (None, edit.author)][::-1]
    return [edit for edit in own if edit.step == own[0].step]


def _latest_undone(replay: _Replay, author: str | None) -> list[Edit]:
    own = [each for each in replay.undone if author in (None, each.author, each.edit.author)][::-1]
    return [each.edit for each in own if each.step == own[0].step]


def _replayed(digest: str) -> _Replay:
    """Return the replay of all rows; the last row's id and time say whether the one in memory is still true."""
    with reading() as connection:
        last = connection.execute(
            "SELECT id, made FROM edits WHERE data = ? ORDER BY id DESC LIMIT 1", (log_key(digest),)
        ).fetchone()
    return _cached_replay(str(home.database()), log_key(digest), *(last or (0, 0.0)))


# One entry a person, data set and state: ten people who edit a few data sets each find theirs in memory.
@lru_cache(maxsize=64)
def _cached_replay(path: str, digest: str, last: int, made: float) -> _Replay:
    with reading() as connection:
        return _replay(_rows(connection, digest, last))


def _rows(connection: sqlite3.Connection, digest: str, last: int = 2**62) -> list[Edit]:
    intact = sound(connection, "edits", "data = ? AND id <= ?", (digest, last))
    rows = [[row[column] for column in COLUMNS.split(", ")] for row in intact]
    return [Edit(row[0], Change(*row[1:5]), *row[5:]) for row in rows]


def _replay(rows: Iterable[Edit]) -> _Replay:
    """Follow the rows in their order; an undo or redo names its edit as ``row``."""
    alive: dict[int, Edit] = {}
    undone: dict[int, _Undone] = {}
    for edit in rows:
        named = edit.change.row
        if edit.change.action == "undo":
            undone[named] = _Undone(alive.pop(named), edit.author, edit.step)
        elif edit.change.action == "redo":
            alive[named] = undone.pop(named).edit
        else:
            alive[edit.id] = edit
            undone = {key: each for key, each in undone.items() if edit.author not in (each.author, each.edit.author)}
    return _Replay([alive[number] for number in sorted(alive)], list(undone.values()))


def _append(connection: sqlite3.Connection, digest: str, edits: Sequence[Edit]) -> list[Edit]:
    """Add rows inside a transaction that nobody else writes in, and return them with their ids."""
    first = connection.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM edits").fetchone()[0]
    appended = [replace(edit, id=first + place, step=first) for place, edit in enumerate(edits)]
    connection.executemany(
        f"INSERT INTO edits (data, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(digest, e.id, *astuple(e.change), e.image, e.author, e.made, e.step) for e in appended],
    )
    seal(connection, "edits", first)
    return appended


def _name(connection: sqlite3.Connection, digest: str, action: str, edits: Sequence[Edit], author: str | None) -> None:
    """Add a row that takes back, or restores, each of some edits."""
    now = time.time()
    rows = [Edit(0, Change(edit.change.side, edit.id, action), edit.image, author or AUTHOR, now) for edit in edits]
    _append(connection, digest, rows)
