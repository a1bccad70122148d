"""The head's minimiser over shards, equal to :func:`explorer.models.head.fit` on the same features."""

from pathlib import Path
from typing import cast

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.engine import Engine
from explorer.models.head import TOLERANCE, Head, fit
from explorer.models.sharded_head.newton import minimise_over_shards, polished, preconditioner_of
from explorer.models.sharded_head.objective import ShardedObjective
from explorer.models.sharded_head.part import drawn_part
from explorer.models.sharded_head.sums import NOWHERE
from explorer.shards import ShardedRows

STAGE = "Fitting the head"
# The group of rows that every risk counts: no risk has this number.
EVERYWHERE = 2**20


def fit_over_shards(
    features: ShardedRows,
    labels: np.ndarray,
    classes: int,
    l2: float,
    engine: Engine,
    work: Path,
    progress: Progress = silent,
    kept: np.ndarray | None = None,
) -> Head:
    """Return the minimiser of the risk over the rows of a table; the head holds the table, not its rows.

    Args:
        features: ``(n, d)``, last column 1.
        labels: ``(n,)``.
        classes: C ≥ 2.
        l2: λ > 0.
        engine: what computes sums over shards.
        work: a folder that all workers see, of this table; a fit that was killed goes on from what lies there.
        progress: called after every shard of a pass.
        kept: which rows count ``(n,)`` bool; all by default. n stays, as in a refit without images.

    Raises:
        ExplorerError: λ is not positive, or ‖∇R‖ cannot be brought below ``TOLERANCE``.
    """
    if not (np.isfinite(l2) and l2 > 0):
        raise ExplorerError(f"λ must be a positive number, not {l2}: without it the best weights are infinite or many.")
    groups = np.full(len(labels), EVERYWHERE) if kept is None else np.where(kept, EVERYWHERE, NOWHERE)
    objective = _objective(features, labels, groups, classes, l2, engine, work, progress, STAGE)
    start = start_of(features, labels, classes, l2)
    theta, here, prepared = minimise_over_shards(objective, start, TOLERANCE, preconditioner_of(objective, start))
    theta = polished(objective, theta, here, prepared)
    # computes like an array, and whoever needs one is told what it would take
    return Head(cast(np.ndarray, features), labels, objective.basis @ theta[0], l2)


def objective_of(
    head: Head, features: ShardedRows, engine: Engine, work: Path, progress: Progress, stage: str
) -> ShardedObjective:
    """Return the risk that a head over these rows minimises."""
    groups = np.full(len(features), EVERYWHERE)
    return _objective(features, head.train_labels, groups, head.classes, head.l2, engine, work, progress, stage)


def _objective(
    features: ShardedRows,
    labels: np.ndarray,
    groups: np.ndarray,
    classes: int,
    l2: float,
    engine: Engine,
    work: Path,
    progress: Progress,
    stage: str,
) -> ShardedObjective:
    said = np.column_stack([labels, groups]).astype(np.int32)
    n = np.array([float(len(labels))])
    return ShardedObjective(features, said, classes, np.array([l2]), n, engine, work, progress, stage)


def start_of(features: ShardedRows, labels: np.ndarray, classes: int, l2: float) -> np.ndarray:
    """Return θ ``(1, C − 1, d)`` of the head that is fitted to a drawn part, from which few passes over all shards are left."""
    rows = drawn_part(labels, features.shape[1])
    head = fit(features[rows], labels[rows], classes, l2)
    return (head.basis.T @ head.weights)[None]
