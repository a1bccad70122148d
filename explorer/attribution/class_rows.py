"""Rows of scores of a head of many classes, read off the passes that solve for them; no array of coefficients."""

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.class_proof import Proof
from explorer.attribution.class_system import ClassSystem, Solved, never
from explorer.attribution.curvature import Curvature
from explorer.attribution.iterative import by_classes
from explorer.attribution.row import Row, leaders
from explorer.core.progress import Progress, silent

# Relative residual at which a row's solution stops, before half a step more: scores of made features were right to a millionth of the
# largest, those of 99 unbalanced classes of real pictures (λ = 0.001) to a hundred-thousandth.
TOLERANCE = 1e-6
# A solve passes through n·d·C multiplications some tens of times: through so many of them in about half a second (two cores).
PROMPT_PRODUCTS = 500_000_000


def solved_rows(system: ClassSystem, tests: Tests, top: int, progress: Progress = silent) -> list[Row]:
    """Return the rows of influence (Koh & Liang 2017, eq. 2) of some test images, solved together, with ``top`` leaders a side.

    Positive: helpful. Nats. A solve that takes longer than a click ends when it is proved who leads, and in which order, with scores right to
    their digits (:class:`Proof`); the others are off by the row's ``error`` at most. Any other solve, and one of which that is not proved
    before, goes on to a relative residual of 1e-6, and every score is from a pass in float64.
    """
    proof, n, features = system.proof, len(system.head.train_labels), system.head.train_features

    def enough(pulls: np.ndarray, sizes: np.ndarray) -> bool:
        return all(proof.leads(row / n, top, size) for row, size in zip(pulls, sizes.tolist(), strict=True))

    prompt = features.size * system.head.classes <= PROMPT_PRODUCTS
    solved = system.solve(right_sides(tests), TOLERANCE, progress, never if prompt else enough)
    if solved.bounds is None:
        return [Row(scores, *leaders(scores, top), solved.share) for scores in _scores(system.polished(solved))]
    nearer = solved.solutions + system.conditioned(solved.left.astype(np.float32))
    return [
        _proved(proof, *each, top, solved.share) for each in zip(_scores(solved), nearer, solved.bounds, strict=True)
    ]


def _proved(proof: Proof, scores: np.ndarray, solution: np.ndarray, size: float, top: int, share: float) -> Row:
    """Return a row whose leaders are proved, with their scores from a nearer solution ``(C, d)``, in float64."""
    sides, errors = leaders(scores, top), proof.errors(size)
    rows = np.concatenate(sides)
    margins = np.asarray(proof.head.train_features[rows]) @ solution.T
    found = np.einsum("rc,rc->r", proof.slopes(rows), margins) / len(scores)
    # what is proved stays: a score is within its error, and the order as it is
    scores[rows] = np.clip(found, scores[rows] - errors[rows], scores[rows] + errors[rows])
    return Row(scores, *sides, share, exact=False, error=float(errors.max()))


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
