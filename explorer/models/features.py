"""Cache of raw features in shards: no network computes the same image twice, in whatever data set it occurs."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import nn

from explorer.core import home
from explorer.core.checksums import canonical, digest
from explorer.core.files import lock, save_array
from explorer.core.progress import Progress
from explorer.core.scale import sharded
from explorer.datasets.base import Split
from explorer.datasets.packed import Hashes
from explorer.models.backbones import extract_features
from explorer.models.preparation.preparation import Preparation
from explorer.models.promised import Promised

# Pictures a shard: about two seconds of work, which is the most that an interruption costs.
SHARD = 500
# Files of other data sets' features that stay in memory for the next pictures.
HELD = 8


def raw_features(
    network: nn.Module, recipe: dict[str, Any], split: Split, stage: str, progress: Progress
) -> np.ndarray:
    """Return the features ``(n, d)`` float32 of a split; those that this network computed before, for any data set, are read.

    Args:
        network: what computes them.
        recipe: everything that determines them except the images, their preparation among it.
        split: the images.
        stage: the name that progress is reported under.
        progress: called after every shard.
    """
    folder, ids = place_of(recipe, split), Hashes.of(split.ids).numbers
    shards, total = [], len(ids)
    with lock(folder):
        known = KnownFeatures.beside(folder)
        for start in range(0, total, SHARD):
            progress(stage, start, total)
            path, rows = _path(folder, start), np.arange(start, min(start + SHARD, total))
            shard = _read(path, len(rows))
            if shard is None:
                shard = _completed(network, split, rows, Preparation.of_recipe(recipe), *known.of(ids[rows]))
                save_array(path, shard, needed=shard[0].nbytes * (total - start))
                save_array(path.with_suffix(".sum.npy"), checksum_of(shard))
            shards.append(shard)
        if total:
            save_array(folder / "ids.npy", ids)
    progress(stage, total, total)
    return np.concatenate(shards)


def cached(recipe: dict[str, Any], split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return which images' features are cached for any data set, and which of them for this split; ``(n,)`` bool each."""
    folder, ids = place_of(recipe, split), Hashes.of(split.ids).numbers
    features = KnownFeatures.beside(folder)
    here = np.zeros(len(ids), dtype=bool)
    for start, stop in _extents(folder, len(ids)):
        here[start:stop] = whole(_file(folder, start), stop - start)
    return features.has(ids) | here, here


def place_of(recipe: dict[str, Any], split: Split) -> Path:
    """Return the folder of a split's features."""
    named = (
        digest(Hashes.of(split.ids).numbers.tobytes())
        if sharded(len(split.labels))
        else digest(canonical(list(split.ids)))
    )
    return home.features() / digest(canonical(recipe))[:16] / named[:24]


def _completed(
    network: nn.Module, split: Split, rows: np.ndarray, how: Preparation, places: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Return the features ``(r, d)`` of some rows; ``known`` are those that need not be computed, ``places`` theirs in ``rows``."""
    missing = np.setdiff1d(np.arange(len(rows)), places)
    if not len(missing):
        return known
    network = network.loaded if isinstance(network, Promised) else network
    found = extract_features(network, split.pictures, rows[missing].tolist(), how)
    features = np.empty((len(rows), found.shape[1]), dtype=np.float32)
    features[missing] = found
    if len(places):
        features[places] = known
    return features


@dataclass(frozen=True)
class _Finished:
    """A finished folder of features.

    Attributes:
        folder: with a file for some rows each.
        ids: of its pictures, sorted ``(n,)`` uint64.
        rows: the row of each.
        extents: first row, and the row behind the last one, of each file.
    """

    folder: Path
    ids: np.ndarray
    rows: np.ndarray
    extents: list[tuple[int, int]]

    @staticmethod
    def read(path: Path) -> "_Finished | None":
        """Return the folder of an ``ids.npy``; None where that is damaged."""
        ids = _loaded(path)
        if ids is None or ids.ndim != 1 or ids.dtype != np.uint64:
            return None
        order = np.argsort(ids, kind="stable")
        return _Finished(path.parent, ids[order], order, _extents(path.parent, len(ids)))

    def rows_of(self, ids: np.ndarray) -> np.ndarray:
        """Return the row of each id, −1 where it is not here; of a picture that is here twice the last, as later files win."""
        places = np.searchsorted(self.ids, ids, side="right") - 1
        found = (places >= 0) & (self.ids[places] == ids) if len(self.ids) else np.zeros(len(ids), dtype=bool)
        return np.where(found, self.rows[places] if len(self.rows) else 0, -1)


@dataclass(frozen=True)
class KnownFeatures:
    """The cached features of one network, of all data sets, by image id.

    Attributes:
        finished: the folders that hold them, in order; of a picture in several the last counts.
        files: the latest that were read, by path; None for a damaged one.
    """

    finished: list[_Finished]
    files: dict[Path, np.ndarray | None] = field(default_factory=dict)

    @staticmethod
    def beside(folder: Path) -> "KnownFeatures":
        """Return the features in all finished folders beside ``folder``."""
        read = map(_Finished.read, sorted(folder.parent.glob("*/ids.npy")))
        return KnownFeatures([one for one in read if one is not None])

    def has(self, ids: np.ndarray) -> np.ndarray:
        """Return which pictures have whole features somewhere ``(n,)`` bool; each file is read once."""
        found = np.zeros(len(ids), dtype=bool)
        for one in self.finished:
            rows = one.rows_of(ids)
            for start, stop in one.extents:
                here = (rows >= start) & (rows < stop)
                if here.any() and whole(_file(one.folder, start), stop - start):
                    found |= here
        return found

    def of(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return places in ``ids`` ``(k,)``, ascending, and the cached features ``(k, d)`` of the pictures there."""
        features: dict[int, np.ndarray] = {}
        for one in self.finished:
            rows = one.rows_of(ids)
            for start, stop in one.extents if (rows >= 0).any() else ():
                places = np.flatnonzero((rows >= start) & (rows < stop))
                shard = self._file(one.folder, start, stop) if len(places) else None
                if shard is not None:
                    features |= zip(places.tolist(), shard[rows[places] - start], strict=True)
        places = np.array(sorted(features), dtype=np.int64)
        known = np.stack([features[place] for place in places.tolist()]) if features else np.empty((0, 0), np.float32)
        return places, known

    def _file(self, folder: Path, start: int, stop: int) -> np.ndarray | None:
        path = _file(folder, start)
        if path not in self.files:
            while len(self.files) >= HELD:
                del self.files[next(iter(self.files))]
            self.files[path] = _read(path, stop - start)
        return self.files[path]


def _extents(folder: Path, total: int) -> list[tuple[int, int]]:
    """Return the first row of each file of features in a folder, and the row behind its last one; those that are whole so far."""
    found = []
    for path in sorted(folder.glob("*.npy")):
        rows = _loaded(path, "r") if path.stem.isdecimal() else None
        if rows is not None and rows.ndim and int(path.stem) + len(rows) <= total:
            found.append((int(path.stem), int(path.stem) + len(rows)))
    return found


def _path(folder: Path, start: int) -> Path:
    return folder / f"{start:07d}.npy"


def _file(folder: Path, start: int) -> Path:
    """Return the file that begins with a row, under whichever of its names it is there."""
    return next(
        (path for digits in (7, 9) if (path := folder / f"{start:0{digits}d}.npy").is_file()), _path(folder, start)
    )


def checksum_of(shard: np.ndarray) -> np.ndarray:
    """Return the SHA-256 of some features, as 32 bytes."""
    return np.frombuffer(hashlib.sha256(np.ascontiguousarray(shard).data).digest(), dtype=np.uint8)


def whole(path: Path, rows: int) -> bool:
    """Return whether a file of features is there, has so many rows and the checksum that was written."""
    return _read(path, rows) is not None


def _read(path: Path, rows: int) -> np.ndarray | None:
    """Return a cached shard; None where it is missing or its checksum differs."""
    shard, checksum = _loaded(path), _loaded(path.with_suffix(".sum.npy"))
    if shard is None or checksum is None or (shard.dtype, shard.ndim, len(shard)) != (np.float32, 2, rows):
        return None
    return shard if np.array_equal(checksum, checksum_of(shard)) else None


def _loaded(path: Path, mapped: Literal["r"] | None = None) -> np.ndarray | None:
    """Return the array in a file, whose values may be damaged; None where the file holds no array."""
    try:
        array = np.load(path, mmap_mode=mapped, allow_pickle=False)
    except Exception:  # a damaged header is read by Python's own parser, which raises whatever it likes
        return None
    return array if isinstance(array, np.ndarray) else None
