"""Where the scores of one prediction lie."""

from dataclasses import dataclass

import numpy as np

# Odd, so that the middle bar holds the scores around zero.
BINS = 61


@dataclass(frozen=True)
class Bars:
    """A histogram, symmetric around zero.

    Attributes:
        counts: images in each bar.
        centres: score in the middle of each bar.
        marks: positions, 0 (left) to 1 (right), where the harmful and the helpful gallery end; None where empty.
    """

    counts: list[int]
    centres: list[float]
    marks: tuple[float | None, float | None]

    @property
    def reach(self) -> float:
        """The score at the right edge; the left edge is its negative."""
        return self.centres[-1] * len(self.centres) / (len(self.centres) - 1)


def histogram(scores: np.ndarray, cuts: tuple[float | None, float | None]) -> Bars:
    """Return the histogram of scores ``(n,)``.

    Args:
        scores: all scores of one test image.
        cuts: the weakest harmful and the weakest helpful score that the galleries show.
    """
    reach = float(np.abs(scores).max()) or 1.0
    counts, edges = np.histogram(scores, bins=BINS, range=(-reach, reach))
    low, high = (None if cut is None else (cut + reach) / (2 * reach) for cut in cuts)
    return Bars(counts.tolist(), ((edges[:-1] + edges[1:]) / 2).tolist(), (low, high))
