"""Scores of training images on test images, for any estimator; the n × m matrix is never held in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.special import softmax

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.class_rows import solved_rows
from explorer.attribution.curvature import Curvature
from explorer.attribution.iterative import by_classes, residual
from explorer.attribution.row import Row, leaders, proved_row
from explorer.core.parallel import one_blas_thread, row_slices, run_in_threads
from explorer.core.progress import Progress, silent
from explorer.models.head import Head
from explorer.shards import ShardedRows

# A block of scores of this many numbers (32 MB) stays in memory while the next is computed.
BLOCK = 4_000_000
# Solutions of so many numbers (128 MB) are computed at once.
SOLVED = 16_000_000
# Work on all rows is cut in so many pieces, which the cores take side by side.
PIECES = 8
# How many more leaders than asked for are computed exactly after a scan, so that no swap near the cut is missed.
SPARE = 4
# A row that takes up to so many multiplications is computed exactly throughout, which needs (C − 1)² products of the
# features: ten classes at n = 12,000 and d = 1,281, 50 ms; 50,000 would take 250.
EXACT_PRODUCTS = 1_300_000_000
# Up to so many contrasts the rows of shards are scanned in int8: each takes two products of the int8 copy, and a matrix product
# of the half-precision rows in float64 takes less for more of them.
FEW_CONTRASTS = 8
# Changes of logits of one piece of a block: 2 MB, which stay in a core's cache until they are scores.
CACHED = 250_000
# Numbers of sharded features that one core holds in float64 at once (32 MB).
HELD = 4_000_000


@dataclass(frozen=True, eq=False)
class Scorer:
    """An estimator applied to a head.

    Attributes:
        curvature: of the head; shared by all estimators.
        estimator: that defines the scores.
    """

    curvature: Curvature
    estimator: Estimator

    @property
    def head(self) -> Head:
        """The head whose predictions are attributed."""
        return self.curvature.head

    @property
    def summary(self) -> str:
        """A sentence on how the scores are computed, for a menu of methods."""
        return self.estimator.summary

    @cached_property
    def coefficients(self) -> np.ndarray:
        """c_i ``(n, C − 1)``."""
        return self.estimator.coefficients(self.curvature)

    def warm_up(self) -> None:
        """Compute what every row needs, whichever test image it is of; solving for nothing asks for all of it."""
        if by_classes(self.estimator, self.curvature):
            self.curvature.class_system.warm_up()
            return
        _ = self.coefficients
        if self.estimator.iterative:
            nothing = np.zeros((1, self.head.classes - 1, self.head.train_features.shape[1]))
            self.estimator.solve(self.curvature, nothing)

    @property
    def exact_rows(self) -> bool:
        """Whether every score of a row is exact; else its leaders are, after a scan that is linear in the changes of logits."""
        return self.estimator.bilinear or self._products_of(2) <= EXACT_PRODUCTS

    @property
    def multiplications(self) -> int:
        """How many multiplications a row takes beside its solve."""
        return self._products_of(1 if self.estimator.bilinear or not self.exact_rows else 2)

    def _products_of(self, power: int) -> int:
        return int(self.head.train_features.size * (self.head.classes - 1) ** power)

    def tests(self, features: np.ndarray, targets: np.ndarray, rows: np.ndarray | None = None) -> Tests:
        """Return test images ready to be attributed, for features ``(m, d)`` and classes ``(m,)``."""
        return Tests(features, softmax(self.head.logits(features), axis=1), targets, self.head.basis, rows)

    def row(self, features: np.ndarray, target: int, top: int) -> Row:
        """Return the scores of all training images on one test image ``(d,)``, and its ``top`` leaders a side."""
        return self.rows(self.tests(features[None], np.array([target])), top)[0]

    def rows(self, tests: Tests, top: int, progress: Progress = silent) -> list[Row]:
        """Return the scores of all training images on each of a few test images, with ``top`` leaders a side.

        Where that takes too long, a linear scan finds the leaders, and these are exact. Of shards a scan in int8 proves them.
        """
        each = [tests.take(slice(place, place + 1)) for place in range(len(tests.targets))]
        if isinstance(self.head.train_features, ShardedRows) and self.few_products:
            return [self._proved(test, top, self.head.train_features) for test in each]
        if by_classes(self.estimator, self.curvature):
            return solved_rows(self.curvature.class_system, tests, top, progress)
        if self.estimator.iterative:
            return [self._iterated(test, top) for test in each]
        if self.estimator.bilinear:
            return [Row(scores, *leaders(scores, top)) for test in each for scores in self.exact(test).T]
        if self.exact_rows:
            return [Row(scores, *leaders(scores, top)) for scores in self.exact(tests).T]
        solutions = self.curvature.solve_each_contrast(tests.features)
        return [self._scanned(test, solutions[place], top) for place, test in enumerate(each)]

    @property
    def few_products(self) -> bool:
        """Whether a row is a function of one number that is linear in the features, by few products."""
        if self.estimator.needs_no_curvature:
            return True
        contrasts = self.head.classes - 1
        return contrasts <= (FEW_CONTRASTS if self.estimator.bilinear else 1)

    def _proved(self, test: Tests, top: int, features: ShardedRows) -> Row:
        """Return the row of one test image from a scan in int8, with leaders that are proved to be the float64 ones.

        For ``newton`` and two classes the score is a convex function of the change of the logit, 0 at 0, that only rises or
        only falls, so that those lead whose change does.
        """
        coefficients, vectors, off = self.linear(test)
        sign = self.direction(test)
        score = partial(read_scores, self.estimator, sign=sign, test=test)
        return proved_row(features, coefficients, sign * vectors, score, top, off)

    def direction(self, test: Tests) -> float:
        """Return 1 where the scores of a test image rise with what is linear in the features, −1 where they fall."""
        return 1.0 if self.estimator.bilinear else float(np.sign(read_scores(self.estimator, np.ones(1), 1.0, test)[0]))

    def linear(self, test: Tests) -> tuple[np.ndarray, np.ndarray, float | None]:
        """Return coefficients ``(n, K)`` and vectors ``(K, d)`` of one test image's row, and an iterative solution's residual."""
        if self.estimator.needs_no_curvature:
            pulls = self.coefficients @ self.estimator.test_coefficients(self.curvature, test).T
            return pulls, test.features, None
        if not self.estimator.bilinear:
            return self.coefficients, self.curvature.solve_each_contrast(test.features)[0, 0], None
        right = self._right(test)
        solution = self.estimator.solve(self.curvature, right)
        off = residual(self.curvature, solution, right) if self.estimator.iterative else None
        return self.coefficients, solution[0], off

    def _iterated(self, test: Tests, top: int) -> Row:
        """Return the row of one test image with the residual at which the solution stopped."""
        right = self._right(test)
        solution = self.estimator.solve(self.curvature, right)
        scores = self._products(solution, slice(None))[:, 0]
        return Row(scores, *leaders(scores, top), residual(self.curvature, solution, right))

    def _scanned(self, test: Tests, solutions: np.ndarray, top: int) -> Row:
        """Return the row of one test image, linear in the changes of logits, its leaders exact.

        Args:
            test: one test image.
            solutions: of its features, ``(C − 1, C − 1, d)`` (:meth:`Curvature.solve_each_contrast`).
            top: leaders a side.
        """
        solved = np.einsum("a,abd->bd", self.estimator.test_coefficients(self.curvature, test)[0], solutions)
        scores, linear = self._products(solved[None], slice(None))[:, 0], np.ones(len(self.coefficients), dtype=bool)
        rows = np.concatenate(leaders(scores, SPARE * top))
        while len(rows):
            scores[rows], linear[rows] = self.exact(test, rows, solutions[None])[:, 0], False
            found = np.concatenate(leaders(scores, top))
            rows = found[linear[found]]
        return Row(scores, *leaders(scores, top), exact=False, error=None)

    def exact(
        self, tests: Tests, rows: np.ndarray | slice = slice(None), solutions: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the scores ``(r, m)`` of some training images, every one as the estimator defines it.

        Args:
            tests: m test images.
            rows: r training images, all by default.
            solutions: :meth:`Curvature.solve_each_contrast` of the test images' features, where it was computed before.
        """
        if self.estimator.bilinear:
            return self._bilinear(tests, rows)
        return self.estimator.score_from_logits(self.logit_changes(tests, rows, solutions), tests)

    def column(self, row: int, tests: Tests) -> np.ndarray:
        """Return the scores ``(m,)`` of one training image on many test images: one solve, one product."""
        features, step = self.head.train_features[row], self.coefficients[row]
        if self.estimator.needs_no_curvature:
            return (tests.features @ features) * (self.estimator.test_coefficients(self.curvature, tests) @ step)
        change = tests.features @ self.estimator.solve(self.curvature, step[None, :, None] * features)[0].T
        if self.estimator.bilinear:
            return np.einsum("mk,mk->m", change, self.estimator.test_coefficients(self.curvature, tests))
        return self.estimator.score_from_logits(change[None], tests)[0]

    def blocks(self, tests: Tests) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield ``(which test images, scores (n, their number))`` until all are done; a block's memory is used again."""
        width = max(1, BLOCK // (len(self.coefficients) * (self.head.classes - 1)))
        memory = np.empty(len(self.coefficients) * min(width, len(tests.targets)))
        for place, solutions in self._solutions(tests, width):
            yield place, self._block(tests.take(place), solutions, memory)

    def _solutions(self, tests: Tests, width: int) -> Iterator[tuple[slice, np.ndarray | None]]:
        """Yield which test images come next, at most ``width`` of them, and the solutions of their features where the estimator needs them.

        Many are solved at once: SciPy's threads wait for more work in a spin, in which NumPy's have but half of the cores.
        """
        count, each = len(tests.targets), (self.head.classes - 1) ** 2 * self.head.train_features.shape[1]
        width = max(1, min(width, SOLVED // each))
        many = width * max(1, SOLVED // (width * each))
        for first in range(0, count, many):
            group = slice(first, min(first + many, count))
            solutions = None if self.estimator.bilinear else self.curvature.solve_each_contrast(tests.features[group])
            for start in range(group.start, group.stop, width):
                place = slice(start, min(start + width, group.stop))
                yield place, None if solutions is None else solutions[start - first : place.stop - first]

    def _block(self, part: Tests, solutions: np.ndarray | None, memory: np.ndarray) -> np.ndarray:
        """Return the scores of a block, in ``memory`` where they are no product.

        Each core takes rows from the product to the score, so that what lies between stays in its cache and no step waits for
        another: of the steps by themselves only the product gets faster with more cores.
        """
        if self.estimator.bilinear:
            return self._bilinear(part, slice(None))
        n, m = len(self.coefficients), len(part.targets)
        scores = memory[: n * m].reshape(n, m)

        def score(piece: slice) -> None:
            scores[piece] = self.exact(part, piece, solutions)

        pieces = row_slices(
            n, max(PIECES, n * m * (self.head.classes - 1) ** 2 // CACHED, self.head.train_features.size // HELD)
        )
        with one_blas_thread():
            run_in_threads(score, pieces)
        return scores

    def _bilinear(self, tests: Tests, rows: np.ndarray | slice) -> np.ndarray:
        """Return (r_t ⊗ h_t)ᵀ M (c_i ⊗ h_i) as ``(r, m)``."""
        if self.estimator.needs_no_curvature:
            likeness = self._features(rows) @ tests.features.T
            return likeness * (self.coefficients[rows] @ self.estimator.test_coefficients(self.curvature, tests).T)
        return self._products(self.estimator.solve(self.curvature, self._right(tests)), rows)

    def _features(self, rows: np.ndarray | slice) -> np.ndarray | ShardedRows:
        """Return some rows of the features; all of them as they are, which in shards are not held at once."""
        everything = isinstance(rows, slice) and rows == slice(None)
        return self.head.train_features if everything else self.head.train_features[rows]

    def _right(self, tests: Tests) -> np.ndarray:
        """Return r_t ⊗ h_t ``(m, C − 1, d)``."""
        return self.estimator.test_coefficients(self.curvature, tests)[:, :, None] * tests.features[:, None, :]

    def _products(self, solved: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
        """Return x_tᵀ (c_i ⊗ h_i) as ``(r, m)`` for solutions x ``(m, C − 1, d)``."""
        (m, k, d), coefficients = solved.shape, self.coefficients[rows]
        features, solutions = self._features(rows), solved.reshape(m * k, d)
        if k == 1:
            products = features @ solutions.T
            products *= coefficients
            return products
        products = np.empty((m * k, len(features)))

        def multiply(piece: slice) -> None:
            # in this order BLAS reads the features once, where they lie: half the time for nine contrasts
            np.matmul(solutions, features[piece].T, out=products[:, piece])

        pieces = PIECES if isinstance(features, np.ndarray) else max(PIECES, features.size // HELD)
        run_in_threads(multiply, row_slices(len(features), pieces))
        return np.einsum("mkr,rk->rm", products.reshape(m, k, -1), coefficients)

    def logit_changes(
        self, tests: Tests, rows: np.ndarray | slice = slice(None), solutions: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the changes of logits ``(r, m, C − 1)``, in contrasts, when each training image is removed."""
        response, coefficients = self.logit_responses(tests, rows, solutions), self.coefficients[rows]
        if self.head.classes == 2:
            response *= coefficients[:, :, None, None]
            return response[:, :, :, 0]
        return np.einsum("rmab,rb->rma", response, coefficients)

    def logit_responses(
        self, tests: Tests, rows: np.ndarray | slice = slice(None), solutions: np.ndarray | None = None
    ) -> np.ndarray:
        """Return (I ⊗ h_t)ᵀ G (I ⊗ h_i) ``(r, m, C − 1, C − 1)``: what G(c ⊗ h_i) does to the logits of t, for any c."""
        solved = self.curvature.solve_each_contrast(tests.features) if solutions is None else solutions
        products = self._features(rows) @ solved.reshape(-1, solved.shape[-1]).T
        return products.reshape(-1, *solved.shape[:3])


def read_scores(estimator: Estimator, values: np.ndarray, sign: float, test: Tests) -> np.ndarray:
    """Return the scores ``(r,)`` of one test image for changes of its logit, or what else is linear, times ``sign``."""
    if estimator.bilinear:
        return values
    return estimator.score_from_logits((sign * values)[:, None, None], test)[:, 0]
