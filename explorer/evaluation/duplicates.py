"""Images that occur twice, exactly or nearly: within the training set, and across training and test (leakage).

Exactly the same have the same content id. Nearly the same are so close in the network's features that the usual distance of
an image to its nearest neighbour does not explain it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Deviations below the usual distance to the nearest neighbour, in logarithms. Of the 99 sets that this finds in CIFAR-10's
# cats and dogs, 98 show one photograph: cropped, recoloured, mirrored or taken a moment later; at 6 it finds 56.
DEVIATIONS = 5.0
# The median absolute deviation of a normal distribution is so much smaller than its standard deviation.
NORMAL_MAD = 0.6745
# Images whose nearest neighbours show what is usual: 1,000 settle the median to a thirtieth of a deviation.
SAMPLE = 1000
# Fewer neighbours than this say nothing of what is usual; then only exact duplicates are found.
FEWEST = 30
# Principal directions in which distances are bounded from below before they are computed, and images a block.
DIRECTIONS, BLOCK = 64, 1000
# Rounding of float32 in a squared distance of unit vectors.
SLACK = 1e-4


@dataclass(frozen=True, eq=False)
class DuplicateSet:
    """Images that are the same or nearly.

    Attributes:
        train: training rows.
        test: test rows.
        exact: whether all of them have the same content.
        distance: of the closest two, ‖x/|x| − y/|y|‖ of their features, 0 to 2.
        contradicting: whether not all of them have the same label.
    """

    train: np.ndarray
    test: np.ndarray
    exact: bool
    distance: float
    contradicting: bool

    @property
    def across(self) -> bool:
        """Whether some are training and some are test images: the test then asks what the model has seen."""
        return bool(len(self.train) and len(self.test))


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The images of one side.

    Attributes:
        features: ``(n, d)``, without the bias.
        ids: ``(n,)`` content ids.
        labels: ``(n,)``.
    """

    features: np.ndarray
    ids: np.ndarray
    labels: np.ndarray


def duplicates(train: ImageSet, test: ImageSet) -> tuple[float, list[DuplicateSet]]:
    """Return the distance below which images count as nearly the same, and all sets of them.

    Contradicting sets come first, then those across train and test, then the closest. Of a set, every image has another
    one below the distance; sets of test images alone are left out.
    """
    points = unit(np.concatenate([np.asarray(side.features, dtype=np.float32) for side in (train, test)]))
    ids, labels = np.concatenate([train.ids, test.ids]), np.concatenate([train.labels, test.labels])
    bound = threshold(points, ids)
    pairs, distances = close_pairs(points, bound)
    same = _same(ids)
    links = np.concatenate([pairs, same])
    away = np.concatenate([distances, np.zeros(len(same))])
    names = connected_components(coo_array((np.ones(len(links)), links.T), shape=(len(ids),) * 2), directed=False)[1]
    order = np.argsort(names, kind="stable")
    cuts = np.flatnonzero(np.diff(names[order])) + 1
    closest = np.full(names.max() + 1, np.inf)
    np.minimum.at(closest, names[links[:, 0]], away)
    sets = [
        _twins(rows, len(train.labels), ids, labels, float(closest[names[rows[0]]]))
        for rows in np.split(order, cuts)
        if len(rows) > 1 and rows[0] < len(train.labels)
    ]
    return bound, sorted(sets, key=lambda one: (not one.contradicting, not one.across, one.distance))


def _twins(rows: np.ndarray, n: int, ids: np.ndarray, labels: np.ndarray, distance: float) -> DuplicateSet:
    exact, contradicting = len(np.unique(ids[rows])) == 1, len(np.unique(labels[rows])) > 1
    return DuplicateSet(rows[rows < n], rows[rows >= n] - n, exact, distance, contradicting)


def _same(ids: np.ndarray) -> np.ndarray:
    """Return pairs ``(k, 2)`` that join all images of the same content."""
    order = np.argsort(ids, kind="stable")
    equal = ids[order][1:] == ids[order][:-1]
    return np.column_stack([order[:-1][equal], order[1:][equal]])


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
    nearness = points[rows] @ points.T
    nearness[ids[rows][:, None] == ids[None]] = -np.inf
    squared = 2 - 2 * nearness.max(axis=1)
    logs = np.log(squared[(squared > SLACK) & np.isfinite(squared)]) / 2
    if len(logs) < FEWEST:
        return 0.0
    usual = np.median(logs)
    deviation = np.median(np.abs(logs - usual)) / NORMAL_MAD
    return float(np.exp(usual - DEVIATIONS * deviation))


def close_pairs(points: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs ``(k, 2)`` of points of length one that are at most ``bound`` apart, and their distances ``(k,)``.

    Only pairs whose distance in a few principal directions, with the length of the rest as one more, is small enough are
    computed: that distance is never larger than the whole, so no pair is missed.
    """
    seen, pairs, lengths = _shadow(points), [], []
    for start in range(0, len(points), BLOCK):
        block = seen[start : start + BLOCK]
        after = seen[start:]
        squared = (block**2).sum(axis=1)[:, None] + (after**2).sum(axis=1) - 2 * block @ after.T
        one, other = np.nonzero(squared <= bound**2 + SLACK)
        one, other = one[other > one] + start, other[other > one] + start
        distances = np.sqrt(((points[one] - points[other]) ** 2).sum(axis=1, dtype=np.float64))
        pairs.append(np.column_stack([one, other])[distances <= bound])
        lengths.append(distances[distances <= bound])
    return np.concatenate(pairs), np.concatenate(lengths)


def _shadow(points: np.ndarray) -> np.ndarray:
    """Return the points ``(n, k + 1)`` in their k main directions, and how long the rest of each is."""
    directions = np.linalg.eigh(points.T @ points)[1][:, ::-1][:, :DIRECTIONS]
    inside = points @ directions
    rest = np.sqrt(np.maximum((points**2).sum(axis=1) - (inside**2).sum(axis=1), 0.0))
    return np.column_stack([inside, rest])
