"""Rows of scores of a head of many classes, read off the passes that solve for them; no array of coefficients."""

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.class_system import ClassSystem, Solved
from explorer.attribution.curvature import Curvature
from explorer.attribution.iterative import by_classes
from explorer.attribution.row import Row, leaders
from explorer.core.progress import Progress, silent

# Relative residual at which a row's solution stops, before half a step more: scores are right to a millionth of the largest.
TOLERANCE = 1e-6
# A solve passes through n·d·C multiplications some tens of times: through so many of them in about half a second (two cores).
PROMPT_PRODUCTS = 500_000_000


def solved_rows(system: ClassSystem, tests: Tests, top: int, progress: Progress = silent) -> list[Row]:
    """Return the rows of influence (Koh & Liang 2017, eq. 2) of some test images, solved together, with ``top`` leaders a side.

    Positive: helpful. Nats. Every score comes from a pass in float64, and is exact to 1e-6 of the row's largest.
    """
    solved = system.polished(system.solve(right_sides(tests), TOLERANCE, progress))
    return [Row(scores, *leaders(scores, top), solved.share) for scores in _scores(solved)]


def estimated_rows(system: ClassSystem, tests: Tests, top: int) -> list[Row]:
    """Return a first estimate of the same rows, in the time of one matrix product: an order to look at meanwhile, not figures."""
    found = _scores(system.estimated(right_sides(tests)))
    return [Row(scores, *leaders(scores, top), exact=False, error=None) for scores in found]


def first_rows(estimator: Estimator, curvature: Curvature, tests: Tests, top: int) -> list[Row] | None:
    """Return a first estimate of rows that take longer than a click; None where they do not, or where nothing estimates them."""
    head = curvature.head
    if not by_classes(estimator, curvature) or head.train_features.size * head.classes <= PROMPT_PRODUCTS:
        return None
    return estimated_rows(curvature.class_system, tests, top)


def right_sides(tests: Tests) -> np.ndarray:
    """Return ∇loss(t) = (p_t − y_t) ⊗ h_t ``(m, C, d)``."""
    slopes = tests.probabilities.copy()
    slopes[np.arange(len(slopes)), tests.targets] -= 1
    return slopes[:, :, None] * tests.features[:, None, :]


def _scores(solved: Solved) -> np.ndarray:
    """Return (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i) ``(m, n)``."""
    return solved.pulls / solved.pulls.shape[1]
