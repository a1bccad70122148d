"""The softmax head of many classes, fitted by blocks of rows: no array of images × folds × classes, and no contrasts.

Newton's method (Nocedal & Wright 2006, ch. 7) for one weighted risk R(W) = (1/n) Σ_i w_i loss_i(W) + (λ/2)‖W‖². Risks and gradients
are float64; the steps are solved for by products in single precision, which change how many steps there are, not where they end.
Weights are in class coordinates ``(C, d)``; their columns sum to zero, as those of every gradient do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.special import log_softmax

from explorer.core.errors import ExplorerError
from explorer.core.parallel import one_blas_thread, row_slices, run_in_threads
from explorer.models.solver import ARMIJO, MAX_HALVINGS, MAX_STEPS, ROUNDING

# Rows are worked on in so many pieces, which the cores take side by side, and in each so many margins at once (16 MB).
PIECES, HELD = 8, 2_000_000
# Share of the residual's squared norm at which a step is solved: at most, and what single precision reaches; steps of one solve.
ROUGH, FINE, MOST_STEPS = 0.01, 1e-9, 200


@dataclass(frozen=True, eq=False)
class Slope:
    """A risk at some weights.

    Attributes:
        risk: R, nats.
        gradient: ∇R ``(C, d)``.
        held: Σ_i loss_i of the rows of weight 0.
        probabilities: p_i ``(n, C)``, single precision.
    """

    risk: float
    gradient: np.ndarray
    held: float
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class Rows:
    """Training images, shared by risks that weigh them differently.

    Attributes:
        features: ``(n, d)`` float64, last column 1.
        labels: ``(n,)``.
        classes: C.
    """

    features: np.ndarray
    labels: np.ndarray
    classes: int

    @cached_property
    def single(self) -> np.ndarray:
        """The features in single precision."""
        return np.asarray(self.features, dtype=np.float32)

    @cached_property
    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues ``(d,)`` and eigenvectors ``(d, d)`` of the second moments."""
        values, vectors = scipy.linalg.eigh(self.single.T @ self.single / len(self.single), check_finite=False)
        return np.maximum(values, 0), vectors

    def pieces(self) -> list[slice]:
        """Return slices of rows for the cores."""
        return row_slices(len(self.labels), PIECES)

    def blocks(self, rows: slice) -> list[slice]:
        """Return the slices of a piece whose margins are held at once."""
        width = max(1, HELD // self.classes)
        return [slice(start, min(start + width, rows.stop)) for start in range(rows.start, rows.stop, width)]


@dataclass(frozen=True, eq=False)
class ClassRisk:
    """A weighted risk of a head of many classes.

    Attributes:
        rows: the images.
        weights: w ``(n,)``; 0 leaves a row out while n stays.
        l2: λ.
    """

    rows: Rows
    weights: np.ndarray
    l2: float

    def slope(self, head: np.ndarray) -> Slope:
        """Return the risk and its gradient at W ``(C, d)``: one pass in float64."""
        rows, n = self.rows, len(self.weights)
        probabilities = np.empty((n, rows.classes), dtype=np.float32)

        def work(piece: slice) -> tuple[float, float, np.ndarray]:
            risk, held, gradient = 0.0, 0.0, np.zeros_like(head)
            for some in rows.blocks(piece):
                own, weights = np.asarray(rows.features[some]), self.weights[some]
                logs, places = log_softmax(own @ head.T, axis=1), np.arange(len(own))
                losses = -logs[places, rows.labels[some]]
                risk, held = risk + float(losses @ weights), held + float(losses[weights == 0].sum())
                residuals = np.exp(logs, out=logs)
                probabilities[some] = residuals
                residuals[places, rows.labels[some]] -= 1
                residuals *= weights[:, None]
                gradient += residuals.T @ own
            return risk, held, gradient

        with one_blas_thread():
            risks, held, gradients = zip(*run_in_threads(work, rows.pieces()), strict=True)
        gradient = np.sum(gradients, axis=0) / n + self.l2 * head
        risk = sum(risks) / n + 0.5 * self.l2 * float(np.vdot(head, head))
        return Slope(risk, gradient, sum(held), probabilities)

    def product(self, probabilities: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Return ∇²R times a direction ``(C, d)``, both in single precision: one pass."""
        rows, weights = self.rows, (self.weights / len(self.weights)).astype(np.float32)

        def work(piece: slice) -> np.ndarray:
            total = np.zeros_like(direction)
            for some in rows.blocks(piece):
                p, margins = probabilities[some], rows.single[some] @ direction.T
                margins -= np.einsum("rc,rc->r", p, margins)[:, None]
                margins *= p
                margins *= weights[some, None]
                total += margins.T @ rows.single[some]
            return total

        with one_blas_thread():
            return np.sum(run_in_threads(work, rows.pieces()), axis=0) + np.float32(self.l2) * direction

    def preconditioner(self, probabilities: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return about (∇²R)⁻¹: (κM + λI)⁻¹, M the second moments, κ the mean curvature of a contrast."""
        values, vectors = self.rows.spectrum
        squares = np.einsum("rc,rc->r", probabilities, probabilities)
        kappa = float((1 - squares) @ self.weights) / len(self.weights) / (self.rows.classes - 1)
        scales = (1 / (kappa * values + self.l2)).astype(np.float32)

        def solve(rows: np.ndarray) -> np.ndarray:
            found = ((rows @ vectors) * scales) @ vectors.T
            return np.asarray(found - found.mean(axis=0))

        return solve


def minimise_by_blocks(risk: ClassRisk, start: np.ndarray, tolerance: float) -> tuple[np.ndarray, Slope]:
    """Return W ``(C, d)`` with ‖∇R(W)‖ ≤ tolerance, from a start whose columns sum to zero, and what is known there.

    Raises:
        ExplorerError: the tolerance cannot be reached, or the features are not finite.
    """
    head, here = start, risk.slope(start)
    for _ in range(MAX_STEPS):
        size = float(np.linalg.norm(here.gradient))
        if not np.isfinite(size):
            raise ExplorerError("The features hold numbers that are not finite; no head can be fitted to them.")
        if size <= tolerance:
            return head, here
        head, here = _descended(risk, head, here, _step(risk, here, size))
    raise ExplorerError(
        f"The head's fit stops at ‖∇R‖ = {size:.1e}, above {tolerance:.0e}; raise λ or scale the features."
    )


def _step(risk: ClassRisk, here: Slope, size: float) -> np.ndarray:
    """Return about −(∇²R)⁻¹ ∇R, by conjugate gradients in single precision, the more exactly the smaller ∇R is."""
    solve, left = risk.preconditioner(here.probabilities), (-here.gradient / size).astype(np.float32)
    found, direction = np.zeros_like(left), solve(left)
    strength = _dot(left, direction)
    enough = strength * max(min(ROUGH, size), FINE)
    for _ in range(MOST_STEPS):
        image = risk.product(here.probabilities, direction)
        length = np.float32(strength / _dot(direction, image))
        found += length * direction
        left -= length * image
        conditioned = solve(left)
        renewed = _dot(left, conditioned)
        if renewed <= enough:
            break
        direction, strength = conditioned + np.float32(renewed / strength) * direction, renewed
    return size * found.astype(np.float64)


def _descended(risk: ClassRisk, head: np.ndarray, here: Slope, step: np.ndarray) -> tuple[np.ndarray, Slope]:
    """Return W after the step, halved until the risk falls (Armijo), and what is known there."""
    slope, length = float(np.vdot(here.gradient, step)), 1.0
    step -= step.mean(axis=0)
    for _ in range(MAX_HALVINGS):
        moved = head + length * step
        there = risk.slope(moved)
        if there.risk <= here.risk + ARMIJO * length * slope + ROUNDING * abs(here.risk):
            break
        length /= 2
    return moved, there


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    """Inner product, summed in float64."""
    return float(np.einsum("cd,cd->c", left, right).sum(dtype=np.float64))
