"""Which images lead a row of a head of many classes, and in which order, proved before the solution is converged.

With g_i = ∇loss(i) and a solution x of H x = r whose residual is ρ, a score is off by |g_iᵀ H⁻¹ ρ|/n ≤ ‖g_i‖‖ρ‖/(λn), because
H ⪰ λI (Cauchy–Schwarz); the difference of two scores by ‖g_i − g_j‖‖ρ‖/(λn), which is less than the sum of both. ‖ρ‖ is that of the steps
in single precision with an allowance for their rounding that was measured, not derived (``DRIFT`` in :mod:`explorer.attribution.class_system`).
"""

from dataclasses import dataclass

import numpy as np

from explorer.attribution.row import leaders
from explorer.core.parallel import row_slices
from explorer.core.phrases import score_digits
from explorer.models.head import Head

# So many images a side may come near the last leader; more of them, and the solution is not near enough to look at each.
NEAR = 500
# Slopes of so many numbers are held at once (16 MB).
HELD = 2_000_000


@dataclass(frozen=True, eq=False)
class Proof:
    """What a residual lets a row's scores be off by.

    Attributes:
        head: whose training images are scored.
        probabilities: p_i ``(n, C)``.
        norms: ‖g_i‖ = ‖p_i − y_i‖‖h_i‖ ``(n,)``.
    """

    head: Head
    probabilities: np.ndarray
    norms: np.ndarray

    @classmethod
    def of(cls, head: Head, features: np.ndarray, probabilities: np.ndarray) -> "Proof":
        """Return it for features ``(n, d)`` and p_i ``(n, C)``, both in any precision."""
        found = cls(head, probabilities, np.empty(len(features)))
        for rows in row_slices(len(features), 1 + probabilities.size // HELD):
            slopes = found.slopes(np.arange(rows.start, rows.stop))
            lengths = np.einsum("rd,rd->r", features[rows], features[rows])
            found.norms[rows] = np.sqrt(np.einsum("rc,rc->r", slopes, slopes) * lengths)
        return found

    def errors(self, residual: float) -> np.ndarray:
        """Return how far each score can be off ``(n,)``, nats, for ‖ρ‖."""
        return self.norms * self._each(residual)

    def leads(self, scores: np.ndarray, top: int, residual: float) -> bool:
        """Return whether the ``top`` leaders of both sides, their order and digits are those of the exact scores, for ‖ρ‖."""
        sides, errors = leaders(scores, top), self.errors(residual)
        led = np.concatenate(sides)
        if (errors[led] > 0.5 * 10.0 ** -score_digits(scores[led].tolist())).any():
            return False
        return all(
            self._led(sign * scores, rows, errors, top, residual) for sign, rows in zip((1, -1), sides, strict=True)
        )

    def _each(self, residual: float) -> float:
        return residual / (self.head.l2 * len(self.norms))

    def _led(self, scores: np.ndarray, rows: np.ndarray, errors: np.ndarray, top: int, residual: float) -> bool:
        """Return whether ``rows`` are the largest scores in order: each before the next, and the last before all others."""
        if len(rows) < min(top, len(scores)) or scores[rows[-1]] <= errors[rows[-1]]:
            return False
        near = scores + errors >= scores[rows[-1]] - errors[rows[-1]]
        near[rows] = False
        others = np.flatnonzero(near)
        if len(others) > NEAR:
            return False
        before = np.concatenate([rows[:-1], np.full(len(others), rows[-1])])
        behind = np.concatenate([rows[1:], others])
        apart = scores[before] - scores[behind]
        return bool((apart > self._distances(before, behind) * self._each(residual)).all())

    def _distances(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return ‖g_i − g_j‖ of pairs of images."""
        (a, h), (b, k) = ((self.slopes(rows), np.asarray(self.head.train_features[rows])) for rows in (left, right))
        likeness = np.einsum("rc,rc->r", a, b) * np.einsum("rd,rd->r", h, k)
        return np.sqrt(np.maximum(self.norms[left] ** 2 + self.norms[right] ** 2 - 2 * likeness, 0))

    def slopes(self, rows: np.ndarray) -> np.ndarray:
        """Return p_i − y_i of some images ``(r, C)``."""
        slopes = self.probabilities[rows].astype(np.float64)
        slopes[np.arange(len(rows)), self.head.train_labels[rows]] -= 1
        return slopes
