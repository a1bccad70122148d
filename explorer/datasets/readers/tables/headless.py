"""Names for the columns of a list that has no line of names: make-sense's, AutoML's, MXNet's ``.lst``, ``path,label`` by hand."""

import os
from collections.abc import Sequence

from explorer.datasets.doubts.folder_names import side_of
from explorer.datasets.picture import ENDINGS

# Lines that are looked at, and the share of them whose cell has to be a picture's name.
PEEKED, SHARE = 50, 0.9
# Lines above which numbers that never come twice count the lines, and are no classes.
MANY = 10
# What AutoML writes where a picture is on no side yet.
UNASSIGNED = "unassigned"


def names_without_head(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for the columns of rows of which the first is a picture's line already; nothing where it may hold names.

    The only column that is neither pictures, sides nor a running number is called ``label``; of several none is.
    """
    if not rows or not any(map(is_picture, rows[0])):
        return []
    width = max(map(len, rows))
    columns = [[row[place].strip() if place < len(row) else "" for row in rows] for place in range(width)]
    path = next((place for place, values in enumerate(columns) if _share(values) >= SHARE), -1)
    if path < 0:
        return []
    names = {path: "path"}
    for place, values in enumerate(columns):
        if place != path and _are_sides(values):
            names.setdefault(place, "split" if "split" not in names.values() else "")
    others = [place for place in range(width) if place not in names]
    if others and _are_numbers(columns[others[0]]) and (len(others) > 1 or len(rows) >= MANY):
        names[others.pop(0)] = "number"
    if len(others) == 1:
        names[others[0]] = "label"
    return [names.get(place) or f"column {place + 1}" for place in range(width)]


def is_picture(cell: str) -> bool:
    """Return whether a cell is the name of a picture file, by its ending."""
    return os.path.splitext(cell.strip())[1].lower() in ENDINGS


def _share(values: Sequence[str]) -> float:
    return sum(map(is_picture, values)) / len(values)


def _are_sides(values: Sequence[str]) -> bool:
    plain = {value.casefold() for value in values}
    return plain == {UNASSIGNED} or bool(
        len(plain) > 1 and all(value in ("", UNASSIGNED) or side_of(value) for value in plain)
    )


def _are_numbers(values: Sequence[str]) -> bool:
    """Return whether values are whole numbers of which none comes twice."""
    return len(values) > 1 and all(map(str.isdecimal, values)) and len({*values}) == len(values)
