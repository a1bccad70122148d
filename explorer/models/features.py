"""Cache of raw features in shards: no network computes the same image twice, in whatever data set it occurs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.core import home
from explorer.core.checksums import canonical, digest
from explorer.core.files import lock, save_array
from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.models.backbones import extract_features
from explorer.models.preparation.preparation import Preparation

# Pictures a shard: about two seconds of work, which is the most that an interruption costs.
SHARD = 500


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
    folder, ids = _place(recipe, split)
    shards, total = [], len(ids)
    with lock(folder):
        known = _KnownFeatures.beside(folder)
        for start in range(0, total, SHARD):
            progress(stage, start, total)
            path, rows = _path(folder, start), np.arange(start, min(start + SHARD, total))
            shard = _read(path, len(rows))
            if shard is None:
                shard = _completed(network, split, rows, Preparation.of_recipe(recipe), known.of(ids[rows]))
                save_array(path, shard, needed=shard[0].nbytes * (total - start))
                save_array(path.with_suffix(".sum.npy"), _sum(shard))
            shards.append(shard)
        if total:
            save_array(folder / "ids.npy", ids)
    progress(stage, total, total)
    return np.concatenate(shards)


def cached(recipe: dict[str, Any], split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return which images' features are cached for any data set, and which of them for this split; ``(n,)`` bool each."""
    folder, ids = _place(recipe, split)
    features = _KnownFeatures.beside(folder)
    anywhere, here = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    for start in range(0, len(ids), SHARD):
        rows = np.arange(start, min(start + SHARD, len(ids)))
        here[rows] = _read(_path(folder, start), len(rows)) is not None
        anywhere[rows[list(features.of(ids[rows]))]] = True
    return anywhere | here, here


def _place(recipe: dict[str, Any], split: Split) -> tuple[Path, np.ndarray]:
    """Return the folder of a split's shards, and its pictures' ids ``(n,)`` as numbers."""
    folder = home.features() / digest(canonical(recipe))[:16] / digest(canonical(split.ids))[:24]
    return folder, np.array([int(identity, 16) for identity in split.ids], dtype=np.uint64)


def _completed(
    network: nn.Module, split: Split, rows: np.ndarray, how: Preparation, known: dict[int, np.ndarray]
) -> np.ndarray:
    """Return the features ``(r, d)`` of some rows; ``known`` holds those that need not be computed, by position in ``rows``."""
    missing = [place for place in range(len(rows)) if place not in known]
    features = dict(known)
    if missing:
        features |= zip(missing, extract_features(network, split.pictures, rows[missing].tolist(), how), strict=True)
    return np.stack([features[place] for place in range(len(rows))])


@dataclass(frozen=True)
class _KnownFeatures:
    """The cached features of one network, of all data sets, by image id.

    Attributes:
        places: for each image id the folder of its split, its row there, and the split's number of rows.
        shards: those read so far, by path; None for a damaged one.
    """

    places: dict[int, tuple[Path, int, int]]
    shards: dict[Path, np.ndarray | None] = field(default_factory=dict)

    @staticmethod
    def beside(folder: Path) -> "_KnownFeatures":
        """Return the features in all finished folders beside ``folder``."""
        places: dict[int, tuple[Path, int, int]] = {}
        for path in sorted(folder.parent.glob("*/ids.npy")):
            ids = _loaded(path)
            if ids is not None and ids.ndim == 1:
                places |= {identity: (path.parent, row, len(ids)) for row, identity in enumerate(ids.tolist())}
        return _KnownFeatures(places)

    def of(self, ids: np.ndarray) -> dict[int, np.ndarray]:
        """Return the cached features of some ids, by their position in ``ids``."""
        rows = {}
        for place, identity in enumerate(ids.tolist()):
            features = self._row(*self.places[identity]) if identity in self.places else None
            if features is not None:
                rows[place] = features
        return rows

    def _row(self, folder: Path, row: int, total: int) -> np.ndarray | None:
        start = row - row % SHARD
        path = _path(folder, start)
        if path not in self.shards:
            self.shards[path] = _read(path, min(SHARD, total - start))
        shard = self.shards[path]
        return None if shard is None else shard[row - start]


def _path(folder: Path, start: int) -> Path:
    return folder / f"{start:07d}.npy"


def _sum(shard: np.ndarray) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(digest(np.ascontiguousarray(shard).tobytes())), dtype=np.uint8)


def _read(path: Path, rows: int) -> np.ndarray | None:
    """Return a cached shard; None where it is missing or its checksum differs."""
    shard, checksum = _loaded(path), _loaded(path.with_suffix(".sum.npy"))
    if shard is None or checksum is None or (shard.dtype, shard.ndim, len(shard)) != (np.float32, 2, rows):
        return None
    return shard if np.array_equal(checksum, _sum(shard)) else None


def _loaded(path: Path) -> np.ndarray | None:
    """Return the array in a file, whose values may be damaged; None where the file holds no array."""
    try:
        array = np.load(path, allow_pickle=False)
    except Exception:  # a damaged header is read by Python's own parser, which raises whatever it likes
        return None
    return array if isinstance(array, np.ndarray) else None
