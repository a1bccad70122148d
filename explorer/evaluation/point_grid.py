"""Many points of a plane: how many lie in each part of a window, which lie in it, which within a drawn line.

Places are whole numbers from 0 to 65,535 along both axes, as the browser is given them. Rows are ordered by the cell of a grid in
which they lie, so that a window or a line reads only the cells that it touches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Places along an axis, and cells: a million points in 65,536 cells are fifteen each.
STEPS, CELLS = 65_536, 256
SIDE = STEPS // CELLS
# A level that is not known, and the class of a bin without points.
NOTHING = 255
# left, bottom, right, top in steps; the right and the top belong to it.
Window = tuple[float, float, float, float]
Line = Sequence[tuple[float, float]]


@dataclass(frozen=True, eq=False)
class PointGrid:
    """Points in the cells of a grid.

    Attributes:
        places: ``(n, 2)`` uint16, across and up.
        order: ``(n,)`` rows by cell, from left to right, then upward.
        starts: ``(CELLS² + 1,)`` where each cell begins in ``order``.
        lying: ``(n, 2)`` places by cell: a window is read from there as it lies in memory.
    """

    places: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    lying: np.ndarray

    @classmethod
    def of(cls, places: np.ndarray) -> "PointGrid":
        """Return the grid of places ``(n, 2)`` uint16."""
        column, row = (places >> 8).T
        cells = row * np.uint16(CELLS) + column
        order = np.argsort(cells, kind="stable").astype(np.int32)
        starts = np.searchsorted(cells[order], np.arange(CELLS**2 + 1))
        return cls(places, order, starts, places[order])

    def in_window(self, window: Window) -> np.ndarray:
        """Return the rows ``(k,)`` of the points in a window, by cell."""
        spans, (left, bottom, right, top) = self._spans(window), window
        x, y = np.concatenate([self.lying[span] for span in spans]).T
        rows = np.concatenate([self.order[span] for span in spans])
        return rows[(x >= left) & (x <= right) & (y >= bottom) & (y <= top)]

    def at_least(self, window: Window) -> int:
        """Return how many points lie in those cells that a window holds whole: what is known without a look at any of them."""
        left, bottom = (int(np.ceil(max(edge, 0) / SIDE)) for edge in window[:2])
        right, top = (int((min(edge, STEPS - 1) + 1) // SIDE) for edge in window[2:])
        lines = np.arange(bottom, max(bottom, top)) * CELLS
        return int((self.starts[lines + max(left, right)] - self.starts[lines + left]).sum())

    def within(self, line: Line) -> np.ndarray:
        """Return the rows ``(k,)``, ascending, of the points within a line that is closed by its ends (even-odd rule)."""
        corners = np.asarray(line, dtype=float)
        (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        rows = self.in_window((left, bottom, right, top))
        return np.sort(rows[inside(corners, self.places[rows])])

    def _spans(self, window: Window) -> list[slice]:
        """Return where in ``order`` the cells lie that a window touches, a span for each line of cells."""
        left, bottom, right, top = (int(min(max(edge, 0), STEPS - 1)) // SIDE for edge in window)
        lines = np.arange(bottom, top + 1) * CELLS
        ends = zip(self.starts[lines + left].tolist(), self.starts[lines + right + 1].tolist(), strict=True)
        return [slice(begin, end) for begin, end in ends]


def inside(corners: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return which places ``(k, 2)`` lie within a closed line ``(e, 2)``: those from which a ray meets it an odd number of times.

    Places are sorted by height first, and each edge looks only at those between its ends: about as many steps as a line's ups and
    downs together have points beside them, not k for each edge.
    """
    order = np.argsort(places[:, 1], kind="stable")
    x, y = places[order].T.astype(float)
    odd = np.zeros(len(order), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        low, high = np.searchsorted(y, sorted((y0, y1)))
        if low < high:
            odd[low:high] ^= x[low:high] < (x1 - x0) * (y[low:high] - y0) / (y1 - y0) + x0
    found = np.empty(len(order), dtype=bool)
    found[order] = odd
    return found


def bins_of(places: np.ndarray, window: Window, bins: int) -> np.ndarray:
    """Return for places ``(k, 2)`` in a window which of its ``bins²`` equal parts they lie in, from the left, then upward."""
    along = []
    for axis in (0, 1):
        low, high = window[axis], window[axis + 2]
        steps = np.arange(STEPS)  # 65,536 divisions, whatever the number of points
        parts = np.clip((steps - low) * (bins / max(high - low, 1.0)), 0, bins - 1).astype(np.int32)
        along.append(parts[places[:, axis]])
    return along[1] * bins + along[0]


def commonest(parts: np.ndarray, kinds: np.ndarray, bins: int, most: int) -> np.ndarray:
    """Return for each of ``bins²`` parts the commonest kind of its points, the first of equals; ``NOTHING`` where it has none.

    Args:
        parts: ``(k,)`` of each point, see :func:`bins_of`.
        kinds: ``(k,)``, each below ``most``.
        bins: parts along an axis.
        most: how many kinds there are.
    """
    counts = np.bincount(parts * most + kinds, minlength=bins**2 * most).reshape(-1, most)
    return np.where(counts.any(axis=1), counts.argmax(axis=1), NOTHING).astype(np.uint8)


def mean_level(parts: np.ndarray, levels: np.ndarray, bins: int) -> np.ndarray:
    """Return for each of ``bins²`` parts the mean level of its points ``(k,)``, rounded; unknown ones do not count."""
    known = levels != NOTHING
    counts = np.bincount(parts[known], minlength=bins**2)
    sums = np.bincount(parts[known], weights=levels[known], minlength=bins**2)
    return np.where(counts > 0, np.rint(sums / np.maximum(counts, 1)), NOTHING).astype(np.uint8)
