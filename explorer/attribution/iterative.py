"""H⁻¹ without a factor: conjugate gradients, and LiSSA's random series (Koh & Liang 2017, section 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator
from explorer.attribution.curvature import Curvature
from explorer.core.parallel import row_slices
from explorer.models.solver import Objective, conjugate_gradients, curved_margins

# LiSSA is done at this share of the right side, where scores correlate above 0.99 with the exact ones on the default
# run; a round that does not lower the residual by a tenth has met the noise of its batches, and they are doubled.
ENOUGH, GAIN, GROWN = 0.04, 0.9, 1e3
# Of many classes: what is shown or exported is right to a millionth of its row's largest score, the solution to a hundredth of that.
CONVERGED = 1e-8
# Steps between two looks at the residual, and how many looks before the best so far has to do.
STEPS, ROUNDS = 100, 200


@dataclass(frozen=True)
class InfluenceCG(Estimator):
    """The influence function with H⁻¹ by conjugate gradients under a Kronecker preconditioner.

    Positive: helpful. Nats. Equal to ``influence`` to about ``tolerance``, and works where no dense factor fits.
    """

    summary: ClassVar[str] = "The classical estimate, solved by conjugate gradients."
    iterative: ClassVar[bool] = True
    tolerance: float = 1e-9

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return H⁻¹ times each of ``(k, C − 1, d)``, same shape.

        Where no dense factor fits, most steps are in single precision, refined in double to ‖H x − r‖ ≤ ``CONVERGED`` ‖r‖.
        """
        if not curvature.dense:
            basis = curvature.head.basis
            return basis.T @ curvature.class_system.solve(basis @ rows, CONVERGED).solutions
        objective, probabilities = _objective(curvature, len(rows))
        goal = np.full(len(rows), self.tolerance**2)
        return conjugate_gradients(curvature.product, rows, objective.kronecker(probabilities), goal)


@dataclass(frozen=True)
class InfluenceLiSSA(Estimator):
    """The influence function with H⁻¹ by the series v ← r + (I − H_b/σ)v over random batches b (Agarwal et al. 2017).

    Positive: helpful. Nats, with the noise of the batches. σ is λ_max(H), doubled whenever the series grows; the batches
    run through the images, shuffled once, in an order that ``seed`` decides; their size follows the residual. Nothing is left to set.
    """

    summary: ClassVar[str] = "The classical estimate by a random series: some noise, some seconds."
    iterative: ClassVar[bool] = True
    needs_held_features: ClassVar[bool] = True
    batch: int = 500
    seed: int = 0

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return an estimate of H⁻¹ times each of ``(k, C − 1, d)``, same shape."""
        scale = curvature.largest_eigenvalue
        while True:
            solution = self._series(curvature, rows, scale)
            if solution is not None:
                return solution
            scale *= 2

    def _series(self, curvature: Curvature, rows: np.ndarray, scale: float) -> np.ndarray | None:
        """Return the averaged series, or None where it grows without end."""
        rng, n, batch = np.random.default_rng(self.seed), len(curvature.head.train_labels), self.batch
        value = best = rows / scale
        lowest = np.inf
        for _ in range(ROUNDS):
            total = np.zeros_like(rows)
            for some in islice(_batches(rng, n, batch), STEPS):
                value = value + (rows - _batch_product(curvature, some, value)) / scale
                total += value
            off = residual(curvature, total / STEPS, rows)
            if not np.isfinite(off) or off > GROWN:
                return None
            batch = batch if off <= GAIN * lowest else min(n, 2 * batch)
            if off < lowest:
                best, lowest = total / STEPS, off
            if lowest <= ENOUGH:
                break
        return best


def _batches(rng: np.random.Generator, n: int, batch: int) -> Iterator[slice]:
    """Yield batches of the shuffled images for ever, of ``batch`` images or a few more, each pass in another order."""
    batches = row_slices(n, max(1, n // batch))
    while True:
        for place in rng.permutation(len(batches)):
            yield batches[place]


def residual(curvature: Curvature, solutions: np.ndarray, rows: np.ndarray) -> float:
    """Return the largest ‖H x − r‖/‖r‖ of solutions x ``(k, C − 1, d)`` for right sides r of the same shape; a row of zeros has none."""
    off = np.linalg.norm(curvature.product(solutions) - rows, axis=(1, 2))
    size = np.linalg.norm(rows, axis=(1, 2))
    return float(np.max(np.divide(off, size, out=np.zeros_like(off), where=size > 0)))


def by_classes(estimator: Estimator, curvature: Curvature) -> bool:
    """Return whether rows come from the solver of many classes (:mod:`explorer.attribution.class_rows`), without coefficients of all images."""
    return isinstance(estimator, InfluenceCG) and not curvature.dense


def _objective(curvature: Curvature, k: int) -> tuple[Objective, np.ndarray]:
    """Return the risk of the head k times over, and its probabilities ``(n, 1, C)``."""
    head = curvature.head
    ones = np.broadcast_to(1.0, (k, len(head.train_labels)))
    # to compute the spectrum anew would double the time of a solve
    spectrum, l2 = curvature.spectrum, np.full(k, head.l2)
    objective = Objective(head.train_features, head.train_labels, head.basis, l2, ones, spectrum=spectrum)
    return objective, head.train_probabilities[:, None, :]


def _batch_product(curvature: Curvature, some: slice, rows: np.ndarray) -> np.ndarray:
    """Return H_b times each of ``(k, C − 1, d)``, H_b the Hessian of some of the shuffled images.

    Both products are in float32, whose rounding is a hundred-thousandth of the noise of a batch, and twice as fast.
    """
    features, probabilities = (of_all[some] for of_all in curvature.shuffled)
    k, contrasts, d = rows.shape
    margins = (features @ rows.reshape(-1, d).T.astype(np.float32)).reshape(-1, k, contrasts)
    weighted = curved_margins(probabilities[:, None], margins, curvature.head.basis).reshape(len(features), -1)
    product = weighted.T.astype(np.float32) @ features
    return product.reshape(rows.shape) / len(features) + curvature.head.l2 * rows
