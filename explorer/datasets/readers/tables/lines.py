"""The lines of a list: CSV with any usual separator and with or without a line of names, JSON Lines, or JSON; in any usual encoding."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.tables.encodings import encoding_of
from explorer.datasets.readers.tables.headless import PEEKED, names_without_head
from explorer.datasets.readers.tables.json_records import records_of
from explorer.datasets.readers.tables.parquet_rows import parquet_names, parquet_rows
from explorer.datasets.readers.tables.plain_objects import plain_object

# A line holds a path and a label, some 100 bytes, and is read by itself: this is more than any list of pictures has.
MOST_BYTES = 8 * 2**30
# Letters of a line; without a bound a file of one line would be held in memory whole.
LONGEST = 16 * 2**20
# Bytes in which the line of names stands.
HEAD = 2**16
SEPARATORS = ",;\t|"
# What may stand above a table and is no part of it.
REMARK = re.compile(r'(sep=.$|"?#[^,;\t|]*$)', re.IGNORECASE)
# Lists of an object a line: JSON Lines, Labelbox' name for it, and the manifests of AWS.
OBJECTS = (".jsonl", ".ndjson", ".manifest")
JSON, PARQUET = ".json", ".parquet"


def parsed(path: Path, most: int) -> Iterator[Any]:
    """Yield each line as a dictionary by the columns' names; a line that is no JSON object, as it is.

    Raises:
        ExplorerError: the file cannot be read, or has more than ``most`` bytes.
    """
    try:
        if path.stat().st_size > most:
            raise ExplorerError(f"{path} has more than {most // 2**20} MB; give a shorter list.")
        if rows := _whole_file(path):
            yield from rows(path)
            return
        with opened(path) as stream:
            yield from _objects(_lines(stream, path)) if has_objects(path) else _rows(stream, path)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (UnicodeError, csv.Error) as error:
        raise ExplorerError(f"{path} is no list in UTF-8 that can be read ({error}); save it again as such.") from error


def names_of(path: Path) -> list[str]:
    """Return the names of the columns: the first line of a table, the keys of the first object.

    Raises:
        OSError: the file cannot be read. ``ValueError`` and ``csv.Error`` are raised of what is no text.
    """
    if path.suffix.lower() == PARQUET:
        return parquet_names(path)
    if _is_json(path):
        return list(dict.fromkeys(name for one in islice(records_of(path), PEEKED) for name in one))
    with opened(path) as stream:
        if not has_objects(path):
            return _columns(_table(stream, path))
        found = _object(stream.readline(HEAD))
        return [*found] if isinstance(found, dict) else []


def _whole_file(path: Path) -> Callable[[Path], Iterable[dict[str, Any]]] | None:
    """Return what reads a list that is no text of lines; None where it is one."""
    return parquet_rows if path.suffix.lower() == PARQUET else records_of if _is_json(path) else None


def _is_json(path: Path) -> bool:
    """Return whether a list is one JSON value: by its ending, or by its first letter where lines of objects were meant."""
    if path.suffix.lower() not in OBJECTS:
        return path.suffix.lower() == JSON
    with path.open("rb") as stream:
        return stream.read(HEAD).lstrip().startswith(b"[{")


def has_objects(path: Path) -> bool:
    """Return whether each line of a list is an object of its own, which need not have the keys of the others."""
    return path.suffix.lower() in (*OBJECTS, JSON, PARQUET)


def surely_longer(path: Path, most: int, most_bytes: int) -> bool:
    """Return whether a list has more lines than ``most``, by its line ends; False where a cell may hold such an end, or the file is larger than is read."""
    count = 0
    try:
        if path.stat().st_size > most_bytes or path.suffix.lower() in (JSON, PARQUET):
            return False
        with path.open("rb") as stream:
            while block := stream.read(2**20):
                if b'"' in block and not has_objects(path):
                    return False
                count += block.count(b"\n")
    except OSError:
        return False
    return count > most + 1


def first_line(path: Path) -> str:
    """Return the first line of a list, shortened, for a sentence; empty where it cannot be read."""
    try:
        with opened(path) as stream:
            return " ".join(stream.readline(HEAD).split())[:80]
    except (OSError, ValueError):
        return ""


def opened(path: Path) -> IO[str]:
    """Return a text file opened in the encoding that it has."""
    return path.open(encoding=encoding_of(path), newline="")


def _lines(stream: IO[str], path: Path) -> Iterator[str]:
    """Yield the lines of a text.

    Raises:
        ExplorerError: one is longer than ``LONGEST``.
    """
    while line := stream.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise ExplorerError(
                f"{path} has a line of more than {LONGEST // 2**20} MB; give a list of one picture a line."
            )
        yield line


def _objects(stream: Iterable[str]) -> Iterator[Any]:
    for line in stream:
        if line.strip():
            yield _object(line)


def _object(line: str) -> Any:
    try:
        return plain_object(json.loads(line))
    except (ValueError, RecursionError):
        return line


def _rows(stream: IO[str], path: Path) -> Iterator[dict[str, Any]]:
    table = _table(stream, path)
    _columns(table)
    yield from table


def _columns(table: "csv.DictReader[str]") -> list[str]:
    """Return the columns' names without spaces around them; a second one of a name counts as another."""
    names: list[str] = []
    for name in table.fieldnames or []:
        plain = name.strip()
        names.append(plain if plain and plain not in names else f"{plain} ({len(names) + 1})")
    table.fieldnames = names
    return names


def _table(stream: IO[str], path: Path) -> "csv.DictReader[str]":
    """Return the reader of a table from its start; columns without a line of names are given some."""
    head = stream.read(HEAD)
    before = _lines_before(head)
    head = "".join(head.splitlines(keepends=True)[before:])
    separator = _separator(head, path)
    rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), PEEKED))
    whole = rows if len(rows) == PEEKED or len(head) < HEAD else rows[:-1]
    stream.seek(0)
    for _ in range(before):
        stream.readline()
    return csv.DictReader(
        _lines(stream, path), names_without_head([row for row in whole if row]) or None, delimiter=separator
    )


def _lines_before(head: str) -> int:
    """Return how many lines stand before a table: a spreadsheet's ``sep=;``, and remarks."""
    lines = head.splitlines()
    return next((place for place, line in enumerate(lines) if not REMARK.match(line)), len(lines))


def _separator(head: str, path: Path) -> str:
    """Return what stands between cells: semicolons are what spreadsheets write in half of Europe, spaces what people type."""
    first = (head.splitlines() or [""])[0]
    best = max(SEPARATORS, key=first.count)
    return " " if path.suffix.lower() == ".txt" and best not in first else best
