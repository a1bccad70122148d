"""The Hessian of the head's risk, its factor, and the case matrices S_i, kept once for a run.

In contrasts (see :mod:`explorer.models.head`) the Hessian is H = (1/n) Σ_i A_i ⊗ h_i h_iᵀ + λI, with A_i the
(C − 1) × (C − 1) matrix Bᵀ(diag(p_i) − p_i p_iᵀ)B, and G = H⁻¹.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.linalg

from explorer.errors import ExplorerError
from explorer.models.head import Head

# A dense factor of so many weights takes 2 GB; larger heads are solved by conjugate gradients.
DENSE_LIMIT = 16_000


@dataclass(frozen=True, eq=False)
class Curvature:
    """What every exact score needs, computed from a head once.

    Attributes:
        head: that is explained.
        kept: what was computed before and written down: ``factor``, ``removals``, ``leverages``.
    """

    head: Head
    kept: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> np.ndarray:
        """A_i in contrasts ``(n, C − 1, C − 1)``."""
        p, basis = self.head.train_probabilities, self.head.basis
        pulled = p @ basis
        return np.einsum("nc,ca,cb->nab", p, basis, basis, optimize=True) - pulled[:, :, None] * pulled[:, None, :]

    @property
    def free_weights(self) -> int:
        """(C − 1)d."""
        return (self.head.classes - 1) * self.head.train_features.shape[1]

    @property
    def dense(self) -> bool:
        """Whether H and its factor fit in memory; else only methods that need no factor work."""
        return self.free_weights <= DENSE_LIMIT

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
        for a in range(contrasts):
            for b in range(a + 1):
                hessian[a, :, b, :] = self._moments(self.blocks[:, a, b], symmetric=a == b) / n
                hessian[b, :, a, :] = hessian[a, :, b, :]
        dense = hessian.reshape(contrasts * d, -1)
        dense[np.diag_indices_from(dense)] += self.head.l2
        return dense

    def _moments(self, weights: np.ndarray, symmetric: bool) -> np.ndarray:
        """Return Σ_i w_i h_i h_iᵀ; where w_i ≥ 0 as the product of one matrix with itself, at half the cost."""
        features = self.head.train_features
        if symmetric:
            rooted = features * np.sqrt(np.maximum(weights, 0))[:, None]
            return rooted.T @ rooted
        return features.T @ (features * weights[:, None])

    @cached_property
    def factor(self) -> np.ndarray:
        """Lower Cholesky factor of H, ``((C − 1)d, (C − 1)d)``."""
        if "factor" in self.kept:
            return self.kept["factor"]
        return scipy.linalg.cholesky(self.hessian(), lower=True, overwrite_a=True, check_finite=False)

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return G times each of ``(k, C − 1, d)``, same shape."""
        flat = rows.reshape(len(rows), -1).T
        return scipy.linalg.cho_solve((self.factor, True), flat, check_finite=False).T.reshape(rows.shape)

    @cached_property
    def cases(self) -> np.ndarray:
        """S_i = (I ⊗ h_i)ᵀ G (I ⊗ h_i), ``(n, C − 1, C − 1)``."""
        features, contrasts = self.head.train_features, self.head.classes - 1
        if contrasts == 1:
            white = scipy.linalg.solve_triangular(self.factor, features.T, lower=True, check_finite=False)
            return np.einsum("dn,dn->n", white, white)[:, None, None]
        cases = np.empty((len(features), contrasts, contrasts))
        inverse = scipy.linalg.cho_solve((self.factor, True), np.eye(len(self.factor)), check_finite=False)
        inverse = inverse.reshape(contrasts, features.shape[1], contrasts, -1)
        for a in range(contrasts):
            for b in range(a + 1):
                cases[:, a, b] = cases[:, b, a] = np.einsum("nd,nd->n", features @ inverse[a, :, b, :], features)
        return cases

    @cached_property
    def removals(self) -> np.ndarray:
        """c_i ``(n, C − 1)``: removing i changes θ by G(c_i ⊗ h_i), one Newton step of the problem without i.

        By Woodbury, (H − A_i ⊗ h_i h_iᵀ / n)⁻¹(e ⊗ h_i) = G(((I − A_i S_i / n)⁻¹ e) ⊗ h_i), a (C − 1)² solve.
        """
        if "removals" in self.kept:
            return self.kept["removals"]
        n, contrasts = self.head.residuals.shape
        without = np.eye(contrasts) - self.blocks @ self.cases / n
        return np.linalg.solve(without, self.head.residuals[:, :, None])[:, :, 0] / n

    @cached_property
    def leverages(self) -> np.ndarray:
        """tr(A_i S_i)/n ``(n,)``, between 0 and C − 1 (the softmax form of the hat matrix's diagonal)."""
        if "leverages" in self.kept:
            return self.kept["leverages"]
        return np.einsum("nab,nba->n", self.blocks, self.cases) / len(self.cases)

    @cached_property
    def self_influences(self) -> np.ndarray:
        """(p_i − y_i)ᵀ S_i (p_i − y_i)/n ``(n,)`` nats: the first-order rise of an image's own loss if it were left out.

        For two classes it is leverage · r/(1 − r) with r = 1 − p_y (the design; the softmax form of Cook & Weisberg 1980).
        """
        residuals = self.head.residuals
        return np.einsum("na,nab,nb->n", residuals, self.cases, residuals) / len(residuals)
