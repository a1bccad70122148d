"""A table of shards on disk: a folder of ``.npy`` files, one a shard and name, and a manifest with their checksums.

``features`` are ``(r, d)`` float16 and are the features: whoever computes with them in float64 takes exactly these numbers.
``scan`` ``(r, d)`` int8 and ``scan-scales`` ``(r, 2)`` float32 are :mod:`explorer.shards.quantised`; ``feature-sums`` are
:mod:`explorer.shards.block_sums`, which tables of earlier versions lack; other names hold one entry a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.checksums import canonical, check_file, digest, read_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.object_store import fetched, offered, present
from explorer.core.parallel import run_in_threads
from explorer.shards.block_sums import BlockedRows

FORMAT = 1
# Rows a shard: 64 MB of half precision at 512 columns, which is a second of a worker's time in most tasks.
ROWS = 65_536
MANIFEST = "shards.json"
FEATURES, SCAN, SCALES, SUMS = "features", "scan", "scan-scales", "feature-sums"
Seen = tuple[str, str, int, int]
# Files that this process has compared with their checksums, as they were then.
_intact: set[Seen] = set()


@dataclass(frozen=True)
class Shard:
    """One block of rows.

    Attributes:
        start: its first row in the table.
        rows: their number.
        files: the SHA-256 of each of its files, by the array's name.
    """

    start: int
    rows: int
    files: Mapping[str, str]

    @property
    def stop(self) -> int:
        """The row behind its last one."""
        return self.start + self.rows

    def to_dict(self) -> dict[str, Any]:
        """Return it as the manifest carries it."""
        return {"rows": self.rows, "files": dict(sorted(self.files.items()))}


@dataclass(frozen=True, eq=False)
class Table:
    """A table as its manifest was when it was opened.

    Attributes:
        folder: of the files.
        columns: d.
        shards: in the order of the rows.
        rows_a_shard: at most; a shard that is appended has no more.
        first: the number in the names of the first shard's files.
    """

    folder: Path
    columns: int
    shards: tuple[Shard, ...]
    rows_a_shard: int = ROWS
    first: int = 0
    _maps: dict[tuple[int, str], tuple[Seen, np.ndarray]] = field(default_factory=dict, repr=False)
    _blocks: dict[int, tuple[Seen, BlockedRows]] = field(default_factory=dict, repr=False)

    @staticmethod
    def open(folder: Path) -> "Table":
        """Return the table in a folder; no shard is read.

        Raises:
            DamagedError: its manifest is missing, changed or of another version.
        """
        content = read_manifest(folder / MANIFEST)
        if content.get("format") != FORMAT:
            raise DamagedError(
                f"{folder / MANIFEST} has format {content.get('format')!r} and this version reads {FORMAT}; build the run again."
            )
        return Table(folder, content["columns"], shards_of(content["shards"]), content["rows_a_shard"])

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest."""
        shards = [shard.to_dict() for shard in self.shards]
        return {"format": FORMAT, "columns": self.columns, "rows_a_shard": self.rows_a_shard, "shards": shards}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of what determines the features: the checksums of their files, in order."""
        return digest(canonical([shard.files[FEATURES] for shard in self.shards]))

    @property
    def rows(self) -> int:
        """n."""
        return self.shards[-1].stop if self.shards else 0

    def has(self, name: str) -> bool:
        """Return whether every shard holds an array of this name."""
        return all(name in shard.files for shard in self.shards)

    def array(self, place: int, name: str = FEATURES) -> np.ndarray:
        """Return an array of the shard ``place`` as a memory map; its checksum is compared when this process first reads it.

        Raises:
            DamagedError: the file is missing, cut short or changed.
        """
        path, checksum = file_of(self.folder, name, self.first + place), self.shards[place].files[name]
        seen, known = _seen(path, checksum), self._maps.get((place, name))
        if known is None or known[0] != seen:
            # kept open: to map half a gigabyte anew for every question costs more than to read it
            known = self._maps[place, name] = seen, intact(path, checksum)
        return known[1]

    def taken(self, place: int, rows: np.ndarray) -> np.ndarray:
        """Return some features ``(k, d)`` of the shard ``place``, by their rows in it; the blocks that they lie in are compared, once.

        Raises:
            DamagedError: one of them, or the file, is missing or changed.
        """
        shard, path = self.shards[place], file_of(self.folder, FEATURES, self.first + place)
        seen = _seen(path, shard.files[FEATURES])
        if SUMS not in shard.files or seen in _intact:
            return self.array(place)[rows]
        known = self._blocks.get(place)
        if known is None or known[0] != seen:
            blocks = BlockedRows(path, (shard.rows, self.columns), np.asarray(self.array(place, SUMS)))
            known = self._blocks[place] = seen, blocks
        found = known[1].take(rows)
        return self.array(place)[rows] if found is None else found

    def read_first(self, names: Sequence[str], places: Iterable[int]) -> None:
        """Compare the checksums of those files that this table has not read yet, a file a core; not from within threads.

        Raises:
            DamagedError: as :meth:`array` does.
        """
        unread = [(place, name) for place in places for name in names if (place, name) not in self._maps]
        run_in_threads(lambda one: self.array(*one), unread)

    def offer(self) -> None:
        """Put what is here of its files into the store, where workers of other machines find them."""
        for place, shard in enumerate(self.shards, self.first):
            for path in (file_of(self.folder, name, place) for name in shard.files):
                if path.is_file():
                    offered(path)

    def gathered(self, name: str) -> np.ndarray:
        """Return an array with one entry a row ``(n, …)``, of all shards, in memory."""
        return np.concatenate([self.array(place, name) for place in range(len(self.shards))])


def shards_of(entries: list[dict[str, Any]]) -> tuple[Shard, ...]:
    """Return shards from what a manifest lists of them, in order."""
    shards, start = [], 0
    for entry in entries:
        shards.append(Shard(start, entry["rows"], entry["files"]))
        start += entry["rows"]
    return tuple(shards)


def file_of(folder: Path, name: str, place: int) -> Path:
    """Return the file of an array of the shard ``place``."""
    return folder / f"{name}-{place:05d}.npy"


def intact(path: Path, checksum: str) -> np.ndarray:
    """Return an ``.npy`` file as a memory map; the first time, and where the file was replaced since, its checksum is compared.

    Raises:
        DamagedError: the file is missing, cut short or changed.
    """
    seen = _seen(path, checksum)
    if seen not in _intact:
        try:
            check_file(path, checksum)
        except DamagedError as error:
            # this machine may have a file of this name from a build of its own
            if not fetched(path):
                raise DamagedError(_damaged(path)) from error
            check_file(path, checksum)
        _intact.add(_seen(path, checksum))
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _seen(path: Path, checksum: str) -> Seen:
    """Return what tells a file from one that took its place, and the checksum that it should have."""
    try:
        known = present(path).stat()
    except OSError as error:
        raise DamagedError(_damaged(path)) from error
    return str(path), checksum, known.st_mtime_ns, known.st_size


def _damaged(path: Path) -> str:
    return (
        f"{path} is missing or damaged (its checksum differs from the one that was written), and nothing of it is used. "
        "Bring it back from a copy, or build the run again, which uses what it finished."
    )


def check_rows(arrays: Mapping[str, np.ndarray]) -> int:
    """Return how many rows all arrays of a shard have.

    Raises:
        ExplorerError: they differ.
    """
    rows = {name: len(array) for name, array in arrays.items()}
    if len(set(rows.values())) != 1:
        raise ExplorerError(f"The arrays of a shard have different numbers of rows ({rows}); give one entry a row.")
    return next(iter(rows.values()))
