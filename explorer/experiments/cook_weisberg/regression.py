"""Linear regression by least squares, and what leaving out each case does to it (Cook 1977; Cook & Weisberg 1980)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.core.errors import ExplorerError

# A leverage that differs from 1 by less is 1 but for rounding: without the case XᵀX has no inverse.
ALONE = 1e-10


@dataclass(frozen=True, eq=False)
class Regression:
    """y = X β + e with the β of least squares.

    Attributes:
        design: X ``(n, p)``, its first column ones, of rank p < n.
        answers: y ``(n,)``.
    """

    design: np.ndarray
    answers: np.ndarray

    def __post_init__(self) -> None:
        n, p = self.design.shape
        if n <= p or np.linalg.matrix_rank(self.design) < p:
            raise ExplorerError(f"{n} cases do not determine {p} coefficients; give more cases than coefficients.")
        alone = np.flatnonzero(self.leverages > 1 - ALONE)
        if len(alone):
            raise ExplorerError(
                f"Case {alone[0]} alone determines a coefficient, so it cannot be left out; take it out first."
            )

    @cached_property
    def _inverse(self) -> np.ndarray:
        """(XᵀX)⁻¹ ``(p, p)``, by the triangle of a QR factorisation."""
        triangle = np.linalg.inv(np.linalg.qr(self.design, mode="r"))
        return triangle @ triangle.T

    @cached_property
    def coefficients(self) -> np.ndarray:
        """β ``(p,)``."""
        return np.linalg.lstsq(self.design, self.answers, rcond=None)[0]

    @cached_property
    def residuals(self) -> np.ndarray:
        """e ``(n,)``, in the unit of y."""
        return self.answers - self.design @ self.coefficients

    @cached_property
    def leverages(self) -> np.ndarray:
        """h_i = x_iᵀ(XᵀX)⁻¹x_i ``(n,)``, between 0 and 1; they sum to p."""
        return np.einsum("np,pq,nq->n", self.design, self._inverse, self.design)

    @cached_property
    def variance(self) -> float:
        """s² = eᵀe/(n − p)."""
        n, p = self.design.shape
        return float(self.residuals @ self.residuals) / (n - p)

    @cached_property
    def slopes(self) -> np.ndarray:
        """−(XᵀX)⁻¹x_i e_i ``(n, p)``: first order, what leaving out case i does to β; the influence function, divided by n."""
        return -(self.design @ self._inverse) * self.residuals[:, None]

    @cached_property
    def removals(self) -> np.ndarray:
        """β without i minus β, ``(n, p)``: the slope over 1 − h_i, exactly (Cook & Weisberg 1980)."""
        return self.slopes / (1 - self.leverages[:, None])

    @cached_property
    def studentised(self) -> np.ndarray:
        """r_i = e_i/(s √(1 − h_i)) ``(n,)``: residuals with deviation 1."""
        return self.residuals / np.sqrt(self.variance * (1 - self.leverages))

    @cached_property
    def distances(self) -> np.ndarray:
        """Cook's distance D_i = (r_i²/p) · h_i/(1 − h_i) ``(n,)`` (Cook 1977): how far all fitted values move together."""
        return self.studentised**2 / self.design.shape[1] * self.leverages / (1 - self.leverages)


def leave_one_out_refits(design: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return changes of β ``(n, p)`` and Cook's distances ``(n,)`` by leaving out each case and fitting again, n times.

    Shares nothing with :class:`Regression` but NumPy, so that an agreement is evidence.
    """
    (n, p), whole = design.shape, np.linalg.lstsq(design, answers, rcond=None)[0]
    changes = np.empty((n, p))
    for row in range(n):
        kept = np.arange(n) != row
        changes[row] = np.linalg.lstsq(design[kept], answers[kept], rcond=None)[0] - whole
    moved = changes @ design.T
    scale = p * np.sum((answers - design @ whole) ** 2) / (n - p)
    return changes, (moved**2).sum(axis=1) / scale
