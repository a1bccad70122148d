"""Checksums of blocks of rows: whoever needs a few rows of a shard compares the blocks that they lie in, not all of its megabytes."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

# Rows a block: 64 kB of half precision at 512 columns, for which 32 bytes are kept.
BLOCK = 64


def block_sums(rows: np.ndarray) -> np.ndarray:
    """Return the SHA-256 of every ``BLOCK`` rows of a contiguous array ``(r, d)``, as ``(⌈r / BLOCK⌉, 32)`` uint8."""
    digests = [sha256(rows[start : start + BLOCK].data).digest() for start in range(0, len(rows), BLOCK)]
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, sha256().digest_size)


@dataclass(eq=False)
class BlockedRows:
    """Rows of half precision in an ``.npy`` file, of which a block is compared when it is first read.

    Attributes:
        path: of the file.
        shape: that it should have, ``(r, d)``.
        sums: :func:`block_sums` of what was written.
    """

    path: Path
    shape: tuple[int, int]
    sums: np.ndarray
    _same: set[int] = field(default_factory=set, repr=False)

    @cached_property
    def _rows(self) -> np.ndarray:
        return np.load(self.path, mmap_mode="r", allow_pickle=False)

    def take(self, rows: np.ndarray) -> np.ndarray | None:
        """Return some rows ``(k, d)``; None where a block that one of them lies in is not what was written."""
        try:
            found = self._rows
        except (OSError, ValueError):
            return None
        if found.dtype != np.float16 or found.shape != self.shape or not found.flags.c_contiguous:
            return None
        fresh = {*np.unique(rows // BLOCK).tolist()} - self._same
        for block in fresh:
            if sha256(found[block * BLOCK : (block + 1) * BLOCK].data).digest() != self.sums[block].tobytes():
                return None
        self._same |= fresh
        return found[rows]
