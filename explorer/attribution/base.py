"""What an estimator is, and the scores of one test image.

All estimators of the head say the same thing in two parts: removing training image i changes the logits of any image
with features h by Δ = B (I ⊗ h)ᵀ G (c_i ⊗ h_i), and that change is read as a change of the test image's loss. An
estimator brings the coefficients c_i, the map G and the reading; the rest is shared.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from explorer.attribution.curvature import Curvature


@dataclass(frozen=True, eq=False)
class Tests:
    """Test images to attribute.

    Attributes:
        features: ``(m, d)`` float64.
        probabilities: ``(m, C)``.
        targets: ``(m,)`` the class whose loss is attributed; the true label unless a person asks for another.
        basis: B ``(C, C − 1)``.
    """

    features: np.ndarray
    probabilities: np.ndarray
    targets: np.ndarray
    basis: np.ndarray

    @property
    def residuals(self) -> np.ndarray:
        """Bᵀ(p_t − y_t) ``(m, C − 1)``: the gradient of the loss with respect to the logits, in contrasts."""
        return self.probabilities @ self.basis - self.basis[self.targets]

    def take(self, rows: slice) -> "Tests":
        """Return some of them."""
        return Tests(self.features[rows], self.probabilities[rows], self.targets[rows], self.basis)


class Estimator(Protocol):
    """A way to say what removing a training image does; a frozen dataclass of its own parameters."""

    @property
    def linear(self) -> bool:
        """Return whether a score is linear in the change of logits, so that one product a test image is enough."""

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return c_i ``(n, C − 1)``."""

    def read(self, change: np.ndarray, tests: Tests) -> np.ndarray:
        """Return scores ``(r, m)`` in nats for changes of logits ``(r, m, C − 1)``, in contrasts.

        A score is loss(t; without i) − loss(t): positive means that i is helpful.
        """
