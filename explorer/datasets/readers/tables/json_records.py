"""JSON files that hold a list: of objects, of names by file, of files by class, of columns, or any of these by side."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.datasets.doubts.folder_names import side_of
from explorer.datasets.readers.tables.columns import PATHS, key
from explorer.datasets.readers.tables.headless import is_picture
from explorer.datasets.readers.tables.plain_objects import plain_object

# JSON takes ten times its size in memory; a quarter of a million short objects have about so many bytes.
MOST_BYTES = 24 * 2**20
HEAD = 2**16
# One of these stands near the start of a list of pictures; the others mark parts of pictures, whose files have readers of their own.
SIGNS = re.compile(
    rb'\.(jpe?g|png|webp|bmp|gif|tiff?)"|"(label|class|image|file_?name)s?"|^\s*\{\s*"[^"]*":\s*\[\s*"', re.IGNORECASE
)
PARTS = (b'"bbox"', b'"segmentation"', b'"shapes"', b'"regions"')
# Names of the one list in an object around it.
AROUND = ("data", "images", "annotations", "samples", "items", "records", "rows", "dataset", "examples", "files")


def records_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON file, one a picture; none where it holds something else, or is too large."""
    try:
        known = path.stat()
        return [] if known.st_size > MOST_BYTES else _read(path, known.st_mtime_ns, known.st_size)
    except OSError:
        return []


@lru_cache(maxsize=1)  # several layouts ask for the same file in turn
def _read(path: Path, changed: int, size: int) -> list[dict[str, Any]]:
    """Return the objects of a file that was ``changed`` then and has this size.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not SIGNS.search(head) or any(part in head for part in PARTS):
        return []
    content = path.read_bytes()
    try:
        return list(_records(_lines(content) if b"}\n{" in content[:HEAD].replace(b"\r", b"") else json.loads(content)))
    except (ValueError, RecursionError):
        return []


def _lines(content: bytes) -> list[Any]:
    """Return the objects of a file that has one in each line, whatever it is called."""
    return [json.loads(line) for line in content.splitlines() if line.strip()]


def _records(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, list):
        yield from _objects(content)
    elif isinstance(content, dict) and content:
        sides = {name: side_of(name) for name in content}
        if all(sides.values()):
            for name, inner in content.items():
                yield from ({**one, "split": sides[name]} for one in _records(inner))
        else:
            yield from _of_mapping(content)


def _objects(content: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield a list's objects, or its lists ``[path, label]`` and ``[path, number, name]`` as such."""
    for one in content:
        if isinstance(one, dict):
            yield plain_object(one)
        elif isinstance(one, list) and len(one) in (2, 3) and isinstance(one[0], str) and is_picture(one[0]):
            yield {"path": one[0], "label": one[-1]}


def _of_mapping(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    values, named = list(content.values()), all(map(is_picture, content))
    if all(isinstance(value, str | int) for value in values):
        if named:
            yield from ({"path": name, "label": value} for name, value in content.items())
    elif named and all(isinstance(value, list) for value in values):
        yield from (plain_object({"path": name, "label": value}) for name, value in content.items())
    elif all(_are_files(label, names) for label, names in content.items()):
        yield from ({"path": name, "label": label} for label, names in content.items() for name in names)
    elif all(map(_is_record, values)) or (named and all(isinstance(value, dict) for value in values)):
        yield from ({**({"path": name} if named else {}), **plain_object(value)} for name, value in content.items())
    elif columns := _columns(values):
        yield from (dict(zip(content, row, strict=True)) for row in zip(*columns, strict=True))
    elif len(inner := [name for name in content if name in AROUND and isinstance(content[name], dict)]) == 1:
        yield from _of_mapping(content[inner[0]])
    else:
        lists = [
            name for name, value in content.items() if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        if len(lists) == 1 and lists[0] in AROUND:
            yield from _objects(content[lists[0]])


def _is_record(value: Any) -> bool:
    """Return whether an object names a picture, in a key that is called so."""
    return isinstance(value, dict) and any(key(name) in PATHS for name in value)


def _are_files(label: str, value: Any) -> bool:
    """Return whether a class goes with a list of files, which may be written without an ending below its folder."""
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        return False
    return all(is_picture(name) or name.startswith(f"{label}/") for name in value)


def _columns(values: list[Any]) -> list[list[Any]]:
    """Return the columns of a table as pandas writes it, lists or objects by row; none where they are not of one length."""
    columns = [list(value.values()) if isinstance(value, dict) else value for value in values]
    whole = len(columns) > 1 and all(isinstance(each, list) and len(each) == len(columns[0]) > 1 for each in columns)
    flat = whole and all(isinstance(cell, str | int | float | None) for each in columns for cell in each)
    return columns if flat else []
