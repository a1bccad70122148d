"""What a build will take, from a few numbers: bytes on disk, bytes in memory, and seconds of the fit.

All are estimates: what can be counted is counted, what depends on the machine is measured on it, and how many steps a fit
takes is known from builds that were watched.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.attribution.curvature import DENSE_LIMIT, PIECE
from explorer.models.class_fit import ClassRisk, Rows
from explorer.models.head import FOLDS, L2_GRID, contrasts, fits_by_blocks
from explorer.models.solver import Objective, minimise

# Conjugate-gradient passes while λ is chosen, for two classes and for more: 202 to 367 were seen in six builds of two,
# 93 to 105 in three of 10 and 37. A fit then took 11 to 66, and a pass of one fit costs a third of one of five.
PASSES, PASSES_OF_MANY, PASSES_OF_FIT = 270, 100, 15
# By blocks of rows: slopes in float64 and products in single precision, of one fold each, while λ is chosen and the head is fitted. For
# 30, 100, 300 and 1,000 classes 135, 130, 160 and 178 of the one and 275, 238, 401 and 529 of the other were seen in the choice.
SLOPES, PRODUCTS = 160, 400
# A rehearsal of the fit takes a second or two with so many features; more are scaled to.
REHEARSED = 1300
# λ of a rehearsal, from the middle of the grid, and ‖∇R‖ at which it ends, as there.
L2, TOLERANCE = 0.03, 3e-6
# Bytes a second in which results are written, read again and hashed: 150 MB took 0.5 s.
WRITTEN = 300e6
FLOAT, SMALL = 8, 4


@dataclass(frozen=True)
class Sizes:
    """How large a run is.

    Attributes:
        train: training images n.
        test: test images m.
        width: features d, the bias among them.
        classes: C.
    """

    train: int
    test: int
    width: int
    classes: int

    @property
    def weights(self) -> int:
        """(C − 1)d."""
        return (self.classes - 1) * self.width

    @property
    def dense(self) -> bool:
        """Whether the run keeps what makes clicks quick: the factor of its Hessian, or its inverse."""
        return self.weights <= DENSE_LIMIT

    @property
    def curvature(self) -> int:
        """Bytes of the factor (two classes) or of the lower blocks of the inverse; 0 where neither is kept."""
        blocks = self.classes * (self.classes - 1) // 2
        return FLOAT * blocks * self.width**2 * self.dense

    @property
    def features(self) -> int:
        """Bytes of all standardised features."""
        return FLOAT * (self.train + self.test) * self.width


def run_bytes(sizes: Sizes) -> int:
    """Return the bytes of a run's folder: features, curvature with its numbers of each image, labels, ids and rows."""
    each = FLOAT * (sizes.classes + (sizes.classes > 2)) * sizes.train * sizes.dense
    small = FLOAT * (3 * sizes.train + 2 * sizes.test + (sizes.classes + 2) * sizes.width)
    return sizes.features + sizes.curvature + each + small


def cache_bytes(sizes: Sizes, pictures: int) -> int:
    """Return the bytes of the raw features of so many pictures in the cache."""
    return SMALL * (sizes.width - 1) * pictures


def memory_bytes(sizes: Sizes) -> int:
    """Return the bytes of the arrays of a build where they are most, beside the program and the pictures in flight.

    While features are standardised: the raw ones and three copies in float64, two of them on their way. While λ is chosen:
    the features and ten arrays ``(n, folds, C)``, or by blocks of rows the features, those in single precision, p_i, and the weights
    of all folds. While the curvature is computed: the features, for two classes the Hessian
    and a copy of it and of the features, for more the Hessian and half of it as blocks, and two arrays ``(n, C − 1, C − 1)``.
    """
    n, d, many = sizes.train, sizes.width, sizes.classes - 1
    scaling = (SMALL + 2 * FLOAT) * n * d + SMALL * sizes.test * d
    folds = FOLDS * sizes.classes
    held = SMALL * n * (d + sizes.classes) + 4 * FLOAT * folds * d
    at_once = held if fits_by_blocks(n, sizes.classes) else 10 * FLOAT * n * folds
    choosing = sizes.features + at_once + 3 * FLOAT * d * d
    square = FLOAT * sizes.weights**2
    copies = 1.5 * square + 2 * FLOAT * n * many**2 if many > 1 else 2 * square + FLOAT * n * d
    return round(max(scaling, choosing, sizes.features + FLOAT * min(PIECE, n * d) + copies * sizes.dense))


@dataclass(frozen=True, eq=False)
class _CountingObjective(Objective):
    """An objective that counts the passes over its rows."""

    passes: list[int] = field(default_factory=list)

    def curved(self, probabilities: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Return what :meth:`Objective.curved` does."""
        self.passes.append(len(direction))
        return super().curved(probabilities, direction)


def fit_seconds(sizes: Sizes) -> float:
    """Return how long λ, the head and its curvature take, from a rehearsal on numbers drawn at random.

    The rehearsal fits one λ from nothing, which counts the passes and times them, and again from its own end, which times
    what a fit takes beside them; a larger run takes as much longer as it has more numbers.
    """
    n, d = rehearsed(sizes)
    if fits_by_blocks(sizes.train, sizes.classes):
        return _block_seconds(n, d, sizes)
    objective, zero = _drawn(n, d, sizes.classes), np.zeros((FOLDS, sizes.classes - 1, d))
    spectrum = _timed(objective.gram)
    solve = objective.kronecker(np.full((n, FOLDS, sizes.classes), 1 / sizes.classes))
    solutions = [zero]
    whole = _timed(lambda: solutions.append(minimise(objective, zero, TOLERANCE)))
    beside = _timed(lambda: minimise(objective, solutions[1], 2 * TOLERANCE))
    solving = _timed(lambda: solve(zero)) if n >= d else 0.0  # with fewer rows it happens among them
    product = _timed(lambda: objective.features.T @ objective.features) / (n * d * d)
    more = sizes.train * sizes.width / (n * d)
    each = max(0.0, whole - beside) / max(1, len(objective.passes))
    passes = (PASSES if sizes.classes == 2 else PASSES_OF_MANY) + PASSES_OF_FIT
    fits = passes * (max(0.0, each - solving) * more + min(each, solving)) + len(L2_GRID) * beside * more
    return fits + 2 * spectrum * (sizes.width / d) ** 3 + product * _products(sizes)


def _block_seconds(n: int, d: int, sizes: Sizes) -> float:
    """Return how long fits by blocks of rows and the curvature take, from one slope and one product on n drawn rows of d features."""
    features, labels = _drawn_rows(n, d, sizes.classes)
    risk, zero = ClassRisk(Rows(features, labels, sizes.classes), np.ones(n), L2), np.zeros((sizes.classes, d))
    found = [risk.slope(zero)]
    slope = _timed(lambda: found.append(risk.slope(zero)))
    direction = found[0].gradient.astype(np.float32)
    risk.product(found[0].probabilities, direction)
    product = _timed(lambda: risk.product(found[0].probabilities, direction))
    square = _timed(lambda: features.T @ features) / (n * d * d)
    return (SLOPES * slope + PRODUCTS * product) * sizes.train * sizes.width / (n * d) + square * _products(sizes)


def rehearsed(sizes: Sizes) -> tuple[int, int]:
    """Return with how many rows and features a fit is rehearsed: all where that takes a second or two."""
    width = min(sizes.width, REHEARSED)
    return min(sizes.train, max(1000, 2 * width)), width


def _products(sizes: Sizes) -> float:
    """Return how many multiplications the Hessian and its inverse take; those of all second moments count as one pair."""
    n, d, pairs = sizes.train, sizes.width, sizes.classes * (sizes.classes - 1) / 2
    square = float(sizes.weights) ** 2 * (sizes.weights if sizes.classes > 2 else n)
    return (pairs * n * d * d + square + pairs * n * d * d) * sizes.dense


def _drawn(n: int, d: int, classes: int) -> _CountingObjective:
    features, labels = _drawn_rows(n, d, classes)
    return _CountingObjective(features, labels, contrasts(classes), np.full(FOLDS, L2), np.ones((FOLDS, n)))


def _drawn_rows(n: int, d: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(classes, size=n)
    return rng.normal(size=(n, d)) + 0.1 * rng.normal(size=(classes, d))[labels], labels


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def available_memory() -> int | None:
    """Return the bytes that programs may still take, as Linux says; None elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    available = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(available[0]) * 1024 if available else None
