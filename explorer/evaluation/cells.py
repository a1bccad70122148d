"""Close pairs among very many points: cells around centres, and each point meets only the cells that it could be near to.

A point y lies in the cell of the centre that is nearest to it. Then a point x of cell a is at least as far from any y of cell c as from
the plane midway between both centres, (‖x − c‖² − ‖x − a‖²) / (2 ‖c − a‖): where that is above the bound, no pair is missed
(the hyperplane bound of metric search: Uhlmann 1991; Hetland 2009). A point meets its ``CELLS`` nearest planes and no more:
only there pairs may be missed, and how many is measured on a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.parallel import one_blas_thread, run_in_threads
from explorer.core.progress import Progress, silent

# Cells that a point meets at most, its own among them.
CELLS = 32
# Points for each centre from which it is found; points whose cells are sought at once.
FOR_A_CENTRE, BLOCK = 50, 8192
# Points whose distances from a cell's are held at once: 20 MB for each core in a cell of 5,000.
LINES = 1000
# Pairs ``(k, 2)`` of rows and their distances ``(k,)``.
Pairs = tuple[np.ndarray, np.ndarray]
# Points that are compared with all others to see how many of their pairs were found.
CHECKED = 4000
# Cells between two words on how far it is.
TOLD = 32
# Rounding of float32 in a squared distance of unit vectors.
SLACK = 1e-4


@dataclass(frozen=True)
class Recall:
    """How many close pairs of some images were found, counted by comparing these with all.

    Attributes:
        images: how many were compared with all.
        close: their close pairs.
        found: those of them that the search had found.
    """

    images: int
    close: int
    found: int


def pairs_in_cells(
    points: np.ndarray, seen: np.ndarray, bound: float, progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """Return most pairs ``(k, 2)`` of points that are at most ``bound`` apart, the smaller row first, ascending, and their distances.

    Args:
        points: ``(n, d)`` float32, lengths at most about one.
        seen: ``(n, k)`` float32, in which no distance is larger than in ``points``: only pairs that are close there are computed.
        bound: the largest distance.
        progress: told how far it is.
    """
    centres = _centres(seen)
    nearest, met = _met(seen, centres, bound)
    members, visitors = _rows_by(nearest, len(centres)), _visitors(met, len(centres))
    sides = _sides(seen, bound)

    def cell_pairs(cell: int) -> Pairs:
        return _close(points, sides, visitors[cell], members[cell], bound)

    parts: list[Pairs] = []
    for start in range(0, len(centres), TOLD):
        progress("Comparing images", start, len(centres))
        with one_blas_thread():
            parts += run_in_threads(cell_pairs, range(start, min(start + TOLD, len(centres))))
    progress("Comparing images", len(centres), len(centres))
    return _once(parts, len(points))


def close_to_some(points: np.ndarray, seen: np.ndarray, bound: float) -> tuple[int, np.ndarray]:
    """Return how many points, ``CHECKED`` evenly taken, are compared with all, and all their close pairs ``(k, 2)``."""
    rows = np.unique(np.linspace(0, len(points) - 1, min(CHECKED, len(points))).astype(int))
    sides, others = _sides(seen, bound), np.array_split(np.arange(len(points)), -(-len(points) // BLOCK))
    with one_blas_thread():
        parts = run_in_threads(lambda part: _close(points, sides, rows, part, bound), others)
    return len(rows), _once(parts, len(points))[0]


def within(points: np.ndarray, pairs: np.ndarray, bound: float) -> Pairs:
    """Return those of pairs ``(k, 2)`` that are at most ``bound`` apart, and how far; by blocks, so that any number may be asked."""
    parts = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)]
    squares = [((points[part[:, 0]] - points[part[:, 1]]) ** 2).sum(axis=1, dtype=np.float64) for part in parts]
    away = np.sqrt(np.concatenate(squares)) if squares else np.empty(0)
    return pairs[away <= bound], away[away <= bound]


def recall_of(images: int, close: np.ndarray, pairs: np.ndarray, n: int) -> Recall:
    """Return how many of the close pairs ``(c, 2)`` of some of ``n`` images are among the pairs ``(k, 2)`` that were found."""
    found = np.isin(close @ [n, 1], pairs @ [n, 1])
    return Recall(images, len(close), int(found.sum()))


def _centres(seen: np.ndarray) -> np.ndarray:
    """Return √n centres of clusters, found from a part of the points."""
    from sklearn.cluster import MiniBatchKMeans  # 0.5 s, for very many points only

    count = max(int(np.sqrt(len(seen))), 1)
    rows = np.random.default_rng(0).permutation(len(seen))[: FOR_A_CENTRE * count]
    clusters = MiniBatchKMeans(count, n_init=1, max_iter=5, batch_size=BLOCK, init="random", random_state=0)
    return np.asarray(clusters.fit(seen[np.sort(rows)]).cluster_centers_, dtype=np.float32)


def _met(seen: np.ndarray, centres: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell ``(n,)`` of each point, and the cells ``(n, CELLS)`` that it meets; −1 where there are fewer."""
    between = np.sqrt(np.maximum(_squared(centres, centres), 0))
    most, nearest, met = min(CELLS, len(centres)), [], []
    for start in range(0, len(seen), BLOCK):
        squared = _squared(seen[start : start + BLOCK], centres)
        own = squared.argmin(axis=1)
        lines = np.arange(len(own))
        away = (squared - squared[lines, own][:, None]) / np.maximum(2 * between[own], np.finfo(np.float32).tiny)
        away[lines, own] = 0
        cells = np.argpartition(away, most - 1, axis=1)[:, :most]
        cells[np.take_along_axis(away, cells, axis=1) > bound + SLACK] = -1
        nearest.append(own)
        met.append(cells.astype(np.int32))
    return np.concatenate(nearest), np.concatenate(met)


def _visitors(met: np.ndarray, cells: int) -> list[np.ndarray]:
    """Return for each cell the rows of the points that meet it."""
    places = _rows_by(met.ravel() + 1, cells + 1)[1:]
    return [place // met.shape[1] for place in places]


def _rows_by(numbers: np.ndarray, count: int) -> list[np.ndarray]:
    """Return for each number below ``count`` the places where it stands."""
    return np.split(np.argsort(numbers, kind="stable"), np.bincount(numbers, minlength=count).cumsum()[:-1])


def _sides(seen: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays ``(n, d + 2)`` whose product is not negative exactly where two points are within the bound.

    ``x·y − ‖x‖²/2 − ‖y‖²/2 + bound²/2`` is half of what the squared distance leaves of the bound's; one product says it.
    """
    half, one = np.einsum("ij,ij->i", seen, seen) / 2, np.ones(len(seen), dtype=np.float32)
    return np.column_stack([seen, (bound**2 + SLACK) / 2 - half, one]).astype(np.float32), np.column_stack(
        [seen, one, -half]
    ).astype(np.float32)


def _close(
    points: np.ndarray, sides: tuple[np.ndarray, np.ndarray], visitors: np.ndarray, members: np.ndarray, bound: float
) -> Pairs:
    """Return the pairs ``(k, 2)`` of a visitor and a member that are within the bound, the smaller row first, and how far apart."""
    other, parts = sides[1][members].T, [(np.empty((0, 2), dtype=np.int64), np.empty(0))]
    for start in range(0, len(visitors), LINES):
        rows = visitors[start : start + LINES]
        one, two = np.divmod(np.flatnonzero(sides[0][rows] @ other >= 0), max(len(members), 1))
        pairs = np.sort(np.column_stack([rows[one], members[two]]), axis=1)
        parts.append(within(points, pairs[pairs[:, 0] < pairs[:, 1]], bound))
    joined, away = zip(*parts, strict=True)
    return np.concatenate(joined), np.concatenate(away)


def _once(parts: Sequence[Pairs], n: int) -> Pairs:
    """Return pairs of rows below n with their distances, each once, ascending."""
    pairs, away = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = np.unique(pairs @ [n, 1], return_index=True)[1]
    return pairs[kept], away[kept]


def _squared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the squared distances ``(n, m)`` of points ``(n, d)`` from others ``(m, d)``."""
    first, second = (np.einsum("ij,ij->i", side, side) for side in (one, other))
    return np.asarray(first[:, None] + second - 2 * one @ other.T)
