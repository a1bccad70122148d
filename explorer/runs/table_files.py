"""Tables as CSV and JSON. Numbers have all their digits; what is not known is an empty cell, or null."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.files import save_bytes
from explorer.runs.edits.exchange import neutral
from explorer.runs.results.tables import Table

# The ending of a file's name: the type that a browser is told.
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
# Columns that people write. In CSV an apostrophe stands before what a spreadsheet would compute; file and class names, by
# which tables are joined, stay as they are.
WRITTEN = ("value", "author", "tags", "note")


def form_of(name: str) -> str:
    """Return ``"csv"`` or ``"json"`` by how the name of a file ends.

    Raises:
        ExplorerError: it ends otherwise.
    """
    ending = Path(name).suffix.lower().removeprefix(".")
    if ending not in TYPES:
        raise ExplorerError(f"{Path(name).name!r} is no table; give a name that ends in .csv or .json.")
    return ending


def save_table(table: Table, path: Path) -> None:
    """Write a table to a file, whose ending says how.

    Raises:
        ExplorerError: the ending is another, or the file cannot be written.
    """
    save_bytes(path, table_bytes(table, form_of(path.name)))


def table_bytes(table: Table, form: str) -> bytes:
    """Return a table as CSV with a heading, or as a JSON list of objects, in UTF-8; ``form`` is a key of ``TYPES``."""
    return (_csv(table) if form == "csv" else _json(table)).encode("utf-8", "replace")


def _csv(table: Table) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(name, row[name]) for name in table.columns] for row in table.rows)
    return stream.getvalue()


def _cell(name: str, value: Any) -> Any:
    """Return a cell; ``csv`` writes a float with the digits that :func:`repr` gives, and None as nothing."""
    return neutral(value) if name in WRITTEN and isinstance(value, str) else value


def _json(table: Table) -> str:
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in table.rows)
    return "[\n" + ",\n".join(lines) + "\n]\n" if table.rows else "[]\n"
