"""Rooms: a class that hunts for one planted bug, each under a name of their own choice; no accounts, nothing leaves the machine."""

import secrets
import sqlite3
import time
import unicodedata
from dataclasses import dataclass

from explorer.core.errors import ExplorerError
from explorer.game.class_tables import read_class, writing_class
from explorer.game.planted_games import TOKEN_BYTES

# Letters and digits that nobody takes for one another when they stand on a wall.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 4
LONGEST_NAME = 40
# A class has 30; whoever fills a room by a program ends here.
MOST_PUPILS = 200
NO_ROOM = "There is no room {code!r} here; look at the four letters on the wall again."
NO_PUPIL = (
    "Nobody in this room has this link, or the teacher took the name out; join again under a name of your choice."
)
TAKEN = (
    "Somebody in this room is called {name!r} already; choose another name. If that is you, open the link that you had, or ask "
    "your teacher to take the name out."
)
FULL = f"The room is full: {MOST_PUPILS} are in it. Ask your teacher to take somebody out."
NAMES = f"A name begins with a letter or a digit and has 1 to {LONGEST_NAME} letters; choose another one."
COLUMNS = "id, name, flags, handed, joined"


@dataclass(frozen=True)
class Pupil:
    """Somebody who joined a room.

    Attributes:
        id: in the table of all pupils.
        name: as they chose it; plain text of a person.
        flags: the flagged training rows, as :func:`explorer.game.game.pack_rows` writes them.
        handed: when they handed in, in seconds since 1970; None where they have not.
        joined: when they joined, likewise.
    """

    id: int
    name: str
    flags: str
    handed: float | None
    joined: float


def open_room(token: str) -> str:
    """Return the code of the game's room, which is opened where there is none."""
    with writing_class() as connection:
        known = connection.execute("SELECT code FROM rooms WHERE game = ?", (token,)).fetchone()
        if known:
            return str(known[0])
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        while connection.execute("SELECT 1 FROM rooms WHERE code = ?", (code,)).fetchone():
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        connection.execute("INSERT INTO rooms VALUES (?, ?, ?)", (code, token, time.time()))
    return code


def room_of(token: str) -> str:
    """Return the code of the game's room; empty where none is open."""
    rows = read_class("SELECT code FROM rooms WHERE game = ?", (token,))
    return str(rows[0]["code"]) if rows else ""


def game_in(code: str) -> str:
    """Return the token of the game that is played in a room; small letters do as well.

    Raises:
        ExplorerError: there is no such room.
    """
    rows = read_class("SELECT game FROM rooms WHERE code = ?", (code.strip().upper(),))
    if not rows:
        raise ExplorerError(NO_ROOM.format(code=code[:LONGEST_NAME]))
    return str(rows[0]["game"])


def join(code: str, name: str) -> str:
    """Let somebody into a room, and return the random word by which their link knows them.

    Raises:
        ExplorerError: there is no such room, it is full, or the name cannot be used or is taken.
    """
    game_in(code)
    room, plain, word = code.strip().upper(), plain_name(name), secrets.token_urlsafe(TOKEN_BYTES)
    row = (room, plain, _folded(plain), word, time.time())
    with writing_class() as connection:
        if connection.execute("SELECT COUNT(*) FROM pupils WHERE room = ?", (room,)).fetchone()[0] >= MOST_PUPILS:
            raise ExplorerError(FULL)
        try:
            connection.execute("INSERT INTO pupils (room, name, folded, pass, joined) VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise ExplorerError(TAKEN.format(name=plain)) from error
    return word


def plain_name(name: str) -> str:
    """Return a name with single spaces.

    Raises:
        ExplorerError: it is empty or long, holds what no eye sees, or begins with a sign: a table program would compute ``=1+1``.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not (1 <= len(plain) <= LONGEST_NAME and plain.isprintable() and plain[0].isalnum()):
        raise ExplorerError(NAMES)
    return plain


def _folded(name: str) -> str:
    """Return what two names have in common that look alike."""
    return unicodedata.normalize("NFKC", name).casefold()


def pupil(code: str, word: str) -> Pupil:
    """Return the pupil whose link has this word.

    Raises:
        ExplorerError: nobody in the room has.
    """
    rows = read_class(f"SELECT {COLUMNS} FROM pupils WHERE room = ? AND pass = ?", (code.strip().upper(), word))
    if not rows:
        raise ExplorerError(NO_PUPIL)
    return Pupil(**rows[0])


def pupils(code: str) -> list[Pupil]:
    """Return everybody in a room, in the order in which they joined."""
    rows = read_class(f"SELECT {COLUMNS} FROM pupils WHERE room = ? ORDER BY id", (code.strip().upper(),))
    return [Pupil(**row) for row in rows]


def keep_flags(who: Pupil, flags: str) -> None:
    """Write down a pupil's flags; nothing is written where they are the same."""
    if flags != who.flags:
        with writing_class() as connection:
            connection.execute("UPDATE pupils SET flags = ? WHERE id = ?", (flags, who.id))


def hand_in(who: Pupil, flags: str) -> None:
    """Write down that a pupil hands these flags in; whoever handed in may do so again with others."""
    if who.handed is None or flags != who.flags:
        with writing_class() as connection:
            change = "UPDATE pupils SET flags = ?, handed = ? WHERE id = ?"
            connection.execute(change, (flags, time.time(), who.id))


def take_out(code: str, pupil_id: int) -> None:
    """Take somebody out of a room; the name is free again."""
    with writing_class() as connection:
        connection.execute("DELETE FROM pupils WHERE room = ? AND id = ?", (code.strip().upper(), pupil_id))
