"""H⁻¹ without a factor: conjugate gradients, and LiSSA's random series (Koh & Liang 2017, section 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator
from explorer.attribution.curvature import Curvature
from explorer.models.newton import Objective, conjugate_gradients

# LiSSA is done at this share of the right side, where scores correlate above 0.99 with the exact ones on the default
# run; a round that does not lower the residual by a tenth has met the noise of its batches, and they are doubled.
ENOUGH, GAIN, GROWN = 0.04, 0.9, 1e3
# Steps between two looks at the residual, and how many looks before the best so far has to do.
STEPS, ROUNDS = 100, 200


@dataclass(frozen=True)
class InfluenceCG(Estimator):
    """The influence function with H⁻¹ by conjugate gradients under a Kronecker preconditioner.

    Positive: helpful. Nats. Equal to ``influence`` to about ``tolerance``, and works where no dense factor fits.
    """

    iterative: ClassVar[bool] = True
    tolerance: float = 1e-9

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return H⁻¹ times each of ``(k, C − 1, d)``."""
        objective, probabilities = _objective(curvature, len(rows))
        goal = np.full(len(rows), self.tolerance**2)
        return conjugate_gradients(
            lambda x: objective.curved(probabilities, x), rows, objective.kronecker(probabilities), goal
        )


@dataclass(frozen=True)
class InfluenceLiSSA(Estimator):
    """The influence function with H⁻¹ by the series v ← r + (I − H_b/σ)v over random batches b (Agarwal et al. 2017).

    Positive: helpful. Nats, with the noise of the batches. σ is λ_max(H), doubled whenever the series grows; the batches
    run through the images in random order, again and again, and their size follows the residual. Nothing is left to set.
    """

    iterative: ClassVar[bool] = True
    batch: int = 500
    seed: int = 0

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return H⁻¹ times each of ``(k, C − 1, d)``, about."""
        objective, probabilities = _objective(curvature, len(rows))
        scale = curvature.largest
        while True:
            found = self._series(curvature, objective, probabilities, rows, scale)
            if found is not None:
                return found
            scale *= 2

    def _series(
        self, curvature: Curvature, objective: Objective, probabilities: np.ndarray, rows: np.ndarray, scale: float
    ) -> np.ndarray | None:
        """Return the averaged series, or None where it grows without end."""
        rng, n, batch = np.random.default_rng(self.seed), len(probabilities), self.batch
        value = best = rows / scale
        lowest = np.inf
        for _ in range(ROUNDS):
            total = np.zeros_like(rows)
            for some in islice(_batches(rng, n, batch), STEPS):
                value = value + (rows - _batch_product(curvature, some, value)) / scale
                total += value
            residual = _residual(objective, probabilities, total / STEPS, rows)
            if not np.isfinite(residual) or residual > GROWN:
                return None
            batch = batch if residual <= GAIN * lowest else min(n, 2 * batch)
            if residual < lowest:
                best, lowest = total / STEPS, residual
            if lowest <= ENOUGH:
                break
        return best


def _batches(rng: np.random.Generator, n: int, batch: int) -> Iterator[slice]:
    """Yield batches of the shuffled images for ever, each pass through them in another order."""
    while True:
        for place in rng.permutation(max(1, n // batch)):
            yield slice(place * batch, (place + 1) * batch)


def residual(curvature: Curvature, found: np.ndarray, rows: np.ndarray) -> float:
    """Return the largest ‖H x − r‖/‖r‖ of solutions x ``(k, C − 1, d)`` for right sides r of the same shape."""
    objective, probabilities = _objective(curvature, len(rows))
    return _residual(objective, probabilities, found, rows)


def _objective(curvature: Curvature, k: int) -> tuple[Objective, np.ndarray]:
    """Return the risk of the head k times over, and its probabilities ``(n, 1, C)``."""
    head = curvature.head
    ones = np.broadcast_to(1.0, (k, len(head.train_labels)))
    l2, known = np.full(k, head.l2), curvature.spectrum  # half of a solve's time, where it were computed every time
    objective = Objective(head.train_features, head.train_labels, head.basis, l2, ones, spectrum=known)
    return objective, head.train_probabilities[:, None, :]


def _batch_product(curvature: Curvature, some: slice, rows: np.ndarray) -> np.ndarray:
    """Return H_b times each of ``(k, C − 1, d)``, H_b the Hessian of some of the shuffled images.

    The features are rounded to float32, which is a hundred-thousandth of the noise of a batch and twice as fast.
    """
    features, blocks = (all_of_them[some] for all_of_them in curvature.shuffled)
    k, contrasts, d = rows.shape
    margins = (features @ rows.reshape(-1, d).T.astype(np.float32)).reshape(-1, k, contrasts)
    weighted = (margins @ blocks).reshape(len(features), -1) / len(features)
    return (weighted.T @ features).reshape(rows.shape) + curvature.head.l2 * rows


def _residual(objective: Objective, probabilities: np.ndarray, found: np.ndarray, rows: np.ndarray) -> float:
    """Return the largest ‖H x − r‖/‖r‖ of the k systems; a row of zeros has none."""
    off = np.linalg.norm(objective.curved(probabilities, found) - rows, axis=(1, 2))
    size = np.linalg.norm(rows, axis=(1, 2))
    return float(np.max(np.divide(off, size, out=np.zeros_like(off), where=size > 0)))
