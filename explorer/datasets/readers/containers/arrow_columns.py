"""Columns of Arrow tables: what they hold, and their pictures and labels a batch of rows at a time."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from explorer.datasets.choices import Choices
from explorer.datasets.doubts.rival_labels import folder_doubt, rival_doubt
from explorer.datasets.readers.containers.scan import Batch
from explorer.datasets.readers.containers.tables import Columns, Schema

# Paths that are looked at for folders.
PEEKED = 200


def kind_of(kind: Any) -> str:
    """Return the word of :class:`Schema` for a column's Arrow type."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_struct(kind):
        return "bytes" if kind.get_field_index("bytes") >= 0 else "fields"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return "bytes"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "label"
    if types.is_integer(kind) or types.is_boolean(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "label"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return "pictures" if kind_of(kind.value_type) == "bytes" else "list"
    return "other"


def batch_of(table: Any, columns: Columns, stem: str, root: Path, where: tuple[int, str, int]) -> Batch:
    """Return the pictures in a batch of rows; ``where`` is the file's number, its side, and the first row."""
    file, side, first = where
    contents, paths = cells(table.column(columns.image))
    labels = columns.classes_of(table.column(columns.label).to_pylist())
    names = [
        f"{stem}/{row}-{path.replace(chr(92), '/').rpartition('/')[2]}" if path else f"{stem}/{row}"
        for row, path in enumerate(paths, start=first)
    ]
    found = [
        content if content is not None else beside(root, path) for content, path in zip(contents, paths, strict=True)
    ]
    return Batch(file, side, names, labels, range(first, first + len(names)), [-1] * len(names), found)


def rival_doubts(tables: Iterable[tuple[Any, Schema]], columns: Columns, choices: Choices) -> list[str]:
    """Return a sentence for each other column of labels that says other things than the one that is taken; none where a person chose.

    Args:
        tables: each with its columns of labels, and what is known of it.
        columns: that are read.
        choices: of a person.
    """
    if choices.label or not columns.unused:
        return []
    pairs = {other: Counter[tuple[str, str]]() for other in columns.unused if other != columns.split}
    for table, schema in tables:
        own, there = schema.named(columns), {*table.schema.names}
        plain = {name for name, kind in schema.kinds.items() if kind == "label"} & there
        for other in {*pairs} & plain if columns.label in plain else ():
            theirs = replace(own, label=other, names=schema.names_of(other))
            for taken, said, count in _grouped(table, columns.label, other):
                pairs[other][own.class_of(taken), theirs.class_of(said)] += count
    return [doubt for other, held in pairs.items() for doubt in rival_doubt(columns.label, other, held)]


def path_doubts(tables: Iterable[tuple[Any, Any, Schema]], columns: Columns, choices: Choices) -> list[str]:
    """Return a sentence where pictures come from folders that are called as other classes than their labels say; none where a person chose.

    Args:
        tables: of each file the labels and the pictures' paths, both as Arrow's columns, and what is known of it.
        columns: that are read.
        choices: of a person.
    """
    labels, paths = list[str](), list[str]()
    for own, files, schema in () if choices.label else tables:
        shown = [path for path in files.slice(0, PEEKED).to_pylist() if path]
        if any("/" in path for path in shown):
            labels += schema.named(columns).classes_of(own.to_pylist())
            paths += [path or "" for path in files.to_pylist()]
    return folder_doubt(labels, paths)


def _grouped(table: Any, first: str, second: str) -> Iterator[tuple[Any, Any, int]]:
    """Yield the different pairs of values in two columns, and how many rows have each."""
    from pyarrow import types

    chosen = table.select([first, second])
    for place, kind in enumerate(chosen.schema.types):
        if types.is_dictionary(kind):  # each batch may have a dictionary of its own
            chosen = chosen.set_column(place, chosen.column_names[place], chosen.column(place).cast(kind.value_type))
    found = chosen.group_by([first, second], use_threads=False).aggregate([([], "count_all")])
    yield from zip(*(found[name].to_pylist() for name in (first, second, "count_all")), strict=True)


def cells(column: Any) -> tuple[list[bytes | memoryview | None], list[str | None]]:
    """Return the bytes of the pictures in an Arrow column, and their paths where it has any."""
    from pyarrow import types

    if not types.is_struct(column.type):
        return _contents(column), [None] * len(column)
    has_paths = column.type.get_field_index("path") >= 0
    paths = column.field("path").to_pylist() if has_paths else [None] * len(column)
    return _contents(column.field("bytes")), paths


def _contents(column: Any) -> list[bytes | memoryview | None]:
    """Return the cells of a column of bytes where they lie in memory, not copied; None where a cell is empty."""
    from pyarrow import types

    width = {types.is_binary: np.int32, types.is_large_binary: np.int64}
    kind = next((kind for is_kind, kind in width.items() if is_kind(column.type)), None)
    if kind is None or column.null_count or not len(column):
        return list(column.to_pylist())
    _, offsets, content = column.buffers()
    places = np.frombuffer(offsets, kind)[column.offset : column.offset + len(column) + 1].tolist()
    whole = memoryview(content or b"")
    return [whole[start:end] for start, end in pairwise(places)]


def beside(root: Path, path: str | None) -> bytes | str:
    """Return the bytes of a file that a table names, or why it cannot be read; it never leads out of the table's folder."""
    if not path:
        return "the table holds neither a picture nor a path"
    real = os.path.realpath(root / path)
    if os.path.commonpath((real, os.path.realpath(root))) != os.path.realpath(root):
        return "its path leaves the folder of the table; copy the picture into it"
    try:
        return Path(real).read_bytes() if os.path.isfile(real) else "there is no such file beside the table"
    except OSError as error:
        return f"it cannot be opened ({error.strerror or error})"
