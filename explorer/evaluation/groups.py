"""Sub-populations of a class, found by clustering its features; how many there are is read off the data.

Clusters are first made too many and then merged until every two that are left have a gap between them. Where a class has
no gap anywhere, it is divided into as many parts as two random halves of its images agree on.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.core.progress import Progress, silent

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

# Each k-means is the best of so many starts; single ones end in poor local optima about one time in five.
STARTS = 10
# Halves whose divisions are compared, for each number of parts.
HALVES = 5
# A component whose variance is below this share of the largest is rounding.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class SubPopulation:
    """Images of one class that belong together.

    Attributes:
        label: the class's row.
        rows: ``(r,)`` training rows, the most typical first: by distance from the part's mean.
        separation: of the nearest other part of the class, see :func:`separation`; None where there is no other.
    """

    label: int
    rows: np.ndarray
    separation: float | None


@dataclass(frozen=True)
class Clustering:
    """How a class is taken apart.

    On photographs of cats with lions, tigers and leopards among them (10 mixtures, 10 seeds), all 220 kinds came out with
    purity ≥ 0.9; without the discriminant 93 to 100 % did for 8 to 15 components, 8 to 16 clusters and gaps of 4 to 4.6.

    Attributes:
        components: principal components that are kept.
        most: clusters before merging, and most parts of a class without gaps.
        fewest: images that make a group; fewer are outliers.
        gap: separation from which two clusters stand apart. Cutting one normal distribution in two gives 2.65, one uniform
            distribution 3.46; the nearest two of lions, tigers and leopards have 5.4.
        agreement: adjusted Rand index from which two halves agree; the usual word for 0.8 and more is "good".
        seed: of every k-means and every half.
    """

    components: int = 10
    most: int = 12
    fewest: int = 10
    gap: float = 4.3
    agreement: float = 0.8
    seed: int = 0

    def divide(self, features: np.ndarray) -> np.ndarray:
        """Return the part of each image ``(n,)``, numbered from 0, for the features ``(n, d)`` of one class.

        Groups that stand apart are made of k-means cells; a linear discriminant then gives every image to its likeliest
        group. Hundreds of small k-means run in one thread: two that wait for one another took ten times as long; and what they
        are given is looked through once, here, not a thousand times by each, which took a sixth of the time.

        Raises:
            ValueError: a feature is infinite or no number.
        """
        # scikit-learn takes 2 s to load, for which no page waits that shows finished groups
        from sklearn import config_context
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.utils import check_array

        features = check_array(features)
        with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
            points = principal(features, self.components)
            numbers = self.standing_apart(points)
            if len(np.unique(numbers)) == 1:
                numbers = self.agreed(points)
            else:
                numbers = LinearDiscriminantAnalysis().fit(points, numbers).predict(points)
        return np.unique(numbers, return_inverse=True)[1]

    def standing_apart(self, points: np.ndarray) -> np.ndarray:
        """Return clusters ``(n,)`` of points ``(n, k)`` after merging all between which there is no gap."""
        numbers = self._means(points, min(self.most, len(points) // self.fewest))
        while (pair := self._mergeable(points, numbers)) is not None:
            numbers = np.where(numbers == pair[0], pair[1], numbers)
        return numbers

    def _mergeable(self, points: np.ndarray, numbers: np.ndarray) -> tuple[int, int] | None:
        """Return two clusters to be merged: the smallest where it is too small, else the two with the smallest gap."""
        names, sizes = np.unique(numbers, return_counts=True)
        if len(names) == 1:
            return None
        if sizes.min() < self.fewest:
            centres = np.array([points[numbers == name].mean(axis=0) for name in names])
            away = np.linalg.norm(centres - centres[sizes.argmin()], axis=1)
            return int(names[sizes.argmin()]), int(names[np.argsort(away, kind="stable")[1]])
        pairs = [(one, other) for row, one in enumerate(names) for other in names[:row]]
        gaps = [separation(points[numbers == one], points[numbers == other]) for one, other in pairs]
        nearest = int(np.argmin(gaps))
        return None if gaps[nearest] >= self.gap else (int(pairs[nearest][0]), int(pairs[nearest][1]))

    def agreed(self, points: np.ndarray) -> np.ndarray:
        """Return the division ``(n,)`` into the largest number of parts on which random halves agree.

        Where they agree on none, it is the number on which they agree best. Parts of fewer than ``fewest`` images on
        average are not tried.
        """
        tried = range(2, min(self.most, len(points) // (2 * self.fewest)) + 1)
        agreements = {parts: self._agreement(points, parts) for parts in tried}
        bound = min(self.agreement, max(agreements.values(), default=0.0))
        return self._means(points, max((parts for parts, value in agreements.items() if value >= bound), default=1))

    def _agreement(self, points: np.ndarray, parts: int) -> float:
        """Return how far the divisions by two halves agree on all points: the mean adjusted Rand index."""
        from sklearn.metrics import adjusted_rand_score  # as above

        rng, agreements = np.random.default_rng(self.seed), []
        for _ in range(HALVES):
            order = rng.permutation(len(points))
            one, other = (self._fitted(points[half], parts).predict(points) for half in (order[::2], order[1::2]))
            agreements.append(adjusted_rand_score(one, other))
        return float(np.mean(agreements))

    def _means(self, points: np.ndarray, parts: int) -> np.ndarray:
        return self._fitted(points, parts).labels_ if parts > 1 else np.zeros(len(points), dtype=int)

    def _fitted(self, points: np.ndarray, parts: int) -> "KMeans":
        from sklearn.cluster import KMeans  # as above

        return KMeans(parts, n_init=STARTS, random_state=self.seed).fit(points)


def sub_populations(
    features: np.ndarray, labels: np.ndarray, clustering: Clustering, progress: Progress = silent
) -> list[SubPopulation]:
    """Return the parts of every class, the largest of a class first.

    Args:
        features: standardised ``(n, d)``, without the bias.
        labels: ``(n,)``.
        clustering: how a class is taken apart.
        progress: told after every class.
    """
    populations, classes = [], np.unique(labels)
    for done, label in enumerate(classes, 1):
        progress("Finding groups", done - 1, len(classes))
        populations += _parts(features, labels, int(label), clustering)
        progress("Finding groups", done, len(classes))
    return populations


def _parts(features: np.ndarray, labels: np.ndarray, label: int, clustering: Clustering) -> list[SubPopulation]:
    rows = np.flatnonzero(labels == label)
    own = np.asarray(features[rows])
    numbers, points = clustering.divide(own), principal(own, clustering.components)
    populations = []
    for number in range(numbers.max() + 1):
        inside = numbers == number
        away = np.linalg.norm(points[inside] - points[inside].mean(axis=0), axis=1)
        others = [separation(points[inside], points[numbers == other]) for other in set(numbers.tolist()) - {number}]
        populations.append(
            SubPopulation(label, rows[inside][np.argsort(away, kind="stable")], min(others, default=None))
        )
    return sorted(populations, key=lambda part: (-len(part.rows), int(part.rows.min())))


def principal(features: np.ndarray, count: int) -> np.ndarray:
    """Return the first principal components ``(n, count)`` of features ``(n, d)``.

    They are fewer where the rest is rounding; one is always left.
    """
    centred = features - features.mean(axis=0)
    wide = len(centred) <= centred.shape[1]
    values, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    kept = max(1, int((values > ROUNDING * values[0]).sum()))
    values, vectors = np.maximum(values[:kept], 0.0), vectors[:, :kept]
    return vectors * np.sqrt(values) if wide else centred @ vectors


def separation(one: np.ndarray, other: np.ndarray) -> float:
    """Return the distance of two clusters' means in deviations along the line between them (Ashman et al. 1994, D).

    D = |μ₁ − μ₂| / √((σ₁² + σ₂²)/2), with deviations σ of the points projected on the line that joins the means; 0 where the
    means are the same.
    """
    line = other.mean(axis=0) - one.mean(axis=0)
    distance = float(np.linalg.norm(line))
    if distance == 0:
        return 0.0
    spread = float((one @ line).var() + (other @ line).var()) / distance**2
    return distance / float(np.sqrt(spread / 2)) if spread > 0 else float("inf")
