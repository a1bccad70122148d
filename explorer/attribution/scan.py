"""A first look at every row of the features in int8, with a bound on its error, from which the strongest rows are proved.

What a score is made of is linear in the features: v_i = c_i · (U x_i), with coefficients c_i ``(K,)`` and features x_i ``(d,)``
of training image i and the question U ``(K, d)``. The scan reads x̂_i = scale_i · int8_i, of which the error
ε_i ≥ ‖x_i − x̂_i‖ was measured when the copy was written, and asks Û, which is U in two int8 parts. Products of int8 are summed
as integers, without any rounding, so that by Cauchy and Schwarz

    |v_i − v̂_i| ≤ ‖c_i‖ (ε_i ‖U‖ + ‖x̂_i‖ ‖U − Û‖_F) + rounding in float64,      ‖x̂_i‖ ≤ 127 √d scale_i.

A row of which even the most that it can be is less than what the k-th strongest certainly is does not lead. The others are
computed in float64, and with them the leaders and their order are proved. What float64 itself takes for 0 (products of sizes
below 1e-150) is taken for 0 here too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.core.parallel import row_slices, run_in_threads
from explorer.shards import ShardedRows

# The largest number of an int8 copy: −128 is not used, so that a sign changes nothing.
LARGEST = 127
# Rows of an int8 copy that are multiplied at once for one contrast (16 MB at d = 512); 2 products of each, so the 512 kB that
# come out of it stay in a core's cache.
PIECE = 32_768
# Rows in half precision that are computed in float64 at once (16 MB at d = 512).
EXACTLY = 4_096
# Above the last rounding of a float64 function such as expm1, far below what a score is told apart by.
SLACK = 1e-12

ScanBlock = tuple[slice, np.ndarray, np.ndarray, np.ndarray]
Values = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Question:
    """What the rows are multiplied with.

    Attributes:
        vectors: U ``(K, d)`` float64.
        parts: Û ``(2K, d)`` int8, coarse and fine of each vector: û_k = unit_k (254 coarse_k + fine_k).
        units: ``(K,)``.
        per_error: by which ε_i is multiplied in the bound: ‖U‖, and the rounding of sums of d products in float64.
        per_scale: by which scale_i is multiplied: 127 √d times ‖U − Û‖_F and the same rounding.
    """

    vectors: np.ndarray
    parts: np.ndarray
    units: np.ndarray
    per_error: float
    per_scale: float

    @staticmethod
    def of(vectors: np.ndarray) -> "Question":
        """Return the question of vectors ``(K, d)``."""
        contrasts, d = vectors.shape
        units = np.abs(vectors).max(axis=1) / LARGEST
        coarse = _rounded(vectors, units)
        rest = vectors - units[:, None] * coarse
        fine = _rounded(rest, units / (2 * LARGEST))
        units = units / (2 * LARGEST)
        off = np.linalg.norm(vectors - units[:, None] * (2 * LARGEST * coarse + fine))
        # here and in whatever is compared, a sum of d products in float64 is off by d 2⁻⁵³ of its terms' sizes at most; the
        # eight stand for the few operations after it
        rounding = (d + contrasts + 8) * 2.0**-51 * np.linalg.norm(vectors)
        parts = np.stack([coarse, fine], axis=1).reshape(2 * contrasts, d).astype(np.int8)
        spectral = np.linalg.norm(vectors, 2) * (1 + SLACK)
        return Question(vectors, parts, units, spectral + rounding, LARGEST * np.sqrt(d) * (off + rounding))


def _rounded(vectors: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return each vector in whole units, −127 to 127; 0 where the unit is."""
    whole = np.divide(vectors, units[:, None], out=np.zeros_like(vectors), where=units[:, None] > 0)
    return np.clip(np.rint(whole), -LARGEST, LARGEST)


@dataclass(frozen=True, eq=False)
class Scan:
    """What a first look says of all rows.

    Attributes:
        values: v̂_i ``(n,)``; exact where ``bounds`` is 0.
        bounds: ``(n,)`` how far v_i can be from it.
    """

    values: np.ndarray
    bounds: np.ndarray

    def candidates(self, top: int, score: Values) -> np.ndarray:
        """Return all rows that can be among the ``top`` strongest of either sign, in ascending order.

        Args:
            top: of each sign; a value of 0 has none.
            score: an increasing function that is 0 at 0, by which leaders are told apart; rows that it cannot tell apart in
                float64 are all returned.
        """
        pieces = row_slices(len(self.values), max(1, len(self.values) // PIECE))
        # what so many rows of one piece certainly are is a floor for all: few rows are left to be sorted
        floors = [_largest(side, top) for side in self._certain(0.0, pieces[0])]
        sides = zip(*run_in_threads(partial(self._certain, min(floors)), pieces), strict=True)
        certain = [max(floor, _largest(np.concatenate(side), top)) for floor, side in zip(floors, sides, strict=True)]
        levels = [_level(score, sign, least) for sign, least in zip((1.0, -1.0), certain, strict=True)]
        return np.concatenate(run_in_threads(partial(self._reaching, levels), pieces))

    def _certain(self, floor: float, piece: slice) -> list[np.ndarray]:
        """Return how strong rows of a piece certainly are, those that helped and those that harmed, where it is above ``floor``."""
        values = self.values[piece]
        least = np.abs(values) - self.bounds[piece]
        some = np.flatnonzero(least > floor)
        return [least[some][values[some] > 0], least[some][values[some] < 0]]

    def _reaching(self, levels: list[float], piece: slice) -> np.ndarray:
        """Return the rows of a piece that can be as strong as the level of their sign, and can have that sign."""
        values, bounds = self.values[piece], self.bounds[piece]
        some = np.flatnonzero(np.abs(values) + bounds >= min(levels))
        most = np.stack([values[some], -values[some]]) + bounds[some]
        return piece.start + some[((most >= np.array(levels)[:, None]) & (most > 0)).any(axis=0)]


def scan_blocks(blocks: Iterable[ScanBlock], coefficients: np.ndarray, question: Question) -> Scan:
    """Return a first look at all rows, a block a core.

    Args:
        blocks: ``(rows, int8 (r, d), scales (r,), errors (r,))`` until all n rows are named.
        coefficients: c_i ``(n, K)``.
        question: of vectors ``(K, d)``.
    """
    scan = Scan(np.empty(len(coefficients)), np.empty(len(coefficients)))
    width = max(1, PIECE // len(question.vectors))

    def look(block: ScanBlock) -> None:
        rows, whole, scales, errors = block
        for start in range(0, len(whole), width):
            some, here = (
                slice(start, start + width),
                slice(rows.start + start, min(rows.start + start + width, rows.stop)),
            )
            own = coefficients[here]
            scan.values[here] = _products(whole[some], scales[some], own, question)
            size = np.abs(own[:, 0]) if own.shape[1] == 1 else np.linalg.norm(own, axis=1)
            size *= np.stack([errors[some], scales[some]], axis=1) @ np.array([question.per_error, question.per_scale])
            scan.bounds[here] = size * (1 + SLACK)

    run_in_threads(look, blocks)
    return scan


def _products(whole: np.ndarray, scales: np.ndarray, coefficients: np.ndarray, question: Question) -> np.ndarray:
    """Return c_i · (Û x̂_i) ``(r,)``; int32 holds the sums of up to 133,000 products of int8."""
    import numkong  # 0.2 s, which only runs of many images need

    sums = np.asarray(numkong.cdist(whole, question.parts, "dot"))
    pulled = (sums.reshape(-1, 2) @ np.array([2.0 * LARGEST, 1.0])).reshape(coefficients.shape)
    pulled *= question.units * coefficients
    pulled *= scales[:, None]
    return pulled.sum(axis=1)


def _largest(values: np.ndarray, top: int) -> float:
    """Return the ``top``-th largest of positive values; 0 where there are fewer."""
    return float(np.partition(values, -top)[-top]) if top <= len(values) else 0.0


def _level(score: Values, sign: float, certain: float) -> float:
    """Return the least size of a value that ``score`` does not tell from the size ``certain``, both of one sign.

    Where the loss cannot fall any further, rows that differ have one score, and the first of them leads.
    """

    def size(value: float) -> float:
        return sign * float(score(np.array([sign * value]))[0])

    low, high, goal = 0.0, certain, size(certain) * (1 - SLACK)
    while high - low > SLACK * high:
        middle = (low + high) / 2
        low, high = (low, middle) if size(middle) >= goal else (middle, high)
    return low


def exact_values(features: ShardedRows, rows: np.ndarray, coefficients: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return v_i of some rows ``(r,)`` in float64; equal rows have equal values, wherever they stand.

    Args:
        features: of all n images ``(n, d)``.
        rows: ascending.
        coefficients: of all n images ``(n, K)``.
        vectors: U ``(K, d)``.
    """
    features.read_first(rows)
    values = np.empty(len(rows))

    def compute(some: slice) -> None:
        own = features[rows[some]]
        pulled = np.stack([np.vecdot(own, vector) for vector in vectors], axis=1)
        values[some] = (pulled * coefficients[rows[some]]).sum(axis=1)

    run_in_threads(compute, row_slices(len(rows), -(-len(rows) // EXACTLY)))
    return values
