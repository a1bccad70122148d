"""How far scores of a whole network agree with real retrainings without random subsets of its images.

Everything here is told as a change of an output f, the margin of a test image say: what the scores of the images that were left
out add up to, beside what the retraining did. Images and subsets are both drawn at random, so intervals resample both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.evaluation.agreement import INSIDE, RESAMPLES, pearson

# A figure and the ends of its 95 % interval.
Interval = tuple[float, float, float]
# Fewer subsets have hardly any order that could agree.
FEWEST = 4


@dataclass(frozen=True, eq=False)
class Changes:
    """What was predicted of some subsets and what their retrainings measured.

    Attributes:
        predicted: changes of f for each subset and test image ``(k, m)``.
        measured: the same, really retrained ``(k, m)``.
    """

    predicted: np.ndarray
    measured: np.ndarray


def datamodeling_interval(blocks: Sequence[Changes], resamples: int = RESAMPLES) -> Interval:
    """Return the linear datamodeling score (Park et al. 2023, eq. 2) with a 95 % bootstrap interval over images and subsets.

    The score of a block is the mean over test images of Spearman's correlation over subsets, that of several blocks (seeds of
    retraining, whose changes are each against a whole training of that seed) their mean. A resample draws test images, the same
    for all blocks, and each block's subsets with replacement.

    Args:
        blocks: with the same test images.
        resamples: how many.
    """
    rng, images = np.random.default_rng(0), blocks[0].predicted.shape[1]
    ranked = [_Ranked(block) for block in blocks]
    value = float(np.mean([block.correlations().mean() for block in ranked]))
    again = []
    for _ in range(resamples):
        drawn = rng.integers(images, size=images)
        counts = [_drawn(len(block.measured), rng) for block in blocks]
        parts = [block.correlations(count)[drawn].mean() for block, count in zip(ranked, counts, strict=True)]
        again.append(np.mean(parts))
    low, high = np.quantile(again, [(1 - INSIDE) / 2, (1 + INSIDE) / 2])
    return value, float(low), float(high)


def sizes(changes: Changes) -> dict[str, float]:
    """Return Pearson's correlation over all pairs of subset and test image, and the slope of measured on predicted through 0."""
    predicted, measured = changes.predicted.ravel(), changes.measured.ravel()
    size = float(predicted @ predicted)
    return {"pearson": pearson(predicted, measured), "slope": float(predicted @ measured) / size if size else 0.0}


def _drawn(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of ``size`` subsets is drawn."""
    return np.bincount(rng.integers(size, size=size), minlength=size).astype(float)


class _Ranked:
    """Changes whose order is known, so that a resample needs no sorting."""

    def __init__(self, changes: Changes) -> None:
        self._sides = [_Order(changes.predicted), _Order(changes.measured)]
        self._size = len(changes.measured)

    def correlations(self, counts: np.ndarray | None = None) -> np.ndarray:
        """Return Spearman's correlation of each test image ``(m,)`` where subset k counts ``counts[k]`` times; 0 where a side is constant."""
        counts = np.ones(self._size) if counts is None else counts
        first, second = (order.centred_ranks(counts) for order in self._sides)
        products = [
            np.einsum("km,km,k->m", a, b, counts) for a, b in ((first, second), (first, first), (second, second))
        ]
        size = np.sqrt(products[1] * products[2])
        return np.divide(products[0], size, out=np.zeros_like(size), where=size > 0)


class _Order:
    """The order of values ``(k, m)`` in each column, ties included."""

    def __init__(self, values: np.ndarray) -> None:
        from scipy.stats import rankdata  # half a second, for which no retraining waits

        self._order = np.argsort(values, axis=0, kind="stable")
        self._below = rankdata(values, method="min", axis=0).astype(int) - 1
        self._upto = rankdata(values, method="max", axis=0).astype(int)

    def centred_ranks(self, counts: np.ndarray) -> np.ndarray:
        """Return the rank of each value among all, ``counts[k]`` copies of row k, less the mean rank; equal ones share theirs."""
        total = np.zeros((len(counts) + 1, self._order.shape[1]))
        np.cumsum(counts[self._order], axis=0, out=total[1:])
        taken = [np.take_along_axis(total, place, axis=0) for place in (self._below, self._upto)]
        return (taken[0] + taken[1] + 1) / 2 - (counts.sum() + 1) / 2
