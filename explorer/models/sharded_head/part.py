"""A drawn, stratified part of the rows that is held in memory: where fits over all shards begin."""

import numpy as np

# Rows of a part, and how many of each feature there are at least; fits to it take seconds and 70 MB at 512 features.
PART, PER_FEATURE = 16_384, 8
SEED = 0


def drawn_part(labels: np.ndarray, features: int) -> np.ndarray:
    """Return rows, ascending: of each class its share of the part, and one at least."""
    size = max(PART, PER_FEATURE * features)
    if size >= len(labels):
        return np.arange(len(labels))
    order = np.random.default_rng(SEED).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    counts = np.bincount(labels)
    starts = np.cumsum(counts) - counts
    wanted = np.maximum(1, np.round(counts * size / len(labels)).astype(int))
    rows = [
        by_class[start : start + min(want, count)] for start, want, count in zip(starts, wanted, counts, strict=True)
    ]
    return np.sort(np.concatenate(rows))
