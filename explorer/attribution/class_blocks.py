"""About H⁻¹ of a head of many classes: the block of each class, in which the images that bend it most count as they are.

The block of class c is B_c = λI + (1/n) Σ_i w_ic h_i h_iᵀ with w_ic = p_ic (1 − p_ic). Few images have most of a class's weight:
they make a matrix of low rank, U_cᵀ U_c; of the others only the diagonal in the basis V of the features' eigenvectors is kept
(after George et al. 2018), S_c⁻¹ with λ. By Woodbury's identity (S⁻¹ + UᵀU)⁻¹ = S − FᵀF with F = L⁻¹ U S and L Lᵀ = I + U S Uᵀ.
A product with it takes no pass over the images.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from explorer.core.parallel import one_blas_thread, row_slices, run_in_threads

# Images of a class that count as they are. With 64 a solve of 200 classes (n = 6,000, d = 512, λ = 0.001) took 36 steps to 1e-6,
# with none 58, with 128 30; more cost more than they save. All of them together take at most so many numbers (256 MB).
IMAGES, NUMBERS = 64, 64_000_000
# Classes are worked on in so many pieces, which the cores take side by side.
PIECES = 16


@dataclass(frozen=True, eq=False)
class ClassBlocks:
    """The inverse of every class's block, about.

    Attributes:
        vectors: V ``(d, d)``, single precision as all of them.
        diagonals: S_c ``(C, d)``.
        factors: F_c ``(C, m, d)``.
    """

    vectors: np.ndarray
    diagonals: np.ndarray
    factors: np.ndarray

    @classmethod
    def of(
        cls, features: np.ndarray, probabilities: np.ndarray, vectors: np.ndarray, curved: np.ndarray
    ) -> "ClassBlocks":
        """Return the blocks.

        Args:
            features: ``(n, d)`` single precision.
            probabilities: p_i ``(n, C)`` single precision.
            vectors: V ``(d, d)``.
            curved: the diagonals of all V B_c Vᵀ ``(C, d)``.
        """
        (n, d), classes = features.shape, probabilities.shape[1]
        images = min(IMAGES, n, max(1, NUMBERS // (classes * d)))
        factors, diagonals = np.empty((classes, images, d), dtype=np.float32), curved.astype(np.float32)

        def fill(some: slice) -> None:
            weights = np.ascontiguousarray(probabilities[:, some].T)
            weights *= 1 - weights
            leading = np.argpartition(weights, n - images, axis=1)[:, n - images :]
            for place, rows in enumerate(leading):
                turned = features[rows] @ vectors
                turned *= np.sqrt(weights[place, rows] / n)[:, None]
                diagonal = diagonals[some.start + place]
                # λ at least, and a thousandth of what was there: the difference of two sums may be lost in their rounding
                np.maximum(diagonal - (turned**2).sum(axis=0), diagonal / 1000, out=diagonal)
                np.divide(1, diagonal, out=diagonal)
                factors[some.start + place] = _factor(turned, diagonal)

        with one_blas_thread():
            run_in_threads(fill, row_slices(classes, PIECES))
        return cls(vectors, diagonals, factors)

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """Return about B_c⁻¹ times each of ``(k, C, d)``, same shape."""
        found = np.empty_like(rows)

        def work(some: slice) -> None:
            turned, factors = rows[:, some] @ self.vectors, self.factors[some]
            columns = np.ascontiguousarray(np.moveaxis(turned, 0, 2))
            pulled = factors.transpose(0, 2, 1) @ (factors @ columns)
            turned *= self.diagonals[some]
            turned -= np.moveaxis(pulled, 2, 0)
            np.matmul(turned, self.vectors.T, out=found[:, some])

        with one_blas_thread():
            # each piece reads all of V, so it should have many classes
            run_in_threads(work, row_slices(len(self.factors), min(PIECES, 2 + len(self.factors) // 64)))
        return found


def _factor(turned: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
    """Return F = L⁻¹ U S ``(m, d)`` for U ``(m, d)`` and the diagonal of S ``(d,)``."""
    scaled = turned * diagonal
    inner = scaled @ turned.T
    inner[np.diag_indices_from(inner)] += 1
    lower = scipy.linalg.cholesky(inner, lower=True, check_finite=False)
    return np.asarray(scipy.linalg.solve_triangular(lower, scaled, lower=True, check_finite=False))
