"""About H⁻¹ of a head of many classes: the heaviest pairs of an image and a class count as they are, of the others a diagonal.

Row i of the probabilities bends the risk by A_i ⊗ h_i h_iᵀ/n with A_i = diag(p_i) − p_i p_iᵀ, and few of its classes have most of that.
Over the pairs P of largest p (1 − p)‖h‖² their part is U E Uᵀ: U has a column h_i/√n in the rows of class c for each pair (i, c), and
E = diag(p) − p pᵀ within each image, which ties the classes that an image hesitates between. E = L Lᵀ with L = diag(√p)(I − α √p √pᵀ)
and α = (1 − √(1 − s))/s, s = Σ p of the image's pairs. Of all other pairs only the diagonal in the basis V of the features'
eigenvectors is kept (after George et al. 2018), S⁻¹ with λ. By Woodbury's identity

    (S⁻¹ + U E Uᵀ)⁻¹ = S − S U L (I + Lᵀ K L)⁻¹ Lᵀ Uᵀ S,   K = Uᵀ S U,

with K in one block a class. The system in the middle has a number a pair and is solved by conjugate gradients of its own;
a product takes no pass over the images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.core.parallel import SMALL_PRODUCT, one_blas_thread, row_slices, run_in_threads

# Pairs a class, in the middle. A question of 1,000 classes (n = 20,000, d = 512, λ = 0.0028) took 16 steps to 1e-6 with the 64 images
# of most weight of each class not tied to one another; 9 with 64,000 pairs tied, 8 with 128,000, 7 with 256,000; 128 a class cost
# least in all. Their features take at most so many numbers (256 MB), and no class has more than so many pairs (K: 4 MB).
PAIRS, NUMBERS, MOST = 128, 64_000_000, 1024
# Share of its right side that the inner solve leaves, and its steps at most. Made features take six of them. Of a run on photographs' network
# features (99 unbalanced classes, d = 1,281, λ = 0.001) 14 to 17 steps let an outer solve end after 45 to 47; four left 4e-4 after 60.
# 0.1, one or two steps, left 2e-3 after 90.
LEFT, MOST_INNER = 0.01, 60
# The threshold is found among so many of all pairs; classes are worked on in so many pieces, which the cores take side by side.
SAMPLED, PIECES = 2_000_000, 8


@dataclass(frozen=True, eq=False)
class ClassPairs:
    """The inverse of the Hessian, about. Everything is in single precision; pairs are in the order of their classes.

    Attributes:
        vectors: V ``(d, d)``.
        diagonals: S ``(C, d)``.
        features: Uᵀ of each class ``(P_c, d)``, in the basis V.
        products: K of each class ``(P_c, P_c)``.
        images: of each pair ``(P,)``.
        roots: √p of each pair ``(P, 1)``.
        ties: α of each image ``(n, 1)``.
    """

    vectors: np.ndarray
    diagonals: np.ndarray
    features: list[np.ndarray]
    products: list[np.ndarray]
    images: np.ndarray
    roots: np.ndarray
    ties: np.ndarray

    @classmethod
    def of(
        cls, features: np.ndarray, probabilities: np.ndarray, vectors: np.ndarray, curved: np.ndarray
    ) -> "ClassPairs":
        """Return the pairs.

        Args:
            features: ``(n, d)`` single precision.
            probabilities: p_i ``(n, C)`` single precision.
            vectors: V ``(d, d)``.
            curved: the diagonals of V B_c Vᵀ for the block B_c of each class of H ``(C, d)``.
        """
        (n, _), classes = features.shape, probabilities.shape[1]
        heavy = _heavy(features, probabilities)
        turned: list[np.ndarray] = [np.empty(0)] * classes
        products, diagonals = turned.copy(), curved.astype(np.float32)

        def fill(some: slice) -> None:
            for place in range(some.start, some.stop):
                rows, own = heavy[place], features[heavy[place]] @ vectors
                own /= np.sqrt(np.float32(n))
                p, diagonal = probabilities[rows, place], diagonals[place]
                # λ at least, and a thousandth of what was there: the difference of two sums may be lost in their rounding
                np.maximum(diagonal - (p * (1 - p)) @ own**2, diagonal / 1000, out=diagonal)
                np.divide(1, diagonal, out=diagonal)
                turned[place], products[place] = own, (own * diagonal) @ own.T

        with one_blas_thread():
            run_in_threads(fill, row_slices(classes, PIECES * 4))
        images = np.concatenate(heavy)
        shares = np.concatenate([probabilities[rows, place] for place, rows in enumerate(heavy)])
        sums = np.minimum(np.bincount(images, shares, n), 1.0)
        ties = np.divide(1 - np.sqrt(1 - sums), sums, out=np.zeros(n), where=sums > 0)
        roots = np.sqrt(shares)[:, None]
        return cls(vectors, diagonals, turned, products, images, roots, ties.astype(np.float32)[:, None])

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return about H⁻¹ times each of ``(k, C, d)``, same shape; not quite linear, as steps of conjugate gradients are not."""
        with one_blas_thread():
            scaled = (rows.reshape(-1, rows.shape[2]) @ self.vectors).reshape(rows.shape)
            scaled *= self.diagonals
            pulled = self._by_class(lambda place: self.features[place] @ scaled[:, place].T, len(rows))
            inner = self._from_roots(self._inner(self._to_roots(pulled)))

            def take(place: int, own: slice) -> None:
                scaled[:, place] -= (inner[own].T @ self.features[place]) * self.diagonals[place]

            self._each_class(take)
            return (scaled.reshape(-1, rows.shape[2]) @ self.vectors.T).reshape(rows.shape)

    def _inner(self, right: np.ndarray) -> np.ndarray:
        """Return about (I + Lᵀ K L)⁻¹ times ``(P, k)``."""
        found, left = np.zeros_like(right), right.copy()
        direction, strength = right, np.einsum("pk,pk->k", right, right)
        enough = LEFT**2 * strength
        for _ in range(MOST_INNER):
            tied = self._from_roots(direction)
            image = direction + self._to_roots(self._moved(tied))
            length = _ratio(strength, np.einsum("pk,pk->k", direction, image))
            found += length * direction
            left -= length * image
            renewed = np.einsum("pk,pk->k", left, left)
            if (renewed <= enough).all():
                break
            direction, strength = left + _ratio(renewed, strength) * direction, renewed
        return found

    def _moved(self, values: np.ndarray) -> np.ndarray:
        """Return K times ``(P, k)``."""
        bounds = self._bounds
        return self._by_class(
            lambda place: self.products[place] @ values[bounds[place] : bounds[place + 1]], values.shape[1]
        )

    def _from_roots(self, values: np.ndarray) -> np.ndarray:
        """Return L times ``(P, k)``."""
        return self.roots * self._tied(values)

    def _to_roots(self, values: np.ndarray) -> np.ndarray:
        """Return Lᵀ times ``(P, k)``."""
        return self._tied(self.roots * values)

    def _tied(self, values: np.ndarray) -> np.ndarray:
        """Return I − α √p √pᵀ of each image times ``(P, k)``."""
        sums = [np.bincount(self.images, column, len(self.ties)) for column in (self.roots * values).T]
        pulled = self.ties * np.stack(sums, axis=1).astype(np.float32)
        return values - self.roots * pulled[self.images]

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.cumsum([0, *map(len, self.features)])

    def _by_class(self, work: Callable[[int], np.ndarray], k: int) -> np.ndarray:
        """Return what ``work`` finds of the pairs of each class, one after the other ``(P, k)``."""
        found = np.empty((len(self.images), k), dtype=np.float32)

        def keep(place: int, own: slice) -> None:
            found[own] = work(place)

        self._each_class(keep)
        return found

    def _each_class(self, work: Callable[[int, slice], None]) -> None:
        """Call ``work`` with each class and the places of its pairs."""
        bounds = self._bounds.tolist()

        def several(some: slice) -> None:
            for place in range(some.start, some.stop):
                work(place, slice(bounds[place], bounds[place + 1]))

        everything = slice(0, len(self.features))
        if len(self.images) * len(self.vectors) < SMALL_PRODUCT:
            several(everything)
        else:
            run_in_threads(several, row_slices(everything.stop, PIECES))


def _heavy(features: np.ndarray, probabilities: np.ndarray) -> list[np.ndarray]:
    """Return the images of the heaviest pairs of each class, at most ``MOST`` of one."""
    (n, d), classes = features.shape, probabilities.shape[1]
    norms, wanted = np.einsum("nd,nd->n", features, features), min(PAIRS * classes, NUMBERS // d, n * classes)
    step = max(1, n * classes // SAMPLED)
    some = _weights(probabilities[::step], norms[::step]).ravel()
    place = len(some) - max(1, round(len(some) * wanted / (n * classes)))
    least, most = np.partition(some, place)[place], min(MOST, n)

    def of(columns: slice) -> list[np.ndarray]:
        return [_leading(own, least, most) for own in _weights(probabilities[:, columns], norms)]

    return [rows for found in run_in_threads(of, row_slices(classes, PIECES * 4)) for rows in found]


def _weights(probabilities: np.ndarray, norms: np.ndarray) -> np.ndarray:
    """Return p (1 − p)‖h‖² with a row a class ``(c, r)``, for p ``(r, c)``; the same bits whichever rows are asked for."""
    found = np.ascontiguousarray(probabilities.T)
    found *= (1 - found) * norms
    return found


def _leading(weights: np.ndarray, least: float, most: int) -> np.ndarray:
    """Return which of the weights ``(n,)`` are at least ``least``, the ``most`` largest of them."""
    rows = np.flatnonzero(weights >= least)
    return rows if len(rows) <= most else rows[np.argpartition(weights[rows], len(rows) - most)[len(rows) - most :]]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return the quotient ``(k,)`` in single precision; 0 where a system is solved already."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0).astype(np.float32)
