"""Leverages and removals of every training image, shard by shard, for two classes (:mod:`explorer.attribution.curvature`)."""

from pathlib import Path

import numpy as np
import scipy.linalg

from explorer.core.object_store import found, name_of, path_of
from explorer.core.progress import Progress, silent
from explorer.engine import Arrays, Engine, Task, kept_array, read_arrays
from explorer.models.head import Head, contrasts
from explorer.models.sharded_head import objective_of
from explorer.models.sharded_head.sums import log_probabilities, logits_of, pieces
from explorer.shards import ShardedRows, as_arrays, from_arrays, with_columns, write_beside
from explorer.shards.table import FEATURES

STAGE = "Weighing every image"
# What is kept of each image beside its features.
REMOVALS, LEVERAGES = "removals", "leverages"


def weighed(
    head: Head, features: ShardedRows, engine: Engine, work: Path, progress: Progress = silent
) -> tuple[ShardedRows, np.ndarray]:
    """Return the rows with ``removals`` ``(n, 1)`` and ``leverages`` ``(n,)`` in their table, and the factor of H ``(d, d)``.

    Args:
        head: fitted, of two classes.
        features: its rows.
        engine: what does the shards.
        work: a folder that all workers see, of this table.
        progress: called after every shard.
    """
    objective = objective_of(head, features, engine, work, progress, "Measuring the curvature")
    theta = (head.basis.T @ head.weights)[None]
    hessian = objective.hessian(theta)
    hessian[np.diag_indices_from(hessian)] += head.l2
    factor = scipy.linalg.cholesky(hessian, lower=True, overwrite_a=True, check_finite=False)
    said, weights, kept = (
        kept_array(work, objective.said),
        kept_array(work, head.weights[None]),
        kept_array(work, factor),
    )
    table = features.table
    tasks = [
        Task(
            weighed_shard,
            (name_of(table.folder), place, shard.files[FEATURES], shard.start, said, weights, kept, len(features)),
        )
        for place, shard in enumerate(table.shards)
    ]
    written = [from_arrays(read_arrays(path)) for path in engine.map(tasks, work, STAGE, progress)]
    return ShardedRows(with_columns(table, written)), factor


def weighed_shard(
    folder: str, place: int, checksum: str, start: int, rows: str, weights: str, factor: str, n: int
) -> Arrays:
    """Write ``removals`` ``(r, 1)`` and ``leverages`` ``(r,)`` of the images of one shard beside its features; return their checksums.

    With A_i = 2 p_0 p_1 and S_i = ‖L⁻¹ h_i‖² the leverage is A_i S_i / n, and c_i = (p_i − y_i) / (1 − A_i S_i / n) / n.
    """
    w, lower, basis = np.load(found(weights)), np.load(found(factor)), contrasts(2)
    removals, leverages = [], []
    for block, labels, _ in pieces(folder, place, checksum, start, rows, 4):
        p = np.exp(log_probabilities(logits_of(w, block)))[0]
        white = scipy.linalg.solve_triangular(lower, block.T, lower=True, check_finite=False)
        leverage = 2 * p[0] * p[1] * np.einsum("dr,dr->r", white, white) / n
        residual = basis[:, 0] @ p - basis[labels, 0]
        leverages.append(leverage)
        removals.append(residual / (1 - leverage) / n)
    columns = {REMOVALS: np.concatenate(removals)[:, None], LEVERAGES: np.concatenate(leverages)}
    return as_arrays(write_beside(path_of(folder), place, **columns))
