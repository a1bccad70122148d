"""Images that occur twice, exactly or nearly: within the training set, and across training and test (leakage).

Exactly the same have the same content id. Nearly the same are close in the network's features, closer than an image usually is to
its nearest neighbour, and their pixels show the same (:mod:`explorer.evaluation.near_copies`); in a set, that is so of any two
images. A test image that is a copy of some training images of another set stands with them once more: no pair that leaks is hidden.

Up to ``MANY`` images, each is compared with all others. Of more, those in neighbouring cells (:mod:`explorer.evaluation.cells`): every
distance that is told is exact, but close pairs may be missed, and how many is measured on a part.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from explorer.core.progress import Progress, silent
from explorer.evaluation.cells import BLOCK as ROWS
from explorer.evaluation.cells import Recall
from explorer.evaluation.closeness import close_pairs, most_close_pairs, threshold, unit
from explorer.evaluation.near_copies import Likeness, needed

# Pairs that are looked at, the closest ones; 25 s.
MOST_PAIRS = 20_000
# More images than this are not all compared with one another: the work grows with their square.
MANY = 100_000
# Farther than any two points of length one.
APART = 3.0
# Different images of one chain whose mutual distances fit in 64 MB; a longer chain is divided in parts of so many.
CHAIN = 4000


@dataclass(frozen=True, eq=False)
class DuplicateSet:
    """Images that are the same or nearly.

    Attributes:
        train: training rows.
        test: test rows.
        exact: whether all of them have the same content.
        distance: of the closest two, ‖x/|x| − y/|y|‖ of their features, 0 to 2.
        contradicting: whether not all of them have the same label.
        largest: distance of the two that are farthest apart; it decides whether the set is one.
        farthest: which two these are, each as ``("train" | "test", row)``.
    """

    train: np.ndarray
    test: np.ndarray
    exact: bool
    distance: float
    contradicting: bool
    largest: float
    farthest: tuple[tuple[str, int], tuple[str, int]]

    @property
    def across(self) -> bool:
        """Whether some are training and some are test images: the test then asks what the model has seen."""
        return bool(len(self.train) and len(self.test))


class Rows(Protocol):
    """Numbers ``(n, d)`` that are read by slices of rows."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The images of one side.

    Attributes:
        features: ``(n, d)``, without the bias; read by slices of rows.
        ids: ``(n,)`` content ids.
        labels: ``(n,)``.
    """

    features: Rows
    ids: np.ndarray
    labels: np.ndarray


class Found(NamedTuple):
    """What occurs twice.

    Attributes:
        bound: distance of features below which the pixels of two images were compared.
        sets: of images that are the same or nearly.
        recall: of the close pairs; None where all images were compared with all others.
    """

    bound: float
    sets: list[DuplicateSet]
    recall: Recall | None


def duplicates(train: ImageSet, test: ImageSet, likeness: Likeness, progress: Progress = silent) -> Found:
    """Return the distance below which images are compared by their pixels, and all sets of images that are the same or nearly.

    Any two images of a set are closer than that and show the same, and so do every training and test image that stand together.
    An image can be in several sets. Contradicting sets come first, then those across train and test, then
    by their largest distance; sets of test images alone are left out.

    Args:
        train: training images.
        test: test images.
        likeness: of the pixels of pairs ``(k, 2)`` of rows, training images first.
        progress: told how far it is.
    """
    points = _points(train, test)
    ids, labels = np.concatenate([train.ids, test.ids]), np.concatenate([train.labels, test.labels])
    bound, n = threshold(points, ids), len(train.labels)
    firsts, contents = np.unique(ids, return_index=True, return_inverse=True)[1:]
    pairs, recall = _copies(points, ids, bound, likeness, progress)
    names = _names(points, firsts, contents[pairs], bound)[contents]
    order = np.argsort(names, kind="stable")
    whole = [
        rows for rows in np.split(order, np.flatnonzero(np.diff(names[order])) + 1) if len(rows) > 1 and rows[0] < n
    ]
    sets = [_twins(rows, n, points, contents, labels) for rows in (*whole, *leaks(pairs, names, n))]
    return Found(
        bound, sorted(sets, key=lambda one: (not one.contradicting, not one.across, one.largest, one.distance)), recall
    )


def _points(train: ImageSet, test: ImageSet) -> np.ndarray:
    """Return the features of both sides ``(n, d)`` float32, of length one; read by blocks, so that they are held once."""
    sides, start = (train.features, test.features), 0
    points = np.empty((sum(map(len, sides)), sides[0].shape[1]), dtype=np.float32)
    for side in sides:
        for first in range(0, len(side), ROWS):
            block = np.asarray(side[first : first + ROWS], dtype=np.float32)
            points[start : start + len(block)] = unit(block)
            start += len(block)
    return points


def _names(points: np.ndarray, firsts: np.ndarray, pairs: np.ndarray, bound: float) -> np.ndarray:
    """Return the set of each content, see :func:`alike`; those in no pair, nearly all, are one each and are not looked at."""
    linked, places = np.unique(pairs, return_inverse=True)
    names = np.arange(len(firsts)) + len(linked)
    names[linked] = alike(points[firsts[linked]], places.reshape(-1, 2), bound) if len(linked) else names[:0]
    return names


def _copies(
    points: np.ndarray, ids: np.ndarray, bound: float, likeness: Likeness, progress: Progress
) -> tuple[np.ndarray, Recall | None]:
    """Return the pairs ``(k, 2)`` of rows that are close and show the same, of the ``MOST_PAIRS`` closest and all of one content."""
    recall = None
    if len(points) > MANY:
        pairs, lengths, recall = most_close_pairs(points, bound, progress)
    else:
        pairs, lengths = close_pairs(points, bound, progress)
    equal = ids[pairs[:, 0]] == ids[pairs[:, 1]]
    closest = np.flatnonzero(~equal)[np.argsort(lengths[~equal], kind="stable")[:MOST_PAIRS]]
    same = equal.copy()
    if len(closest):
        same[closest] = likeness(pairs[closest], progress) >= needed(lengths[closest], bound)
    return pairs[same], recall


def leaks(pairs: np.ndarray, names: np.ndarray, n: int) -> list[np.ndarray]:
    """Return the training and test images that are copies and stand in different sets: rows of one test image with those of one other set.

    Args:
        pairs: ``(k, 2)`` all copies, the smaller row first.
        names: the set of each row; the first ``n`` rows are training images.
        n: number of training images.
    """
    parted = pairs[(pairs[:, 0] < n) & (pairs[:, 1] >= n) & (names[pairs[:, 0]] != names[pairs[:, 1]])]
    found: dict[tuple[int, int], list[int]] = {}
    for train, test in sorted(parted.tolist()):
        found.setdefault((test, int(names[train])), []).append(train)
    return [np.array([*trains, test]) for (test, _), trains in sorted(found.items())]


def alike(points: np.ndarray, pairs: np.ndarray, bound: float) -> np.ndarray:
    """Return the set ``(n,)`` of each point, numbered from 0: complete linkage, cut at ``bound``.

    Starting from single points, the two sets are joined whose farthest members are closest, until these would be farther
    apart than ``bound`` (Sørensen 1948). Only what a chain of close pairs connects can come together.

    Args:
        points: ``(n, d)``.
        pairs: ``(k, 2)`` all pairs of them that may come together; others count as farther apart than any.
        bound: largest distance within a set.
    """
    links = coo_array((np.ones(len(pairs), dtype=bool), pairs.T), shape=(len(points),) * 2)
    chains = connected_components(links, directed=False)[1]
    order = np.argsort(chains, kind="stable")
    numbers, used = np.empty(len(points), dtype=np.int64), 0
    linked = links.tocsr()
    for rows in np.split(order, np.flatnonzero(np.diff(chains[order])) + 1):
        for part in np.array_split(rows, -(-len(rows) // CHAIN)):
            numbers[part] = used + _divided(points[part], linked[part][:, part].toarray(), bound)
            used = int(numbers[part].max()) + 1
    return numbers


def _divided(points: np.ndarray, linked: np.ndarray, bound: float) -> np.ndarray:
    """Return the set ``(k,)`` of each point of a chain, numbered from 0; ``linked`` ``(k, k)`` says which pairs may come together."""
    if len(points) == 1:
        return np.zeros(1, dtype=np.int64)
    one, other = np.triu_indices(len(points), 1)
    away = np.where(linked[one, other] | linked[other, one], distances(points), APART)
    if away.max() <= bound:
        return np.zeros(len(points), dtype=np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage  # 0.16 s, for the few data sets in which a chain is too long

    return np.asarray(fcluster(linkage(away, "complete"), bound, "distance"), dtype=np.int64) - 1


def distances(points: np.ndarray) -> np.ndarray:
    """Return the distances ``(k(k − 1)/2,)`` of points ``(k, d)``: of the first to all others, of the second to those after it …"""
    exact = points.astype(np.float64)
    return np.concatenate([np.linalg.norm(exact[at + 1 :] - exact[at], axis=1) for at in range(len(exact) - 1)])


def _twins(rows: np.ndarray, n: int, points: np.ndarray, contents: np.ndarray, labels: np.ndarray) -> DuplicateSet:
    """Return the set of these rows; images of the same content are 0 apart, whatever their features say."""
    different = rows[np.sort(np.unique(contents[rows], return_index=True)[1])]
    exact, repeated = len(different) == 1, len(different) < len(rows)
    away, pair = np.zeros(1), rows[:2]
    if not exact:
        away = distances(points[different])
        pair = different[np.column_stack(np.triu_indices(len(different), 1))[away.argmax()]]
    one, other = (("train", int(row)) if row < n else ("test", int(row) - n) for row in pair)
    closest = 0.0 if repeated else float(away.min())
    contradicting = len(np.unique(labels[rows])) > 1
    return DuplicateSet(
        rows[rows < n], rows[rows >= n] - n, exact, closest, contradicting, float(away.max()), (one, other)
    )
