"""Columns of Parquet files apart from their pictures: what they are, the values of one, labels and paths."""

from collections.abc import Iterator, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.arrow_columns import kind_of
from explorer.datasets.readers.containers.tables import Columns, Schema, described_features


def schema_of(file: Any) -> Schema:
    """Return what is known of a file: the kinds of its columns, and how its note describes them."""
    arrow = file.schema_arrow
    return Schema(
        {field.name: kind_of(field.type) for field in arrow},
        described_features((arrow.metadata or {}).get(b"huggingface")),
    )


def values_of(files: Sequence[Any], column: str) -> set[str] | None:
    """Return the different values of a column of files, as text; None where one lacks it."""
    if any(column not in file.schema_arrow.names for file in files):
        return None
    return {str(value) for file in files for value in file.read(columns=[column])[column].unique().to_pylist()}


def labels_of(files: Sequence[Any], columns: Columns) -> Iterator[tuple[Any, Schema]]:
    """Yield the columns of labels of each file, and its schema."""
    for file in files:
        there = [name for name in (columns.label, *columns.unused) if name in file.schema_arrow.names]
        yield _read(file, there), schema_of(file)


def paths_of(files: Sequence[Any], columns: Columns) -> Iterator[tuple[Any, Any, Schema]]:
    """Yield the labels and the pictures' paths of each file that has both, and its schema."""
    for file in files:
        known = file.schema_arrow
        kind = known.field(columns.image).type if columns.image in known.names else None
        if columns.label in known.names and getattr(kind, "get_field_index", lambda _: -1)("path") >= 0:
            table = _read(file, [columns.label, f"{columns.image}.path"])
            paths = table[columns.image].combine_chunks()
            yield table[columns.label], paths.field("path"), schema_of(file)


def _read(file: Any, names: Sequence[str]) -> Any:
    """Return some columns of a file.

    Raises:
        ExplorerError: they are damaged.
    """
    import pyarrow

    try:
        return file.read(columns=names)
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise ExplorerError(f"The columns {', '.join(names)} are damaged ({reason}); copy the file again.") from error
