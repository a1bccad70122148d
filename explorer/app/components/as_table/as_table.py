"""*As a table*: the numbers of a page, closed until somebody wants them, with CSV and JSON of all their digits."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import numpy as np


class AsTableBlock(TypedDict):
    """Numbers under their columns, and the name of the files that they can be taken along in."""

    kind: Literal["astable"]
    label: str
    name: str
    headings: list[str]
    rows: list[list[str | int | float | bool | None]]


def as_table(label: str, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> AsTableBlock:
    """Return numbers as a table that a person opens.

    Args:
        label: what is in it, in words.
        name: of the files, without ending.
        columns: what stands in each column.
        rows: texts, numbers with all their digits, truths, or None; no NumPy scalar is needed, but any may be given.
    """
    return {
        "kind": "astable",
        "label": label,
        "name": name,
        "headings": list(columns),
        "rows": [[_plain(value) for value in row] for row in rows],
    }


def as_table_of(label: str, name: str, rows: Sequence[Mapping[str, object]]) -> AsTableBlock:
    """Return rows of one shape, name of the column to value, as a table that a person opens."""
    columns = list(rows[0]) if rows else []
    return as_table(label, name, columns, [[row[column] for column in columns] for row in rows])


def _plain(value: object) -> Any:
    return value.item() if isinstance(value, np.generic) else value
