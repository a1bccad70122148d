"""About H⁻¹ of a head of many classes: the heaviest pairs of an image and a class count as they are, of the others each class by itself.

Row i of the probabilities bends the risk by A_i ⊗ h_i h_iᵀ/n with A_i = diag(p_i) − p_i p_iᵀ, and few of its classes have most of that.
Over the pairs P of largest p (1 − p)‖h‖² their part is U E Uᵀ: U has a column h_i/√n in the rows of class c for each pair (i, c), and
E = diag(p) − p pᵀ within each image, which ties the classes that an image hesitates between. E = L Lᵀ with L = diag(√p)(I − α √p √pᵀ)
and α = (1 − √(1 − s))/s, s = Σ p of the image's pairs. Of all other pairs each class keeps, in the basis V of the features' eigenvectors,
a diagonal (after George et al. 2018) or a block (:mod:`explorer.attribution.class_blocks`), S⁻¹ with λ. By Woodbury's identity

    (S⁻¹ + U E Uᵀ)⁻¹ = S − S U L (I + Lᵀ K L)⁻¹ Lᵀ Uᵀ S,   K = Uᵀ S U,

with K in one block a class. The system in the middle has a number a pair and is solved by conjugate gradients of its own;
a product takes no pass over the images. Classes of about as many pairs are worked on together, as one array: the products of a
single class are so small that a thousand of them, asked for one by one, keep one core busy with asking.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.attribution.class_blocks import ADDED, ClassBlocks
from explorer.core.parallel import SMALL_PRODUCT, one_blas_thread, row_slices, run_in_threads

# Pairs a class, in the middle; twice as many beside blocks. A question of 1,000 classes (n = 20,000, d = 512, λ = 0.0028) took 16 steps to
# 1e-6 with the 64 images of most weight of each class not tied to one another; 9 with 64,000 pairs tied, 8 with 128,000, 7 with 256,000;
# 128 a class cost least in all. Their features take at most so many numbers (256 MB, beside blocks 512), and no class has more than so
# many pairs (K: 4 MB).
PAIRS, NUMBERS, MOST = 128, 64_000_000, 1024
# Share of its right side that the inner solve leaves, and its steps at most. Made features take six of them. Of a run on photographs' network
# features (99 unbalanced classes, d = 1,281, λ = 0.001) 14 to 17 steps let an outer solve end after 45 to 47; four left 4e-4 after 60.
# 0.1, one or two steps, left 2e-3 after 90.
LEFT, MOST_INNER = 0.01, 60
# The threshold is found among so many of all pairs; classes are looked through in so many pieces, which the cores take side by side.
SAMPLED, PIECES = 2_000_000, 32
# Classes that are worked on together: at most so many, the fewest pairs of one no less than this part of the most.
TOGETHER, ALIKE = 64, 0.8


@dataclass(frozen=True, eq=False)
class Group:
    """Classes of about as many pairs m each; where one has fewer, what is missing is 0.

    Attributes:
        classes: ``(g,)``.
        places: of each pair among all P ``(g, m)``; P where there is none.
        weighed: Uᵀ S of each class ``(g, m, d)``, in the basis V.
        products: K of each class ``(g, m, m)``.
    """

    classes: np.ndarray
    places: np.ndarray
    weighed: np.ndarray
    products: np.ndarray


@dataclass(frozen=True, eq=False)
class ClassPairs:
    """The inverse of the Hessian, about. Everything is in single precision; pairs are in the order of their classes.

    Attributes:
        vectors: V ``(d, d)``.
        blocks: S.
        groups: of the classes, each in one.
        images: of each pair ``(P,)``.
        roots: √p of each pair ``(P, 1)``.
        ties: α of each image ``(n, 1)``.
    """

    vectors: np.ndarray
    blocks: ClassBlocks
    groups: list[Group]
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
        (n, d), classes = features.shape, probabilities.shape[1]
        blocks = ClassBlocks.empty(n, d, classes)
        heavy, added = _heavy(features, probabilities, blocks.dense.size > 0)
        turned = features @ vectors if blocks.dense.size else None
        making = _Making(features, turned, probabilities, vectors, curved, blocks, heavy, added)
        alike, cores = _alike(np.array(list(map(len, heavy)))), os.cpu_count() or 1
        with one_blas_thread():
            # a few at a time, so that whoever clicks meanwhile need not wait for all
            some = (alike[start : start + cores] for start in range(0, len(alike), cores))
            groups = [group for few in some for group in run_in_threads(making.group, few)]
        images = np.concatenate(heavy)
        shares = np.concatenate([probabilities[rows, place] for place, rows in enumerate(heavy)])
        sums = np.minimum(np.bincount(images, shares, n), 1.0)
        ties = np.divide(1 - np.sqrt(1 - sums), sums, out=np.zeros(n), where=sums > 0)
        roots = np.sqrt(shares)[:, None]
        return cls(vectors, blocks, groups, images, roots, ties.astype(np.float32)[:, None])

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return about H⁻¹ times each of ``(k, C, d)``, same shape; not quite linear, as steps of conjugate gradients are not."""
        with one_blas_thread():
            turned = (rows.reshape(-1, rows.shape[2]) @ self.vectors).reshape(rows.shape)
            turned = turned.transpose(1, 0, 2)  # (C, k, d)
            pulled = self._by_group(lambda group: group.weighed @ turned[group.classes].transpose(0, 2, 1), len(rows))
            inner = self._with_none(self._from_roots(self._inner(self._to_roots(pulled))))
            found = np.empty_like(rows)

            def take(group: Group) -> None:
                own = self.blocks.times(group.classes, turned[group.classes])
                own -= inner[group.places].transpose(0, 2, 1) @ group.weighed
                found[:, group.classes] = own.transpose(1, 0, 2)

            self._each_group(take)
            return (found.reshape(-1, rows.shape[2]) @ self.vectors.T).reshape(rows.shape)

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
        known = self._with_none(values)
        return self._by_group(lambda group: group.products @ known[group.places], values.shape[1])

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

    def _with_none(self, values: np.ndarray) -> np.ndarray:
        """Return values of the pairs ``(P + 1, k)``, the last one of none."""
        return np.concatenate([values, np.zeros_like(values[:1])])

    def _by_group(self, work: Callable[[Group], np.ndarray], k: int) -> np.ndarray:
        """Return what ``work`` finds of the pairs of each group ``(g, m, k)``, in the order of the pairs ``(P, k)``."""
        found = np.empty((len(self.images) + 1, k), dtype=np.float32)

        def keep(group: Group) -> None:
            found[group.places] = work(group)

        self._each_group(keep)
        return found[:-1]

    def _each_group(self, work: Callable[[Group], None]) -> None:
        if len(self.images) * len(self.vectors) < SMALL_PRODUCT:
            for group in self.groups:
                work(group)
        else:
            run_in_threads(work, self.groups)


@dataclass(frozen=True, eq=False)
class _Making:
    """What groups are made of: the arguments of :meth:`ClassPairs.of`, blocks to be filled, and what :func:`_heavy` returns.

    Attributes:
        turned: all features in the basis V, where blocks need most of them.
    """

    features: np.ndarray
    turned: np.ndarray | None
    probabilities: np.ndarray
    vectors: np.ndarray
    curved: np.ndarray
    blocks: ClassBlocks
    heavy: list[np.ndarray]
    added: list[np.ndarray]

    @cached_property
    def bounds(self) -> np.ndarray:
        """The first pair of each class among all ``(C + 1,)``."""
        return np.cumsum([0, *map(len, self.heavy)])

    def group(self, classes: np.ndarray) -> Group:
        """Return a group, of which the first class has most pairs; fills the blocks of its classes."""
        shape, d = (len(classes), len(self.heavy[classes[0]])), len(self.vectors)
        found = Group(
            classes,
            np.full(shape, self.bounds[-1]),
            np.zeros((*shape, d), np.float32),
            np.zeros((*shape, shape[1]), np.float32),
        )
        for at, place in enumerate(classes):
            (own, bends), (near, weights) = (self._turned(rows[place], place) for rows in (self.heavy, self.added))
            # λ at least, and a thousandth of what was there: the difference of two sums may be lost in their rounding
            left = np.maximum(self.curved[place] - bends @ own**2, self.curved[place] / 1000)
            self.blocks.fill(place, near * np.sqrt(weights)[:, None], left)
            weighed = self.blocks.times(classes[at : at + 1], own[None])[0]
            found.weighed[at, : len(own)] = weighed
            found.products[at, : len(own), : len(own)] = weighed @ own.T
            found.places[at, : len(own)] = np.arange(*self.bounds[place : place + 2])
        return found

    def _turned(self, rows: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Return h/√n of some images in the basis V ``(r, d)``, and their p (1 − p) for a class ``(r,)``."""
        p = self.probabilities[rows, place]
        own = self.features[rows] @ self.vectors if self.turned is None else self.turned[rows]
        own /= np.sqrt(np.float32(len(self.features)))
        return own, p * (1 - p)


def _alike(sizes: np.ndarray) -> list[np.ndarray]:
    """Return the classes in groups of about as many pairs, ``sizes`` ``(C,)``; in each the one with most comes first."""
    groups: list[list[int]] = []
    for place in np.argsort(-sizes, kind="stable").tolist():
        if not groups or len(groups[-1]) == TOGETHER or sizes[place] < ALIKE * sizes[groups[-1][0]]:
            groups.append([])
        groups[-1].append(place)
    return [np.array(group) for group in groups]


def _heavy(features: np.ndarray, probabilities: np.ndarray, added: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the images of the heaviest pairs of each class, at most ``MOST`` of one; where it is ``added``, of the next ones as well."""
    (n, d), classes = features.shape, probabilities.shape[1]
    pairs, numbers, more = (2 * PAIRS, 2 * NUMBERS, ADDED) if added else (PAIRS, NUMBERS, 0)
    norms, wanted = np.einsum("nd,nd->n", features, features), min(pairs * classes, numbers // d, n * classes)
    step = max(1, n * classes // SAMPLED)
    some = _weights(probabilities[::step], norms[::step]).ravel()
    place = len(some) - max(1, round(len(some) * wanted / (n * classes)))
    least, most = np.partition(some, place)[place], min(MOST, n)

    def of(columns: slice) -> list[tuple[np.ndarray, np.ndarray]]:
        return [_leading(own, least, most, more) for own in _weights(probabilities[:, columns], norms)]

    each = [one for found in run_in_threads(of, row_slices(classes, PIECES)) for one in found]
    return [first for first, _ in each], [second for _, second in each]


def _weights(probabilities: np.ndarray, norms: np.ndarray) -> np.ndarray:
    """Return p (1 − p)‖h‖² with a row a class ``(c, r)``, for p ``(r, c)``; the same bits whichever rows are asked for."""
    found = np.ascontiguousarray(probabilities.T)
    found *= (1 - found) * norms
    return found


def _leading(weights: np.ndarray, least: float, most: int, more: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the weights ``(n,)`` are at least ``least``, the ``most`` largest of them, and the ``more`` next ones."""
    rows = np.flatnonzero(weights >= least)
    if len(rows) > most:
        rows = rows[np.argpartition(weights[rows], len(rows) - most)[len(rows) - most :]]
    behind = max(0, len(weights) - len(rows) - more)
    return rows, np.setdiff1d(np.argpartition(weights, behind)[behind:], rows) if more else rows[:0]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return the quotient ``(k,)`` in single precision; 0 where a system is solved already."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0).astype(np.float32)
