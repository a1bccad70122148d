"""The rows of a Parquet table that lists pictures by their names, as Hugging Face's ``metadata.parquet``; its columns of bytes are left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.core.errors import ExplorerError

if TYPE_CHECKING:
    import pyarrow

# Rows that are decoded at once: a column of texts may hold whole pictures as base64.
BATCH = 256


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row by the columns' names.

    Raises:
        ExplorerError: the file is damaged.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        for batch in file.iter_batches(BATCH, columns=_plain(file.schema_arrow)):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise ExplorerError(f"{path} is no whole Parquet file; copy it again.") from error


def parquet_names(path: Path) -> list[str]:
    """Return the names of the columns by the schema alone; none where the file is damaged."""
    import pyarrow
    import pyarrow.parquet

    try:
        return _plain(pyarrow.parquet.read_schema(path))
    except (pyarrow.ArrowException, OSError, ValueError):
        return []


def _plain(schema: "pyarrow.Schema") -> list[str]:
    """Return the names of the columns that hold neither bytes nor lists and records."""
    from pyarrow import types

    left = (types.is_nested, types.is_binary, types.is_large_binary)
    return [*dict.fromkeys(field.name for field in schema if not any(is_left(field.type) for is_left in left))]
