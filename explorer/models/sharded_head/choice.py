"""λ for features in shards: the folds and the grid of :func:`explorer.models.head.choose_l2`, all rows, but few of the λ.

A drawn part, held in memory, says where the lowest loss about is; more rows need less λ, never much more. From there the grid is walked
downhill, the mean log-loss of all rows at each λ, until both neighbours of the lowest one are higher.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.core.progress import Progress, silent
from explorer.engine import Engine
from explorer.models.head import FOLDS, L2_GRID, choose_l2, folds_of
from explorer.models.sharded_head.fit import start_of
from explorer.models.sharded_head.newton import minimise_over_shards, preconditioner_of
from explorer.models.sharded_head.objective import ShardedObjective
from explorer.models.sharded_head.part import drawn_part
from explorer.shards import ShardedRows

STAGE = "Choosing λ"


def choose_l2_over_shards(
    features: ShardedRows,
    labels: np.ndarray,
    classes: int,
    engine: Engine,
    work: Path,
    progress: Progress = silent,
) -> dict[float, float]:
    """Return the mean cross-validated log-loss over all rows of some λ of ``L2_GRID``, the lowest and both its neighbours among them.

    Args:
        features: ``(n, d)``, last column 1.
        labels: ``(n,)``.
        classes: C ≥ 2.
        engine: what computes sums over shards.
        work: a folder that all workers see, of this table; a choice that was killed goes on from what lies there.
        progress: called after every shard of a pass.
    """
    rows = drawn_part(labels, features.shape[1])
    about = choose_l2(features[rows], labels[rows], classes, progress)
    if len(rows) == len(labels):
        return about
    place = min(range(len(L2_GRID)), key=lambda at: about[L2_GRID[at]])
    losses = _Losses(features, labels, classes, engine, work, progress, L2_GRID[place])
    while True:
        # λ falls along the grid, and more rows need less of it: that side first
        near = [at for at in (place, place + 1, place - 1) if 0 <= at < len(L2_GRID)]
        best = min(near, key=losses.at)
        if best == place:
            return dict(sorted(losses.known.items(), reverse=True))
        place = best


class _Losses:
    """The mean held-out log-loss of all rows at a λ of the grid; each begins where the last one ended."""

    def __init__(
        self,
        features: ShardedRows,
        labels: np.ndarray,
        classes: int,
        engine: Engine,
        work: Path,
        progress: Progress,
        first: float,
    ) -> None:
        folds = folds_of(labels)
        said = np.column_stack([labels, folds]).astype(np.int32)
        inside = len(labels) - np.bincount(folds, minlength=FOLDS).astype(float)
        self.objective = ShardedObjective(
            features, said, classes, np.full(FOLDS, first), inside, engine, work, progress, STAGE
        )
        start = start_of(features, labels, classes, first)
        self.theta = np.repeat(start, FOLDS, axis=0)
        # risk 0, which leaves out fold 0, lends its Hessian to all
        self.prepared = preconditioner_of(self.objective, self.theta)
        self.known: dict[float, float] = {}

    def at(self, place: int) -> float:
        """Return the loss at a place of the grid, computed once."""
        l2 = L2_GRID[place]
        if l2 not in self.known:
            objective = replace(self.objective, l2=np.full(FOLDS, l2))
            found = minimise_over_shards(objective, self.theta, 1e-4 * l2, self.prepared)
            self.theta, here, self.prepared = found
            self.known[l2] = float(here.held.sum() / len(self.objective.said))
        return self.known[l2]
