"""Rows of a table of shards that compute like an array ``(n, d)`` without being one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.core.parallel import run_in_threads
from explorer.shards.table import SCALES, SCAN, Table

# Numbers that are turned into float64 at once (32 MB), so that the copy stays in the processor's caches for the most part.
PIECE = 4_000_000
# What is asked for as one array in memory may have so many bytes; more is a mistake, or needs what this machine may not have.
WHOLE = 2**29


@dataclass(frozen=True, eq=False)
class ShardedRows:
    """The features of a table: products and rows as of an array ``(n, d)`` float64, read shard by shard.

    Attributes:
        table: on disk.
        kept: the table's rows that count, ascending; all where None.
    """

    table: Table
    kept: np.ndarray | None = None
    # NumPy leaves products with an array on the left to this class
    __array_ufunc__ = None

    @staticmethod
    def open(folder: Path) -> "ShardedRows":
        """Return the rows of the table in a folder.

        Raises:
            DamagedError: its manifest is missing or changed.
        """
        return ShardedRows(Table.open(folder))

    @property
    def shape(self) -> tuple[int, int]:
        """n and d."""
        return len(self), self.table.columns

    @property
    def dtype(self) -> np.dtype:
        """Of what is computed with: float64; on disk they have half precision."""
        return np.dtype(np.float64)

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    @property
    def size(self) -> int:
        """n · d."""
        return len(self) * self.table.columns

    @property
    def nbytes(self) -> int:
        """Of the whole in float64."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.table.rows if self.kept is None else len(self.kept)

    def only(self, kept: np.ndarray) -> "ShardedRows":
        """Return some of these rows, ascending, over the same files."""
        return ShardedRows(self.table, kept if self.kept is None else self.kept[kept])

    @cached_property
    def starts(self) -> np.ndarray:
        """The first row of each shard, and behind the last one n, as this object counts rows."""
        starts = np.array([shard.start for shard in self.table.shards] + [self.table.rows])
        return starts if self.kept is None else np.searchsorted(self.kept, starts)

    def _own(self, array: np.ndarray, place: int, rows: slice = slice(None)) -> np.ndarray:
        """Return what an array of a shard has for this object's rows of it, or for some of these."""
        if self.kept is None:
            return array[rows]
        return array[self.kept[self.starts[place] : self.starts[place + 1]][rows] - self.table.shards[place].start]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return some rows in float64: one ``(d,)``, or those of a slice, an index array or a mask ``(r, d)``.

        Raises:
            ExplorerError: more than ``WHOLE`` bytes at once.
        """
        if isinstance(rows, int | np.integer):
            return self._taken(np.array([rows]))[0]
        if isinstance(rows, slice):
            first, stop, step = rows.indices(len(self))
            return self._run(first, stop) if step == 1 else self._taken(np.arange(first, stop, step))
        chosen = np.asarray(rows)
        if chosen.ndim != 1 or chosen.dtype.kind not in "bui":
            raise TypeError(f"Rows are chosen by a number, a slice, an index array or a mask, not by {rows!r}.")
        return self._taken(np.flatnonzero(chosen) if chosen.dtype == bool else chosen)

    def _run(self, first: int, stop: int) -> np.ndarray:
        out = np.empty((self._held(max(0, stop - first)), self.table.columns))
        for place, (start, end) in enumerate(pairwise(self.starts.tolist())):
            low, high = max(first, start), min(stop, end)
            if low < high:
                out[low - first : high - first] = self._own(
                    self.table.array(place), place, slice(low - start, high - start)
                )
        return out

    def _taken(self, rows: np.ndarray) -> np.ndarray:
        """Return rows by their numbers, negative ones from the end; each shard is opened once."""
        rows = np.where(rows < 0, rows + len(self), rows).astype(np.int64)
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self)):
            raise IndexError(f"There is no row {rows.max() if rows.min() >= 0 else rows.min()}; there are {len(self)}.")
        out = np.empty((self._held(len(rows)), self.table.columns))
        places = np.searchsorted(self.starts, rows, side="right") - 1
        for place in np.unique(places):
            here = places == place
            own = rows[here] if self.kept is None else self.kept[rows[here]]
            out[here] = self.table.taken(int(place), own - self.table.shards[place].start)
        return out

    def read_first(self, rows: np.ndarray) -> None:
        """Compare the checksums of what holds some rows, where it was not read yet, a shard a core; not from within threads."""
        own = rows if self.kept is None else self.kept[rows]
        places = np.searchsorted(self.starts, rows, side="right") - 1

        def compare(place: int) -> None:
            self.table.taken(place, own[places == place] - self.table.shards[place].start)

        run_in_threads(compare, np.unique(places).tolist())

    def _held(self, rows: int) -> int:
        """Return ``rows`` if so many may be held in memory at once."""
        size = rows * self.table.columns * self.dtype.itemsize
        if size > WHOLE:
            raise ExplorerError(
                f"This needs {rows:,} rows at once, {megabytes(size)} of memory; the run is kept in shards of which at most "
                f"{megabytes(WHOLE)} are held. Ask for fewer images, or build a run with --limit."
            )
        return rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._run(0, len(self)).astype(dtype or self.dtype, copy=False)

    def astype(self, dtype: Any) -> np.ndarray:
        """Return all rows as an array of this type, where they may be held at once."""
        return np.asarray(self, dtype=dtype)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield which rows come next, and these in float64; at most ``PIECE`` numbers, in order, each within one shard."""
        height = max(1, PIECE // self.table.columns)
        for place, (first, end) in enumerate(pairwise(self.starts.tolist())):
            half = self.table.array(place)
            for start in range(first, end, height):
                stop = min(start + height, end)
                own = self._own(half, place, slice(start - first, stop - first))
                yield slice(start, stop), own.astype(np.float64)

    def half_blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows of each shard, ``(r, d)`` float16: its memory map where all of them count."""
        for place in range(len(self.table.shards)):
            yield self._own(self.table.array(place), place)

    def scan_blocks(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
        """Yield which rows, their whole numbers ``(r, d)`` int8, scales ``(r,)`` and errors ``(r,)`` float32 of each shard."""
        self.table.read_first((SCAN, SCALES), range(len(self.table.shards)))
        for place, (start, stop) in enumerate(pairwise(self.starts.tolist())):
            whole, scales = (self._own(self.table.array(place, name), place) for name in (SCAN, SCALES))
            yield slice(start, stop), whole, scales[:, 0], scales[:, 1]

    def __matmul__(self, right: np.ndarray) -> np.ndarray:
        """Return the product with ``(d,)`` or ``(d, k)``, by blocks."""
        out = np.empty((len(self), *right.shape[1:]))
        for rows, block in self.blocks():
            out[rows] = block @ right
        return out

    def __rmatmul__(self, left: np.ndarray) -> np.ndarray:
        """Return ``(n,)`` or ``(k, n)`` times the rows, by blocks added in order."""
        out = np.zeros((*left.shape[:-1], self.table.columns))
        for rows, block in self.blocks():
            out += left[..., rows] @ block
        return out

    @property
    def T(self) -> "Transposed":
        """The transpose ``(d, n)``, which computes by blocks too."""
        return Transposed(self)


@dataclass(frozen=True, eq=False)
class Transposed:
    """The transpose ``(d, n)`` of sharded rows.

    Attributes:
        rows: whose transpose it is.
    """

    rows: ShardedRows
    __array_ufunc__ = None

    @property
    def shape(self) -> tuple[int, int]:
        """d and n."""
        return self.rows.shape[1], self.rows.shape[0]

    @property
    def T(self) -> ShardedRows:
        """The rows."""
        return self.rows

    def __matmul__(self, right: np.ndarray | ShardedRows) -> np.ndarray:
        """Return the product with ``(n,)`` or ``(n, k)``, or with the rows themselves, ``(d, d)``."""
        if isinstance(right, ShardedRows):
            total = np.zeros((self.shape[0], self.shape[0]))
            for _, block in right.blocks():
                total += block.T @ block
            return total
        return (right.T @ self.rows).T
