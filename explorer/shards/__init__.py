"""Features in blocks of rows: files of a stated size with a checksum each, read by memory map, appendable."""

from explorer.shards.rows import ShardedRows
from explorer.shards.table import ROWS, Table
from explorer.shards.writer import (
    append,
    as_arrays,
    from_arrays,
    link,
    with_columns,
    write_beside,
    write_shard,
    write_table,
)

__all__ = [
    "ROWS",
    "ShardedRows",
    "Table",
    "append",
    "as_arrays",
    "from_arrays",
    "link",
    "with_columns",
    "write_beside",
    "write_shard",
    "write_table",
]
