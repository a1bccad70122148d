"""The rows of a Parquet table that lists pictures by their names, as Hugging Face's ``metadata.parquet``; its columns of bytes are left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError

BATCH = 4096


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row by the columns' names.

    Raises:
        ExplorerError: the file is damaged.
    """
    import pyarrow
    import pyarrow.parquet
    from pyarrow import types

    try:
        file = pyarrow.parquet.ParquetFile(path)
        plain = [
            field.name
            for field in file.schema_arrow
            if not (types.is_nested(field.type) or types.is_binary(field.type) or types.is_large_binary(field.type))
        ]
        for batch in file.iter_batches(BATCH, columns=plain):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise ExplorerError(f"{path} is no whole Parquet file; copy it again.") from error


def parquet_names(path: Path) -> list[str]:
    """Return the names of the columns; none where the file is damaged."""
    try:
        return list(next(parquet_rows(path), {}))
    except ExplorerError:
        return []
