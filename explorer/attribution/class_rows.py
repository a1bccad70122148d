"""Rows of scores of a head of many classes, read off the passes that solve for them; no array of coefficients."""

import numpy as np

from explorer.attribution.base import Tests
from explorer.attribution.class_system import ClassSystem, Solved
from explorer.attribution.row import Row, leaders

# Relative residual at which a row's solution stops, before half a step more: scores are right to a millionth of the largest.
TOLERANCE = 1e-6


def solved_rows(system: ClassSystem, tests: Tests, top: int) -> list[Row]:
    """Return the rows of influence (Koh & Liang 2017, eq. 2) of some test images, solved together, with ``top`` leaders a side.

    Positive: helpful. Nats. Every score comes from a pass in float64, and is exact to 1e-6 of the row's largest.
    """
    solved = system.polished(system.solve(right_sides(tests), TOLERANCE))
    return [Row(scores, *leaders(scores, top), solved.share) for scores in _scores(solved)]


def estimated_rows(system: ClassSystem, tests: Tests, top: int) -> list[Row]:
    """Return a first estimate of the same rows, in the time of one matrix product: an order to look at meanwhile, not figures."""
    found = _scores(system.estimated(right_sides(tests)))
    return [Row(scores, *leaders(scores, top), exact=False, error=None) for scores in found]


def right_sides(tests: Tests) -> np.ndarray:
    """Return ∇loss(t) = (p_t − y_t) ⊗ h_t ``(m, C, d)``."""
    slopes = tests.probabilities.copy()
    slopes[np.arange(len(slopes)), tests.targets] -= 1
    return slopes[:, :, None] * tests.features[:, None, :]


def _scores(solved: Solved) -> np.ndarray:
    """Return (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i) ``(m, n)``."""
    return solved.pulls / solved.pulls.shape[1]
