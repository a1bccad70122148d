"""Raw features on one scale as a table of shards: mean and deviation as sums over shards in order, then a shard a task."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from explorer.core.checksums import file_digest
from explorer.core.object_store import address, found, name_of, path_of
from explorer.core.progress import Progress, silent
from explorer.engine import Arrays, Engine, Task, kept_array, read_arrays
from explorer.models.standardisation import standardised
from explorer.shards import ROWS, ShardedRows, as_arrays, from_arrays, write_shard, write_table
from explorer.shards.table import Shard, intact

STAGE = "Putting features on one scale"
# Rows that are turned into float64 at once for a sum, whose bits depend on it.
PIECE = 8_192
# Rows that are put on the scale at once: their float64 numbers stay in a core's cache.
SCALED = 256


@dataclass(frozen=True, eq=False)
class RawRows:
    """Raw features in files ``(r, d)``, one behind the other.

    Attributes:
        files: ``.npy``, in the order of the rows.
        rows_a_shard: of the table that they become.
        kept: which rows the table has ``(n,)`` bool; all where None.
    """

    files: Sequence[Path]
    rows_a_shard: int = ROWS
    kept: np.ndarray | None = None

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of each file."""
        return [np.load(path, mmap_mode="r", allow_pickle=False).shape for path in self.files]

    @cached_property
    def checksums(self) -> list[str]:
        """Of each file, where it is shared by machines that may have another one of the same name; else empty."""
        return [file_digest(path) if address() else "" for path in self.files]

    @property
    def columns(self) -> int:
        """d, without the bias."""
        return self.shapes[0][1]

    def shards(self) -> list[tuple[int, str]]:
        """Return of each shard its first row, and as JSON from which files it has which rows."""
        starts = np.cumsum([0] + [shape[0] for shape in self.shapes])
        rows = np.arange(starts[-1]) if self.kept is None else np.flatnonzero(self.kept)
        firsts = range(0, len(rows), self.rows_a_shard)
        return [(first, self._sources(rows[first : first + self.rows_a_shard], starts)) for first in firsts]

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the kept rows ``(r, d)`` float32 in order, at most ``PIECE`` at once."""
        for _, parts in self.shards():
            yield from _raw(parts, PIECE)

    def _sources(self, rows: np.ndarray, starts: np.ndarray) -> str:
        """Return runs of rows that follow one another in a file: ``[[file, checksum, first, stop], …]``."""
        at = np.searchsorted(starts, rows, side="right") - 1
        ends = np.flatnonzero((np.diff(rows) != 1) | (np.diff(at) != 0)) + 1
        runs = zip(np.append(0, ends).tolist(), np.append(ends, len(rows)).tolist(), strict=True)
        parts = [(at[i], int(rows[i] - starts[at[i]]), j - i) for i, j in runs]
        files = [(name_of(path), checksum) for path, checksum in zip(self.files, self.checksums, strict=True)]
        return json.dumps([(*files[file], first, first + count) for file, first, count in parts])


def standardised_table(
    raw: RawRows, columns: dict[str, np.ndarray], folder: Path, engine: Engine, work: Path, progress: Progress = silent
) -> tuple[ShardedRows, np.ndarray, np.ndarray]:
    """Write raw features as a table, standardised, last column 1, in half precision; return it with mean and deviation ``(d,)``.

    Args:
        raw: float32 features in files that all workers see; they never change.
        columns: arrays with one entry a row, such as ``labels``, that the table has beside.
        folder: of the table.
        engine: does a shard a task.
        work: a folder that all workers see, of these files; a call that was killed goes on from what lies there.
        progress: called after every shard of a pass.
    """
    shards = raw.shards()
    total = engine.sum([Task(column_sums, (parts,)) for _, parts in shards], work, STAGE, progress)
    mean = total["sum"] / total["rows"]
    mean_file = kept_array(work, mean)
    squares = engine.sum([Task(column_squares, (parts, mean_file)) for _, parts in shards], work, STAGE, progress)
    deviation = np.sqrt(squares["squares"] / total["rows"])
    deviation = np.where(deviation > 0, deviation, 1.0)
    files = json.dumps({name: kept_array(work, array) for name, array in sorted(columns.items())})
    tasks = [
        Task(standardised_shard, (parts, mean_file, kept_array(work, deviation), files, first, name_of(folder), place))
        for place, (first, parts) in enumerate(shards)
    ]
    written = [_shard(read_arrays(path)) for path in engine.map(tasks, work, STAGE, progress)]
    return ShardedRows(write_table(folder, raw.columns + 1, written, raw.rows_a_shard)), mean, deviation


def column_sums(parts: str) -> Arrays:
    """Return ``sum`` ``(d,)`` in float64 and ``rows`` of some raw rows; float32 numbers that are all equal have this mean exactly."""
    blocks = list(map(_summed, _raw(parts, PIECE)))
    return {"sum": np.sum([total for total, _ in blocks], axis=0), "rows": np.array([sum(rows for _, rows in blocks)])}


def _summed(block: np.ndarray) -> tuple[np.ndarray, int]:
    return block.sum(axis=0, dtype=np.float64), len(block)


def column_squares(parts: str, mean: str) -> Arrays:
    """Return ``squares`` Σ (x − mean)² ``(d,)`` of some raw rows."""
    centre = np.load(found(mean))
    return {"squares": np.sum([_squared(block - centre) for block in _raw(parts, PIECE)], axis=0)}


def _squared(differences: np.ndarray) -> np.ndarray:
    return np.square(differences, out=differences).sum(axis=0)


def standardised_shard(
    parts: str, mean: str, deviation: str, columns: str, first: int, folder: str, place: int
) -> Arrays:
    """Write one shard of a table; return the checksums of its files by name, as bytes, and ``rows``."""
    centre, scale = np.load(found(mean)), np.load(found(deviation))
    half = np.concatenate([standardised(block, centre, scale).astype(np.float16) for block in _raw(parts, SCALED)])
    rows = slice(first, first + len(half))
    own = {name: np.load(found(file), mmap_mode="r")[rows] for name, file in json.loads(columns).items()}
    shard = write_shard(path_of(folder), place, half, **own)
    return {"rows": np.array([shard.rows]), **as_arrays(shard.files)}


def _shard(written: Arrays) -> Shard:
    return Shard(0, int(written.pop("rows")[0]), from_arrays(written))


def _raw(parts: str, most: int) -> Iterator[np.ndarray]:
    """Yield raw rows ``(r, d)``, at most ``most`` at once."""
    for name, checksum, first, stop in json.loads(parts):
        path = path_of(name)
        rows = intact(path, checksum) if checksum else np.load(path, mmap_mode="r", allow_pickle=False)
        for start in range(first, stop, most):
            yield rows[start : min(start + most, stop)]
