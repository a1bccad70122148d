"""k risks over the rows of a table of shards; every value is one sum over shards by an engine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from explorer.core.object_store import name_of
from explorer.core.progress import Progress, silent
from explorer.engine import Arrays, Engine, Task, kept_array
from explorer.models.head import contrasts
from explorer.models.sharded_head import sums
from explorer.shards import ShardedRows
from explorer.shards.table import FEATURES


@dataclass(frozen=True, eq=False)
class Slope:
    """k risks at some weights.

    Attributes:
        risks: R_j ``(k,)`` nats.
        gradient: ∇R_j ``(k, C − 1, d)``.
        held: Σ_i loss_i ``(k,)`` of the rows of group j, which risk j leaves out.
        curvature: the mean curvature of a contrast ``(k,)``, for a preconditioner.
    """

    risks: np.ndarray
    gradient: np.ndarray
    held: np.ndarray
    curvature: np.ndarray

    @property
    def norms(self) -> np.ndarray:
        """‖∇R_j‖ ``(k,)``."""
        return np.linalg.norm(self.gradient, axis=(1, 2))


@dataclass(frozen=True, eq=False)
class ShardedObjective:
    """R_j(θ) = (1/divisor_j) Σ_{i counted by j} loss_i(θ) + (λ_j/2)‖θ‖², W = B θ, over the rows of a table.

    Attributes:
        features: ``(n, d)``.
        said: ``(n, 2)`` int32: label and group of each row (:mod:`explorer.models.sharded_head.sums`).
        classes: C.
        l2: λ ``(k,)``.
        divisors: ``(k,)``.
        engine: what computes sums.
        work: a folder that all workers see; what is finished lies there, and a rerun uses it. It belongs to this table.
    """

    features: ShardedRows
    said: np.ndarray
    classes: int
    l2: np.ndarray
    divisors: np.ndarray
    engine: Engine
    work: Path
    progress: Progress = silent
    stage: str = ""

    @cached_property
    def basis(self) -> np.ndarray:
        """B ``(C, C − 1)``."""
        return contrasts(self.classes)

    def slope(self, theta: np.ndarray) -> Slope:
        """Return risks and gradients at θ ``(k, C − 1, d)``: one pass."""
        found = self._summed(sums.slopes, self._weights(theta))
        counted = self.divisors[:, None, None]
        return Slope(
            found["losses"] / self.divisors + 0.5 * self.l2 * np.einsum("kcd,kcd->k", theta, theta),
            self.basis.T @ found["gradient"] / counted + self.l2[:, None, None] * theta,
            found["held"],
            found["spread"] / self.divisors / (self.classes - 1),
        )

    def product(self, theta: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Return ∇²R_j(θ) times direction, ``(k, C − 1, d)``: one pass."""
        found = self._summed(sums.products, self._weights(theta), self._weights(direction))["product"]
        return self.basis.T @ found / self.divisors[:, None, None] + self.l2[:, None, None] * direction

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return ∇²R_0(θ) − λI ``(d, d)`` for two classes: one pass."""
        return self._summed(sums.hessian, self._weights(theta))["hessian"] / self.divisors[0]

    def rough_hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return :meth:`hessian` with products in single precision, half the time: for a preconditioner."""
        return self._summed(sums.rough_hessian, self._weights(theta))["hessian"] / self.divisors[0]

    def moments(self) -> np.ndarray:
        """Return the second moments of the features ``(d, d)``: one pass."""
        return self._summed(sums.moments)["moments"] / len(self.said)

    def _summed(self, function: Callable[..., Arrays], *files: str) -> Arrays:
        table = self.features.table
        tasks = [
            Task(function, (name_of(table.folder), place, shard.files[FEATURES], shard.start, self._rows, *files))
            for place, shard in enumerate(table.shards)
        ]
        return self.engine.sum(tasks, self.work, self.stage, self.progress)

    def _weights(self, theta: np.ndarray) -> str:
        return kept_array(self.work, self.basis @ theta)

    @cached_property
    def _rows(self) -> str:
        return kept_array(self.work, self.said)
