"""Plain products of gradients, without curvature."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature
from explorer.attribution.norms import row_norms


@dataclass(frozen=True)
class GradDot(Estimator):
    """s(i, t) = ∇loss(i)ᵀ ∇loss(t) (Charpiat et al. 2019, eq. 3).

    Positive: a small step that lowers the loss of i lowers that of t too, so i is helpful. Squared gradient, not nats.
    """

    summary: ClassVar[str] = "Compares gradients; it does not predict what a refit would do."
    unit: ClassVar[str] = "squared gradient"
    needs_no_curvature: ClassVar[bool] = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return p_i − y_i ``(n, C − 1)``, in contrasts."""
        return curvature.head.residuals


@dataclass(frozen=True)
class GradCos(Estimator):
    """s(i, t) = cosine of ∇loss(i) and ∇loss(t) (Charpiat et al. 2019, eq. 4), between −1 and 1.

    Positive: both images pull the weights the same way, so i is helpful. Without unit; 0 where a gradient is 0.
    """

    summary: ClassVar[str] = "Compares the directions of gradients; it does not predict what a refit would do."
    unit: ClassVar[str] = "cosine"
    needs_no_curvature: ClassVar[bool] = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return (p_i − y_i)/‖∇loss(i)‖ ``(n, C − 1)``, in contrasts."""
        return _normed(curvature.head.residuals, curvature.head.train_features)

    def test_coefficients(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return (p_t − y_t)/‖∇loss(t)‖ ``(m, C − 1)``, in contrasts."""
        return _normed(tests.residuals, tests.features)


def _normed(residuals: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return residuals divided by the norm of residual ⊗ features, 0 where that is 0."""
    norms = np.linalg.norm(residuals, axis=1, keepdims=True) * row_norms(features)
    return np.divide(residuals, norms, out=np.zeros_like(residuals), where=norms > 0)
