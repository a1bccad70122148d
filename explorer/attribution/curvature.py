"""The Hessian of the head's risk, its factor or inverse, and what follows from them for each training image.

In contrasts (see :mod:`explorer.models.head`) the Hessian is H = (1/n) Σ_i A_i ⊗ h_i h_iᵀ + λI, with A_i the
(C − 1) × (C − 1) matrix Bᵀ(diag(p_i) − p_i p_iᵀ)B, and G = H⁻¹. Everything is float64 and computed when it is first needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.linalg

from explorer.attribution.class_system import ClassSystem
from explorer.attribution.inverse import block_pairs, inverse_blocks, solve_blocks, solve_features
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.models.head import Head
from explorer.models.solver import curved_margins
from explorer.shards import ShardedRows

# A dense factor of so many weights takes 2 GB; larger heads are solved by conjugate gradients.
DENSE_LIMIT = 16_000
# Features are worked on in pieces of so many numbers (128 MB), so that no step needs a copy of many more.
PIECE = 16_000_000


@dataclass(frozen=True, eq=False)
class Curvature:
    """The curvature of a head's risk at its minimum, shared by all estimators.

    Attributes:
        head: whose risk it is.
        progress: reports how far the long computations are; ten classes and 50,000 images take minutes.
    """

    head: Head
    saved: Mapping[str, np.ndarray] = field(default_factory=dict)
    progress: Progress = silent

    @cached_property
    def logit_hessians(self) -> np.ndarray:
        """A_i = Bᵀ(diag(p_i) − p_i p_iᵀ)B ``(n, C − 1, C − 1)``: the Hessian of each image's loss by its logits, in contrasts."""
        p, basis = self.head.train_probabilities, self.head.basis
        pulled = p @ basis
        return np.einsum("nc,ca,cb->nab", p, basis, basis, optimize=True) - pulled[:, :, None] * pulled[:, None, :]

    @cached_property
    def spectrum(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Eigenvalues and eigenvectors of the features' second moments; empty until an objective that shares this list fills it."""
        return []

    @cached_property
    def class_system(self) -> ClassSystem:
        """H in class coordinates, for heads without a factor; what its solves share is computed once."""
        return ClassSystem(self.head)

    @cached_property
    def shuffled(self) -> tuple[np.ndarray, np.ndarray]:
        """The training features ``(n, d)`` in float32 and p_i ``(n, C)``, in one random order: a random batch is a slice of them.

        Raises:
            ExplorerError: the features lie in shards.
        """
        if not isinstance(self.head.train_features, np.ndarray):
            raise ExplorerError(
                "influence-lissa needs all features in memory in random order; choose influence-cg, which reads shards."
            )
        order = np.random.default_rng(0).permutation(len(self.head.train_features))
        return self.head.train_features.astype(np.float32)[order], self.head.train_probabilities[order]

    @cached_property
    def largest_eigenvalue(self) -> float:
        """The largest eigenvalue of H, to a hundredth, by Lanczos' method: products with H, no H."""
        import scipy.sparse.linalg  # which no click needs

        size = self.free_weights
        shape = (1, self.head.classes - 1, -1)
        product = scipy.sparse.linalg.LinearOperator(
            (size, size), matvec=lambda flat: self.product(flat.reshape(shape)).ravel(), dtype=np.float64
        )
        start = np.random.default_rng(0).normal(size=size)
        return float(scipy.sparse.linalg.eigsh(product, k=1, v0=start, tol=0.01, return_eigenvectors=False)[0])

    def product(self, rows: np.ndarray) -> np.ndarray:
        """Return H times each of ``(k, C − 1, d)``, same shape; H is formed only where it is smaller than the features."""
        if self._formed is not None:
            return (rows.reshape(len(rows), -1) @ self._formed).reshape(rows.shape)
        head, total = self.head, self.head.l2 * rows
        for some in self._slices():
            features, probabilities = head.train_features[some], head.train_probabilities[some, None]
            margins = (features @ rows.reshape(-1, rows.shape[2]).T).reshape(len(features), *rows.shape[:2])
            weighted = curved_margins(probabilities, margins, head.basis).reshape(len(features), -1)
            total += (weighted.T @ features).reshape(rows.shape) / len(head.train_features)
        return total

    @cached_property
    def _formed(self) -> np.ndarray | None:
        """H where it has fewer numbers than the features, so that a product with it is faster; else None."""
        smaller = self.dense and self.free_weights**2 < self.head.train_features.size
        return self.hessian() if smaller else None

    @property
    def saved_names(self) -> tuple[str, ...]:
        """The arrays worth saving with a run: slow to compute, and needed for a click."""
        one = ("factor", "removals", "leverages")
        return one if self.head.classes == 2 else ("inverse", "removals", "leverages", "self_influences")

    @property
    def free_weights(self) -> int:
        """(C − 1)d."""
        return (self.head.classes - 1) * self.head.train_features.shape[1]

    @property
    def dense(self) -> bool:
        """Whether H and its factor fit in memory; else only estimators that need no factor can be used.

        For more than two classes over shards nobody waits for C(C − 1)/2 passes over all of them.
        """
        sharded = isinstance(self.head.train_features, ShardedRows)
        return self.free_weights <= DENSE_LIMIT and not (sharded and self.head.classes > 2)

    def hessian(self) -> np.ndarray:
        """Return H ``((C − 1)d, (C − 1)d)``.

        Raises:
            ExplorerError: the head has more weights than a dense factor can hold.
        """
        features, contrasts = self.head.train_features, self.head.classes - 1
        n, d = features.shape
        if not self.dense:
            message = f"This head has {self.free_weights:,} free weights and this method needs a factor, which holds at most {DENSE_LIMIT:,}; "
            raise ExplorerError(message + "choose influence-cg, which needs none.")
        hessian = np.empty((contrasts, d, contrasts, d))
        for done, (a, b) in enumerate(block_pairs(contrasts)):
            self.progress("Measuring the curvature", done, contrasts * (contrasts + 1) // 2)
            hessian[a, :, b, :] = self._moments(self.logit_hessians[:, a, b]) / n
            hessian[b, :, a, :] = hessian[a, :, b, :]
        dense = hessian.reshape(contrasts * d, -1)
        dense[np.diag_indices_from(dense)] += self.head.l2
        return dense

    def _moments(self, weights: np.ndarray) -> np.ndarray:
        """Return Σ_i w_i h_i h_iᵀ; each sign as products of matrices with themselves, at half the cost of others."""
        total = np.zeros((self.head.train_features.shape[1],) * 2)
        for rows in self._slices():
            rooted, own = self.head.train_features[rows] * np.sqrt(np.abs(weights[rows]))[:, None], weights[rows]
            for sign in (1.0, -1.0):
                if (own * sign > 0).any():
                    some = rooted if (own * sign >= 0).all() else rooted[own * sign > 0]
                    total += sign * (some.T @ some)
        return total

    def _slices(self) -> Iterator[slice]:
        n, d = self.head.train_features.shape
        width = max(1, PIECE // d)
        for start in range(0, n, width):
            yield slice(start, start + width)

    @cached_property
    def factor(self) -> np.ndarray:
        """Lower Cholesky factor of H, ``((C − 1)d, (C − 1)d)``; used for two classes."""
        if "factor" in self.saved:
            return self.saved["factor"]
        return scipy.linalg.cholesky(self.hessian(), lower=True, overwrite_a=True, check_finite=False)

    @cached_property
    def inverse(self) -> np.ndarray:
        """Lower blocks of G, ``(C(C − 1)/2, d, d)``; used for more than two classes (:mod:`explorer.attribution.inverse`)."""
        if "inverse" in self.saved:
            return self.saved["inverse"]
        return inverse_blocks(self.hessian(), self.head.classes - 1)

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return G times each of ``(k, C − 1, d)``, same shape."""
        if self.head.classes > 2:
            return solve_blocks(self.inverse, rows)
        flat = rows.reshape(len(rows), -1).T
        return scipy.linalg.cho_solve((self.factor, True), flat, check_finite=False).T.reshape(rows.shape)

    def solve_each_contrast(self, features: np.ndarray) -> np.ndarray:
        """Return G(e_a ⊗ h_t) for each contrast a, ``(m, C − 1, C − 1, d)``, for features h ``(m, d)``."""
        if self.head.classes > 2:
            return solve_features(self.inverse, features, self.head.classes - 1)
        return self.solve(features[:, None])[:, None]

    @cached_property
    def case_matrices(self) -> np.ndarray:
        """S_i = (I ⊗ h_i)ᵀ G (I ⊗ h_i), ``(n, C − 1, C − 1)``: how far a push on image i's logits moves these logits."""
        features, contrasts = self.head.train_features, self.head.classes - 1
        if contrasts == 1:
            return np.concatenate([self._white_norms(features[rows]) for rows in self._slices()])[:, None, None]
        cases = np.empty((len(features), contrasts, contrasts))
        for rows in self._slices():
            self.progress("Weighing every image", rows.start, len(features))
            own = np.asarray(features[rows])
            for (a, b), block in zip(block_pairs(contrasts), self.inverse, strict=True):
                cases[rows, a, b] = cases[rows, b, a] = np.einsum("nd,nd->n", own @ block, own)
        return cases

    def _white_norms(self, features: np.ndarray) -> np.ndarray:
        """Return ‖L⁻¹h‖² ``(r,)`` of rows ``(r, d)``, for two classes."""
        white = scipy.linalg.solve_triangular(self.factor, features.T, lower=True, check_finite=False)
        return np.einsum("dn,dn->n", white, white)

    def couplings(self, features: np.ndarray) -> np.ndarray:
        """Return (I ⊗ h_i)ᵀ G (I ⊗ h_j) of all pairs of a few pictures ``(k, d)``, as ``(k, C − 1, k, C − 1)``."""
        if self.head.classes == 2:  # half the work: one triangle of the factor instead of two
            white = scipy.linalg.solve_triangular(self.factor, features.T, lower=True, check_finite=False)
            return (white.T @ white)[:, None, :, None]
        return np.einsum("jbad,id->iajb", self.solve_each_contrast(features), features, optimize=True)

    @cached_property
    def removals(self) -> np.ndarray:
        """c_i ``(n, C − 1)``: removing i changes θ by G(c_i ⊗ h_i), one Newton step of the problem without i.

        By Woodbury, (H − A_i ⊗ h_i h_iᵀ / n)⁻¹(e ⊗ h_i) = G(((I − A_i S_i / n)⁻¹ e) ⊗ h_i), a (C − 1)² solve.
        """
        if "removals" in self.saved:
            return self.saved["removals"]
        n, contrasts = self.head.residuals.shape
        without = np.eye(contrasts) - self.logit_hessians @ self.case_matrices / n
        return np.linalg.solve(without, self.head.residuals[:, :, None])[:, :, 0] / n

    @cached_property
    def leverages(self) -> np.ndarray:
        """tr(A_i S_i)/n ``(n,)``, between 0 and C − 1 (the softmax form of the hat matrix's diagonal)."""
        if "leverages" in self.saved:
            return self.saved["leverages"]
        return np.einsum("nab,nba->n", self.logit_hessians, self.case_matrices) / len(self.case_matrices)

    @cached_property
    def self_influences(self) -> np.ndarray:
        """(p_i − y_i)ᵀ S_i (p_i − y_i)/n ``(n,)`` nats: the first-order rise of an image's own loss if it were left out.

        For two classes it is leverage · q/(1 − q) with q = 1 − p_y (the softmax form of Cook & Weisberg 1980).
        """
        if "self_influences" in self.saved:
            return self.saved["self_influences"]
        residuals = self.head.residuals
        return np.einsum("na,nab,nb->n", residuals, self.case_matrices, residuals) / len(residuals)
