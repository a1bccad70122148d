"""Relative influence (Barshan, Brunet & Dziugaite 2020)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator
from explorer.attribution.curvature import Curvature

# Images whose steps are solved at once: 1,000 of 1,281 weights take 10 MB.
TOGETHER = 1000


@dataclass(frozen=True)
class RelatIF(Estimator):
    """s(i, t) = ∇loss(t)ᵀ H⁻¹ ∇loss(i) / ‖H⁻¹ ∇loss(i)‖ (θ-RelatIF; Barshan et al. 2020, eq. 6).

    The influence for each unit by which i moves the weights, so that images that move all predictions do not fill every
    list. Positive: helpful. Nats for a unit of weights; 0 where an image moves nothing.
    """

    summary: ClassVar[str] = "The classical estimate, divided by how far the image moves the weights."
    unit: ClassVar[str] = "nats per unit of weights"
    solves_per_example: ClassVar[bool] = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return (p_i − y_i)/‖H⁻¹ ∇loss(i)‖ ``(n, C − 1)``, in contrasts."""
        residuals, features = curvature.head.residuals, curvature.head.train_features
        norms = np.empty((len(residuals), 1))
        for start in range(0, len(residuals), TOGETHER):
            rows = slice(start, start + TOGETHER)
            steps = curvature.solve(residuals[rows, :, None] * features[rows][:, None, :])
            norms[rows] = np.linalg.norm(steps, axis=(1, 2))[:, None]
        return np.divide(residuals, norms, out=np.zeros_like(residuals), where=norms > 0)
