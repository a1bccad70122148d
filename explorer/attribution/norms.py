"""Lengths of feature rows, in memory or in shards."""

import numpy as np

from explorer.shards import ShardedRows


def row_norms(features: np.ndarray | ShardedRows) -> np.ndarray:
    """Return ‖h_i‖ ``(n, 1)`` of features ``(n, d)``."""
    if isinstance(features, ShardedRows):
        return np.concatenate([row_norms(block) for _, block in features.blocks()])
    return np.linalg.norm(features, axis=1, keepdims=True)
