"""Which training images a trained network's answer may need to flip, by scores of its margin, and how many are tried next.

As Yang, Jiang & Wallace 2023 ("How many and which training points would need to be removed to flip this prediction?"), with
scores of the whole training: a set is taken from the strongest image on, and only a real retraining says whether it flips.
"""

from dataclasses import dataclass

import numpy as np

# The margin is to fall so far below zero, in parts of what it was: a prediction is never quite right.
SAFETY = 0.1
# A set that did not flip is tried again so many times as large, and this many sets are tried at most.
GROWTH, TRIES = 1.5, 4


@dataclass(frozen=True, eq=False)
class MarginRanking:
    """Removals in the order in which they are tried.

    Attributes:
        margin: of the prediction, the logit of the predicted class less the largest other one; not negative.
        rows: training images whose removal lowers it, the strongest first ``(r,)``.
        pushes: what each does to it, alone ``(r,)``; negative.
        most: how many can go before a class has no image left.
    """

    margin: float
    rows: np.ndarray
    pushes: np.ndarray
    most: int

    def predicted(self, count: int) -> float:
        """Return the margin that is predicted without the first ``count`` images: the margin and the plain sum."""
        return self.margin + float(self.pushes[:count].sum())

    @property
    def first(self) -> int:
        """How many are tried first: the fewest by which the margin falls safely below zero; 0 where all are not enough."""
        reached = self.margin + np.cumsum(self.pushes[: self.most]) <= -SAFETY * self.margin
        return int(reached.argmax()) + 1 if reached.any() else 0

    def larger(self, count: int) -> int:
        """Return how many are tried after ``count`` were not enough; 0 where there are no more."""
        grown = min(self.most, max(count + 1, round(GROWTH * count)))
        return grown if grown > count else 0


def margin_ranking(scores: np.ndarray, labels: np.ndarray, margin: float) -> MarginRanking:
    """Return the order in which removals are tried.

    Args:
        scores: what removing each training image does to the margin ``(n,)``.
        labels: of the training images ``(n,)``.
        margin: of the prediction.
    """
    order = np.argsort(scores, kind="stable")
    rows = order[scores[order] < 0]
    taken = np.cumsum(np.eye(labels.max() + 1, dtype=int)[labels[rows]], axis=0)
    emptied = np.flatnonzero((taken >= np.bincount(labels)).any(axis=1))
    return MarginRanking(margin, rows, scores[rows], int(emptied[0]) if len(emptied) else len(rows))


def margin_of(logits: np.ndarray, label: int) -> float:
    """Return the logit of a class less the largest other one, for logits ``(C,)``."""
    wide = logits.astype(np.float64)
    return float(wide[label] - np.delete(wide, label).max())
