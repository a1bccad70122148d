"""Features in blocks of rows: files of a stated size with a checksum each, read by memory map, appendable."""

from explorer.shards.rows import ShardedRows
from explorer.shards.table import ROWS, Table
from explorer.shards.writer import append, link, write_column, write_shard, write_table

__all__ = ["ROWS", "ShardedRows", "Table", "append", "link", "write_column", "write_shard", "write_table"]
