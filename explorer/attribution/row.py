"""A row of scores, its leaders, and how leaders are proved without computing every score in float64."""

from dataclasses import dataclass

import numpy as np

from explorer.attribution.scan import Question, Values, exact_values, scan_blocks
from explorer.core.parallel import row_slices, run_in_threads
from explorer.shards import ShardedRows

# Scores are read off the values of a scan in so many pieces, which the cores take side by side.
PIECES = 16


@dataclass(frozen=True, eq=False)
class Row:
    """The scores of one test image.

    Attributes:
        scores: ``(n,)`` nats; where not ``exact`` those of all but the leaders come from a first scan: off by ``error`` at
            most, or first order in the test loss.
        helpful: rows of the strongest positive scores, strongest first.
        harmful: rows of the strongest negative scores, strongest first.
        residual: ‖H x − ∇loss(t)‖/‖∇loss(t)‖ of an iterative estimator's solution; None where a factor solves exactly.
        exact: whether every score is computed as the estimator defines it; the leaders' are, or are proved right to the digits
            that a page shows.
        error: how far the scores of a first scan can be off, proved, and with it who leads and in which order; 0 where all are
            exact; None where that is not known (first order).
    """

    scores: np.ndarray
    helpful: np.ndarray
    harmful: np.ndarray
    residual: float | None = None
    exact: bool = True
    error: float | None = 0.0


def proved_row(
    features: ShardedRows,
    coefficients: np.ndarray,
    vectors: np.ndarray,
    score: Values,
    top: int,
    residual: float | None,
) -> Row:
    """Return a row from a scan in int8, with leaders that are proved to be those of float64, and in its order.

    Args:
        features: of all n images.
        coefficients: c_i ``(n, K)``.
        vectors: U ``(K, d)``; the values c_i · (U x_i) decide.
        score: what makes scores of values: increasing, convex, and 0 at 0.
        top: leaders a side.
        residual: of an iterative estimator's solution.
    """
    scan = scan_blocks(features.scan_blocks(), coefficients, Question.of(vectors))
    rows = scan.candidates(top, score)
    scan.values[rows], scan.bounds[rows] = exact_values(features, rows, coefficients, vectors), 0.0
    scores = np.empty(len(coefficients))

    def read(piece: slice) -> None:
        scores[piece] = score(scan.values[piece])

    run_in_threads(read, row_slices(len(scores), PIECES))
    helpful, harmful = leaders(scores[rows], top)
    # a convex function rises nowhere faster than behind the largest value
    largest, bound = scan.values.max(), scan.bounds.max()
    most, least = score(np.array([largest + bound, largest])).tolist()
    error = most - least if np.isfinite(most) else None
    return Row(scores, rows[helpful], rows[harmful], residual, exact=False, error=error)


def leaders(scores: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the strongest positive and of the strongest negative scores, strongest first; of equal ones the first row first."""
    return _strongest(scores, top), _strongest(-scores, top)


def _strongest(scores: np.ndarray, top: int) -> np.ndarray:
    """Return the rows of the largest positive scores, largest first; of equal ones the first row first."""
    least = np.partition(scores, -top)[-top] if top < len(scores) else -np.inf
    rows = np.flatnonzero((scores >= least) & (scores > 0))
    return rows[np.argsort(-scores[rows], kind="stable")][:top]
