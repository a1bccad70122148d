"""A class's results as files that gradebooks import: Canvas and Moodle.

Canvas takes the columns of its own export, with the points that are possible in the second row. Moodle takes any columns: whoever
imports says which of them names the pupils and which holds the grade.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from explorer.core.phrases import counted
from explorer.game.class_results import Result

ASSIGNMENT = "Plant a bug"
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Full name", "Username", "Email address")
# Four spaces stand before it in Canvas's own export, and a course in any language keeps it English.
POSSIBLE = "    Points Possible"


def canvas(results: Sequence[Result], planted: int) -> str:
    """Return the file for Canvas: points are those of :attr:`Result.points`, of as many as were planted.

    A name that is an e-mail address stands as the login too; Canvas finds others by the student's name, or asks.
    """
    rows = [[result.name, "", "", _mail(result), "", _points(result)] for result in _by_name(results)]
    return _written([*CANVAS, ASSIGNMENT], [[POSSIBLE, "", "", "", "", planted], *rows])


def moodle(results: Sequence[Result], planted: int) -> str:
    """Return the file for Moodle: the name as full name and as username, as e-mail address where it is one, points, and words."""
    rows = [[result.name, result.name, _mail(result), _points(result), _words(result)] for result in _by_name(results)]
    return _written([*MOODLE, f"{ASSIGNMENT} (of {planted})", "Feedback"], rows)


def _by_name(results: Sequence[Result]) -> list[Result]:
    return sorted(results, key=lambda result: result.name.casefold())


def _mail(result: Result) -> str:
    return result.name if "@" in result.name else ""


def _points(result: Result) -> int | str:
    """Return the points; nothing for somebody who has not handed in, so that no grade is overwritten."""
    return result.points if result.handed else ""


def _words(result: Result) -> str:
    if not result.handed:
        return "Not handed in."
    return f"{result.found} found, {counted(result.false, 'false alarm')}, {result.flagged} flagged."


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([head, *rows])
    return buffer.getvalue()
