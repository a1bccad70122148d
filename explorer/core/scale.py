"""From where on work is done by shards: files of some rows each, done again one by one after a kill, never all in memory."""

import os

# Pictures of a data set, or training images of a run, above which it is. Smaller ones are quicker as single files.
FROM = 100_000
# Rows of a file of raw features: two seconds of work on small pictures, the most that a kill of a worker costs.
ROWS = 8_192


def sharded(count: int) -> bool:
    """Return whether so many pictures are worked on by shards; ``EXPLORER_SHARDED_FROM`` sets another bound."""
    return count > int(os.environ.get("EXPLORER_SHARDED_FROM", FROM))


def shard_rows() -> int:
    """Return how many rows a file of raw features has at most; ``EXPLORER_SHARD_ROWS`` sets another number."""
    return int(os.environ.get("EXPLORER_SHARD_ROWS", ROWS))
