"""Features of many pictures, computed in shards that are kept, so that an interrupted extraction goes on."""

from typing import Any

import numpy as np
from torch import nn

from explorer import home
from explorer.datasets.base import Split
from explorer.files import canonical, digest, lock, save_array
from explorer.models.backbones import extract
from explorer.progress import Progress

# Pictures a shard: about two seconds of work, which is the most that an interruption costs.
SHARD = 500


def raw_features(
    network: nn.Module, recipe: dict[str, Any], split: Split, stage: str, progress: Progress
) -> np.ndarray:
    """Return ``(n, d)`` float32, read from the cache where these pictures met this network before.

    Args:
        network: what computes them.
        recipe: everything that determines them beside the pictures, ``size`` among it.
        split: the pictures.
        stage: what the progress bar says.
        progress: told after every shard.
    """
    folder = home.features() / digest(canonical({"recipe": recipe, "ids": split.ids}))[:24]
    shards, total = [], len(split.labels)
    with lock(folder):
        for start in range(0, total, SHARD):
            progress(stage, start, total)
            rows = range(start, min(start + SHARD, total))
            path = folder / f"{start:07d}.npy"
            shard = _read(path, len(rows))
            if shard is None:
                shard = extract(network, split.pictures, rows, recipe["size"])
                save_array(path, shard)
                save_array(path.with_suffix(".sum.npy"), _sum(shard))
            shards.append(shard)
    progress(stage, total, total)
    return np.concatenate(shards)


def _sum(shard: np.ndarray) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(digest(np.ascontiguousarray(shard).tobytes())), dtype=np.uint8)


def _read(path: Any, rows: int) -> np.ndarray | None:
    """Return a kept shard, or None where there is none or its checksum differs."""
    try:
        shard = np.load(path, allow_pickle=False)
        kept = np.load(path.with_suffix(".sum.npy"), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return shard if len(shard) == rows and np.array_equal(kept, _sum(shard)) else None


def standardisation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation ``(d,)`` in float64 of the training features; a deviation of 0 is taken as 1."""
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    return mean, np.where(deviation > 0, deviation, 1.0)


def standardised(features: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Return ``(n, d + 1)`` float64: standardised features and, last, the bias column of ones."""
    return np.column_stack([(features - mean) / deviation, np.ones(len(features))])
