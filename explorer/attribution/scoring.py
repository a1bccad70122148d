"""Scores of training images on test images, for any estimator; the n × m matrix is never kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import softmax

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature
from explorer.attribution.iterative import residual
from explorer.models.head import Head

# A block of scores of this many numbers (32 MB) stays in memory while the next is computed.
BLOCK = 4_000_000
# Elementwise work is cut in so many pieces of rows; NumPy computes them side by side, one a core.
PIECES = 8
# How many more leaders than asked for are computed exactly after a scan, so that no swap near the cut is missed.
SPARE = 4
# Up to so many classes a row is computed exactly throughout: 100 products of the features, 20 ms at n = 10,000.
EXACT_CLASSES = 11


@dataclass(frozen=True, eq=False)
class Row:
    """The scores of one test image.

    Attributes:
        scores: ``(n,)`` nats; with more than ``EXACT_CLASSES`` classes only the leaders' are more than first order.
        helpful: rows of the strongest positive scores, strongest first.
        harmful: rows of the strongest negative scores, strongest first.
        residual: ‖H x − ∇loss(t)‖/‖∇loss(t)‖ of an iterative estimator's solution; None where a factor solves exactly.
    """

    scores: np.ndarray
    helpful: np.ndarray
    harmful: np.ndarray
    residual: float | None = None


@dataclass(frozen=True, eq=False)
class Scorer:
    """An estimator applied to a head.

    Attributes:
        curvature: of the head; shared by all estimators.
        estimator: what is computed.
    """

    curvature: Curvature
    estimator: Estimator

    @property
    def head(self) -> Head:
        """The head that is explained."""
        return self.curvature.head

    @cached_property
    def coefficients(self) -> np.ndarray:
        """c_i ``(n, C − 1)``."""
        return self.estimator.coefficients(self.curvature)

    def tests(self, features: np.ndarray, targets: np.ndarray, rows: np.ndarray | None = None) -> Tests:
        """Return test images ready to be attributed, for features ``(m, d)`` and classes ``(m,)``."""
        return Tests(features, softmax(self.head.logits(features), axis=1), targets, self.head.basis, rows)

    def row(self, features: np.ndarray, target: int, top: int) -> Row:
        """Return the scores of all training images on one test image ``(d,)``, and its ``top`` leaders a side."""
        return self.rows(self.tests(features[None], np.array([target])), top)[0]

    def rows(self, tests: Tests, top: int) -> list[Row]:
        """Return the scores of all training images on each of a few test images, with ``top`` leaders a side.

        With many classes the leaders are found by the linear reading and computed exactly until all of them are exact.
        """
        if self.head.classes <= EXACT_CLASSES and not self.estimator.linear:
            return [Row(scores, *_leaders(scores, top)) for scores in self.exact(tests).T]
        return [self._scanned(tests.take(slice(each, each + 1)), top) for each in range(len(tests.targets))]

    def _scanned(self, test: Tests, top: int) -> Row:
        """Return the row of one test image by the bilinear form, with exact leaders."""
        if self.estimator.iterative:
            right = self._right(test)
            found = self.estimator.solve(self.curvature, right)
            scores = self._products(found, slice(None))[:, 0]
            return Row(scores, *_leaders(scores, top), residual(self.curvature, found, right))
        scores = self._bilinear(test, slice(None))[:, 0]
        if not self.estimator.linear:
            self._sharpen(scores, test, top)
        return Row(scores, *_leaders(scores, top))

    def _sharpen(self, scores: np.ndarray, tests: Tests, top: int) -> None:
        """Replace linear scores ``(n,)`` by exact ones until no leader is left that is not exact."""
        linear = np.ones(len(scores), dtype=bool)
        rows = np.concatenate(_leaders(scores, SPARE * top))
        while len(rows):
            scores[rows], linear[rows] = self.exact(tests, rows)[:, 0], False
            leaders = np.concatenate(_leaders(scores, top))
            rows = leaders[linear[leaders]]

    def exact(self, tests: Tests, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the scores ``(r, m)`` of some training images, every one computed by the estimator's own reading."""
        if self.estimator.linear:
            return self._bilinear(tests, rows)
        return self.estimator.read(self.changes(tests, rows), tests)

    def column(self, row: int, tests: Tests) -> np.ndarray:
        """Return the scores ``(m,)`` of one training image on many test images: one solve, one product."""
        features, step = self.head.train_features[row], self.coefficients[row]
        if self.estimator.plain:
            return (tests.features @ features) * (self.estimator.pulls(self.curvature, tests) @ step)
        change = tests.features @ self.estimator.solve(self.curvature, step[None, :, None] * features)[0].T
        if self.estimator.linear:
            return np.einsum("mk,mk->m", change, self.estimator.pulls(self.curvature, tests))
        return self.estimator.read(change[None], tests)[0]

    def blocks(self, tests: Tests) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield ``(which test images, scores (n, their number))`` until all are done; a block's memory is used again."""
        width = max(1, BLOCK // (len(self.coefficients) * (self.head.classes - 1)))
        with ThreadPoolExecutor(2) as pool:
            for start in range(0, len(tests.targets), width):
                part = tests.take(slice(start, start + width))
                yield slice(start, start + len(part.targets)), self._block(part, pool)

    def _block(self, part: Tests, pool: ThreadPoolExecutor) -> np.ndarray:
        """Return the scores of a block, the elementwise reading side by side in threads."""
        if self.estimator.linear:
            return self._bilinear(part, slice(None))
        change = self.changes(part)
        scores = np.empty(change.shape[:2])

        def read(piece: slice) -> None:
            scores[piece] = self.estimator.read(change[piece], part)

        cuts = np.linspace(0, len(change), min(PIECES, len(change)) + 1).astype(int)
        list(pool.map(read, map(slice, cuts, cuts[1:])))
        return scores

    def _bilinear(self, tests: Tests, rows: np.ndarray | slice) -> np.ndarray:
        """Return (r_t ⊗ h_t)ᵀ M (c_i ⊗ h_i) as ``(r, m)``."""
        if self.estimator.plain:
            likeness = self.head.train_features[rows] @ tests.features.T
            return likeness * (self.coefficients[rows] @ self.estimator.pulls(self.curvature, tests).T)
        return self._products(self.estimator.solve(self.curvature, self._right(tests)), rows)

    def _right(self, tests: Tests) -> np.ndarray:
        """Return r_t ⊗ h_t ``(m, C − 1, d)``."""
        return self.estimator.pulls(self.curvature, tests)[:, :, None] * tests.features[:, None, :]

    def _products(self, solved: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
        """Return x_tᵀ (c_i ⊗ h_i) as ``(r, m)`` for solutions x ``(m, C − 1, d)``."""
        (m, k, d), coefficients = solved.shape, self.coefficients[rows]
        products = self.head.train_features[rows] @ solved.reshape(m * k, d).T
        if k == 1:
            products *= coefficients
            return products
        return np.einsum("rmk,rk->rm", products.reshape(-1, m, k), coefficients)

    def changes(self, tests: Tests, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the changes of logits ``(r, m, C − 1)``, in contrasts, when each training image is removed."""
        response, coefficients = self.responses(tests, rows), self.coefficients[rows]
        if self.head.classes == 2:
            response *= coefficients[:, :, None, None]
            return response[:, :, :, 0]
        return np.einsum("rmab,rb->rma", response, coefficients)

    def responses(self, tests: Tests, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return (I ⊗ h_t)ᵀ G (I ⊗ h_i) ``(r, m, C − 1, C − 1)``: what G(c ⊗ h_i) does to the logits of t, for any c."""
        contrasts, (m, d) = self.head.classes - 1, tests.features.shape
        directions = np.einsum("ab,md->mabd", np.eye(contrasts), tests.features).reshape(m * contrasts, contrasts, d)
        solved = self.curvature.solve(directions).reshape(m * contrasts * contrasts, d)
        return (self.head.train_features[rows] @ solved.T).reshape(-1, m, contrasts, contrasts)


def _leaders(scores: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the strongest positive and of the strongest negative scores, strongest first."""
    top = min(top, len(scores))
    high = np.argpartition(-scores, top - 1)[:top]
    low = np.argpartition(scores, top - 1)[:top]
    high, low = high[np.argsort(-scores[high], kind="stable")], low[np.argsort(scores[low], kind="stable")]
    return high[scores[high] > 0], low[scores[low] < 0]
