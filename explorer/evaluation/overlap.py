"""Agreement of two methods on one test image: shared leaders and rank correlation."""

from dataclasses import dataclass

import numpy as np

from explorer.evaluation.agreement import spearman


@dataclass(frozen=True)
class Overlap:
    """Two rows of scores compared.

    Attributes:
        helpful: images that both have among their k most helpful.
        harmful: images that both have among their k most harmful.
        correlation: of the ranks of all scores (Spearman), −1 to 1.
    """

    helpful: int
    harmful: int
    correlation: float


def overlap(one: np.ndarray, other: np.ndarray, k: int) -> Overlap:
    """Return how far two rows of scores ``(n,)`` agree at their k strongest a side, and over all images."""
    shared = [len(np.intersect1d(top_rows(sign * one, k), top_rows(sign * other, k))) for sign in (1, -1)]
    return Overlap(shared[0], shared[1], spearman(one, other))


def top_rows(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the rows of the k largest positive scores."""
    order = np.argsort(-scores, kind="stable")[:k]
    return order[scores[order] > 0]
