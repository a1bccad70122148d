"""The curvature of a head that is too large for a dense factor: solves by conjugate gradients, cases S_i estimated.

With second moments M = V diag(μ) Vᵀ of the features and mean blocks (1/n) Σ_i A_i = U diag(α) Uᵀ, H is taken to be diagonal
in the basis U ⊗ V, with its exact diagonal there, s_ad = (1/n) Σ_i (u_aᵀ A_i u_a)(v_dᵀ h_i)² + λ (the eigenvalue-corrected
Kronecker factors of George et al. 2018; used for influence by Grosse et al. 2023, eq. 20). Exact where all A_i are alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg

from explorer.attribution.curvature import Curvature
from explorer.attribution.iterative import InfluenceCG

# Numbers (32 MB) in the case matrices of the images that are worked on together.
PIECE = 4_000_000


@dataclass(frozen=True, eq=False)
class KroneckerCurvature(Curvature):
    """The curvature of a head too large for a dense factor: ``solve`` to a relative residual of 1e-9, whatever needs S_i estimated."""

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return G times each of ``(k, C − 1, d)``, same shape."""
        return InfluenceCG().solve(self, rows)

    @cached_property
    def class_basis(self) -> np.ndarray:
        """U ``(C − 1, C − 1)``: eigenvectors of the mean block."""
        p, basis = self.head.train_probabilities, self.head.basis
        mean = basis.T @ (np.diag(p.mean(axis=0)) - p.T @ p / len(p)) @ basis
        return np.asarray(scipy.linalg.eigh(mean)[1])

    @cached_property
    def case_eigenvalues(self) -> np.ndarray:
        """t_ia = Σ_d (v_dᵀ h_i)² / s_ad ``(n, C − 1)``: the eigenvalues of the estimated S_i = U diag(t_i) Uᵀ."""
        features, p = self.head.train_features, self.head.train_probabilities
        vectors = scipy.linalg.eigh(features.T @ features / len(features))[1]
        squares = (features @ vectors) ** 2
        turned = self.head.basis @ self.class_basis
        curved = p @ turned**2 - (p @ turned) ** 2
        return squares @ (1 / (curved.T @ squares / len(p) + self.head.l2)).T

    @cached_property
    def case_matrices(self) -> np.ndarray:
        """S_i ``(n, C − 1, C − 1)``, estimated."""
        return np.concatenate([cases for _, _, cases in self._pieces()])

    @cached_property
    def removals(self) -> np.ndarray:
        """c_i ``(n, C − 1)`` by Woodbury with estimated S_i (see :attr:`Curvature.removals`)."""
        n, contrasts = self.head.residuals.shape
        steps = [
            np.linalg.solve(np.eye(contrasts) - blocks @ cases / n, self.head.residuals[rows, :, None])[:, :, 0]
            for rows, blocks, cases in self._pieces()
        ]
        return np.concatenate(steps) / n

    @cached_property
    def leverages(self) -> np.ndarray:
        """tr(A_i S_i)/n ``(n,)``, estimated."""
        traces = [np.einsum("nab,nba->n", blocks, cases) for _, blocks, cases in self._pieces()]
        return np.concatenate(traces) / len(self.case_eigenvalues)

    @cached_property
    def self_influences(self) -> np.ndarray:
        """(p_i − y_i)ᵀ S_i (p_i − y_i)/n ``(n,)`` nats, estimated."""
        squares, n = (self.head.residuals @ self.class_basis) ** 2, len(self.case_eigenvalues)
        return np.einsum("na,na->n", squares, self.case_eigenvalues) / n

    def _pieces(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield rows with their A_i and S_i ``(r, C − 1, C − 1)`` until all are done."""
        p, basis, turn = self.head.train_probabilities, self.head.basis, self.class_basis
        width = max(1, PIECE // turn.size)
        for rows in (slice(start, start + width) for start in range(0, len(p), width)):
            pulled = p[rows] @ basis
            blocks = np.einsum("nc,ca,cb->nab", p[rows], basis, basis, optimize=True)
            blocks -= pulled[:, :, None] * pulled[:, None, :]
            yield rows, blocks, np.einsum("ak,nk,bk->nab", turn, self.case_eigenvalues[rows], turn, optimize=True)


def feasible(curvature: Curvature) -> Curvature:
    """Return the curvature itself where a dense factor fits, else its estimate by Kronecker factors."""
    return curvature if curvature.dense else KroneckerCurvature(curvature.head)
