"""The lines of a list: CSV with any usual separator, or JSON Lines, in UTF-8 or with a mark of UTF-16."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from explorer.core.errors import ExplorerError

# A line holds a path and a label: a list of a million pictures has some 100 MB. A single line may be all of it.
MOST_BYTES = 128 * 2**20
# Bytes in which the line of names stands.
HEAD = 2**16
SEPARATORS = ",;\t|"


def parsed(path: Path, most: int) -> Iterator[Any]:
    """Yield each line as a dictionary by the columns' names; a line that is no JSON object, as it is.

    Raises:
        ExplorerError: the file cannot be read, or has more than ``most`` bytes.
    """
    try:
        if path.stat().st_size > most:
            raise ExplorerError(f"{path} has more than {most // 2**20} MB; give a shorter list.")
        with opened(path) as stream:
            yield from _objects(stream) if path.suffix.lower() == ".jsonl" else _rows(stream)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (UnicodeError, csv.Error) as error:
        raise ExplorerError(f"{path} is no list in UTF-8 that can be read ({error}); save it again as such.") from error


def names_of(path: Path) -> list[str]:
    """Return the names of the columns: the first line of a table, the keys of the first object.

    Raises:
        OSError: the file cannot be read. ``ValueError`` and ``csv.Error`` are raised of what is no text.
    """
    with opened(path) as stream:
        if path.suffix.lower() != ".jsonl":
            return _columns(_table(stream))
        found = _object(stream.readline(HEAD))
        return [*found] if isinstance(found, dict) else []


def surely_longer(path: Path, most: int, most_bytes: int) -> bool:
    """Return whether a list has more lines than ``most``, by its line ends; False where a cell may hold such an end, or the file is larger than is read."""
    count = 0
    try:
        if path.stat().st_size > most_bytes:
            return False
        with path.open("rb") as stream:
            while block := stream.read(2**20):
                if b'"' in block and path.suffix.lower() != ".jsonl":
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
    """Return a text file opened; UTF-16 is known by its mark, all else is UTF-8."""
    with path.open("rb") as stream:
        marked = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    return path.open(encoding="utf-16" if marked else "utf-8-sig", newline="")


def _objects(stream: Iterable[str]) -> Iterator[Any]:
    for line in stream:
        if line.strip():
            yield _object(line)


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    table = _table(stream)
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


def _table(stream: IO[str]) -> "csv.DictReader[str]":
    head = stream.readline(HEAD)
    separator = max(SEPARATORS, key=head.count)  # semicolons are what spreadsheets write in half of Europe
    stream.seek(0)
    return csv.DictReader(stream, delimiter=separator)
