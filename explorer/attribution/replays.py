"""The basis of ``replay-basis``: the derivative of a training along some directions, kept, answers every question at once.

df/dw = Mᵀ ∂f is linear in ∂f = (∂f/∂θ, ∂f/∂β), with a matrix M ``(q, n)`` of the training alone. With orthonormal directions
u_1 … u_K and R_k = Mᵀu_k, replayed once and kept, df/dw ≈ Σ_k (u_k · ∂f) R_k: what a question costs is one backward pass and one
product. The directions are the principal ones of the margins' gradients of *training* images, so they never come from a picture
that is asked about; what they hold of ∂f, Σ_k (u_k · ∂f)² / ‖∂f‖², is how far the answer can be relied on.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Principal values below this part of the largest are rounding.
LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class ReplayBasis:
    """Directions of ∂f and the derivative of the training along each.

    Attributes:
        directions: u ``(K, q)``, float16, each times √q, so that its numbers are about 1.
        table: R ``(K, n)``, int8.
        scales: what a number of the table is a multiple of ``(K,)``.
    """

    directions: np.ndarray
    table: np.ndarray
    scales: np.ndarray

    @cached_property
    def _units(self) -> np.ndarray:
        return units(self.directions)

    def coefficients(self, gradients: np.ndarray) -> np.ndarray:
        """Return u_k · ∂f ``(k, K)`` for questions' ∂f ``(k, q)``."""
        return gradients @ self._units.T

    def derivatives(self, coefficients: np.ndarray) -> np.ndarray:
        """Return df/dw ``(k, n)``, as far as the directions hold ∂f, for u_k · ∂f ``(k, K)``."""
        return (coefficients * self.scales) @ self.table.astype(coefficients.dtype)


def shares(coefficients: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Return which part of ‖∂f‖² the directions hold ``(k,)``, 0 to 1; 1 where ∂f is 0.

    Args:
        coefficients: u_k · ∂f ``(k, K)``.
        squares: ‖∂f‖² ``(k,)``.
    """
    held, whole = np.square(coefficients, dtype=np.float64).sum(1), np.asarray(squares, dtype=np.float64)
    return np.minimum(1.0, np.divide(held, whole, out=np.ones_like(whole), where=whole > 0))


def principal_directions(gradients: np.ndarray, count: int) -> np.ndarray:
    """Return the first principal directions of gradients ``(m, q)``, as :class:`ReplayBasis` keeps them ``(count, q)``.

    They maximise Σ (u_k · ∂f)² over the gradients, which are not centred. There are fewer where the gradients span fewer.
    """
    products = np.zeros((len(gradients), len(gradients)))
    for part in np.array_split(np.arange(gradients.shape[1]), 1 + gradients.shape[1] // 4096):
        piece = gradients[:, part].astype(np.float64)
        products += piece @ piece.T
    values, vectors = np.linalg.eigh(products)
    kept = np.flatnonzero(values > LEAST * values[-1])[::-1][:count]
    mixing = vectors[:, kept] / np.sqrt(values[kept])
    mixing *= np.where(mixing[np.abs(mixing).argmax(0), np.arange(len(kept))] < 0, -1, 1)  # eigenvectors have no sign
    found = mixing.T.astype(np.float32) @ gradients
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return (found * np.sqrt(found.shape[1])).astype(np.float16)


def units(directions: np.ndarray) -> np.ndarray:
    """Return kept directions at length 1 ``(K, q)``, float32."""
    found = directions.astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)
