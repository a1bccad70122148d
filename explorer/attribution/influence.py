"""First-order influence (Koh & Liang 2017, eq. 2)."""

from dataclasses import dataclass

import numpy as np

from explorer.attribution.base import Tests
from explorer.attribution.curvature import Curvature


@dataclass(frozen=True)
class Influence:
    """s(i, t) = (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i).

    Positive: without image i the loss of t would rise, so i is helpful. Nats. It fails where an image's leverage is
    not small, because it keeps the Hessian of the problem with i.
    """

    linear = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return (p_i − y_i)/n ``(n, C − 1)``, in contrasts."""
        return curvature.head.residuals / len(curvature.head.residuals)

    def read(self, change: np.ndarray, tests: Tests) -> np.ndarray:
        """Return the first-order change of loss ``(r, m)`` in nats for changes of logits ``(r, m, C − 1)``."""
        return np.einsum("rmc,mc->rm", change, tests.residuals)
