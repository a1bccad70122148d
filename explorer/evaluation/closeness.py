"""Points of length one that are close to one another: how close is unusual, and all pairs that are closer, or most of them."""

import numpy as np

from explorer.core.progress import Progress, silent
from explorer.evaluation.cells import SLACK, Recall, close_to_some, pairs_in_cells, recall_of, within

# Deviations below the usual distance to the nearest neighbour, in logarithms. The pixels decide, so that it may be generous: of
# copies of CIFAR-10's pictures cut by two pixels a side it lets 92 % through, where 5 let 42 % through (docs/benchmarks.md).
DEVIATIONS = 2.5
# The median absolute deviation of a normal distribution is so much smaller than its standard deviation.
NORMAL_MAD = 0.6745
# Images whose nearest neighbours show what is usual: 1,000 settle the median to a thirtieth of a deviation.
SAMPLE = 1000
# Fewer neighbours than this say nothing of what is usual; then only exact duplicates are found.
FEWEST = 30
# Principal directions in which distances are bounded from below before they are computed, and images a block.
DIRECTIONS, BLOCK = 64, 1000
# Images with which the sample is compared at once: 200 MB.
COMPARED = 50_000


def unit(features: np.ndarray) -> np.ndarray:
    """Return features ``(n, d)`` scaled to length one; a row of zeros stays."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1.0).astype(features.dtype)


def threshold(points: np.ndarray, ids: np.ndarray) -> float:
    """Return the distance that is ``DEVIATIONS`` below what is usual between an image and its nearest neighbour.

    Median and deviation (by the median absolute deviation) are those of the logarithms, over ``SAMPLE`` images; images of
    the same content are no neighbours. 0 where there are too few images to know what is usual.

    Args:
        points: ``(n, d)`` of length one.
        ids: ``(n,)`` content ids.
    """
    rows = np.unique(np.linspace(0, len(points) - 1, min(SAMPLE, len(points))).astype(int))
    highest = np.full(len(rows), -np.inf)
    for start in range(0, len(points), COMPARED):
        nearness = points[rows] @ points[start : start + COMPARED].T
        nearness[ids[rows][:, None] == ids[start : start + COMPARED]] = -np.inf
        highest = np.maximum(highest, nearness.max(axis=1))
    squared = 2 - 2 * highest
    logs = np.log(squared[(squared > SLACK) & np.isfinite(squared)]) / 2
    if len(logs) < FEWEST:
        return 0.0
    usual = np.median(logs)
    deviation = np.median(np.abs(logs - usual)) / NORMAL_MAD
    return float(np.exp(usual - DEVIATIONS * deviation))


def close_pairs(points: np.ndarray, bound: float, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs ``(k, 2)`` of points of length one that are at most ``bound`` apart, and their distances ``(k,)``.

    Only pairs whose distance in a few principal directions, with the length of the rest as one more, is small enough are
    computed: that distance is never larger than the whole, so no pair is missed.
    """
    progress("Comparing images", 0, len(points))
    seen, pairs, lengths = shadow(points), [], []
    for start in range(0, len(points), BLOCK):
        block = seen[start : start + BLOCK]
        after = seen[start:]
        squared = (block**2).sum(axis=1)[:, None] + (after**2).sum(axis=1) - 2 * block @ after.T
        one, other = np.nonzero(squared <= bound**2 + SLACK)
        one, other = one[other > one] + start, other[other > one] + start
        near, away = within(points, np.column_stack([one, other]), bound)
        pairs.append(near)
        lengths.append(away)
        progress("Comparing images", min(start + BLOCK, len(points)), len(points))
    return np.concatenate(pairs), np.concatenate(lengths)


def most_close_pairs(
    points: np.ndarray, bound: float, progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray, Recall]:
    """Return most of the pairs that :func:`close_pairs` returns, with their exact distances, and how many of a part were found."""
    seen = shadow(points)
    pairs, lengths = pairs_in_cells(points, seen, bound, progress)
    return pairs, lengths, recall_of(*close_to_some(points, seen, bound), pairs, len(points))


def shadow(points: np.ndarray) -> np.ndarray:
    """Return the points ``(n, k + 1)`` in their k main directions, and how long the rest of each is."""
    directions = np.linalg.eigh(points.T @ points)[1][:, ::-1][:, :DIRECTIONS]
    inside = points @ directions
    whole, within = (np.einsum("ij,ij->i", part, part) for part in (points, inside))
    return np.column_stack([inside, np.sqrt(np.maximum(whole - within, 0.0))])
