"""What an estimator is, and the scores of one test image.

All estimators of the head say the same thing in two parts: removing training image i changes the logits of any image
with features h by Δ = B (I ⊗ h)ᵀ M (c_i ⊗ h_i), and that change is read as a change of the test image's loss. An
estimator brings the coefficients c_i, the map M and the reading; the rest is shared.
"""

from dataclasses import dataclass
from typing import ClassVar

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
        rows: ``(m,)`` which of the run's test images they are; None for images from elsewhere.
    """

    features: np.ndarray
    probabilities: np.ndarray
    targets: np.ndarray
    basis: np.ndarray
    rows: np.ndarray | None = None

    @property
    def residuals(self) -> np.ndarray:
        """Bᵀ(p_t − y_t) ``(m, C − 1)``: the gradient of the loss with respect to the logits, in contrasts."""
        return self.probabilities @ self.basis - self.basis[self.targets]

    def take(self, rows: slice) -> "Tests":
        """Return some of them."""
        own = None if self.rows is None else self.rows[rows]
        return Tests(self.features[rows], self.probabilities[rows], self.targets[rows], self.basis, own)


class Estimator:
    """A way to say what removing a training image does; a frozen dataclass of its own parameters.

    Most are one bilinear form, s(i, t) = (r_t ⊗ h_t)ᵀ M (c_i ⊗ h_i), and bring c, r and M; the influence function is
    what stands here: c_i = (p_i − y_i)/n, r_t = p_t − y_t, M = H⁻¹. Positive scores are helpful.

    Attributes:
        unit: of a score; ``"nats"`` of test loss, or what else it counts. Only nats can be said as probabilities.
        linear: whether s is that bilinear form; else ``read`` turns changes of logits into scores.
        plain: whether M is the identity, so that s(i, t) = (h_i · h_t)(c_i · r_t).
        iterative: whether ``solve`` stops at a residual, which is then shown.
        thorough: whether the coefficients need a solve for every training image.
    """

    unit: ClassVar[str] = "nats"
    linear: ClassVar[bool] = True
    plain: ClassVar[bool] = False
    iterative: ClassVar[bool] = False
    thorough: ClassVar[bool] = False

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return c_i ``(n, K)``; K = C − 1 contrasts unless an estimator says otherwise."""
        return curvature.head.residuals / len(curvature.head.residuals)

    def pulls(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return r_t ``(m, K)``."""
        return tests.residuals

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return M times each of ``(k, C − 1, d)``, same shape."""
        return curvature.solve(rows)

    def read(self, change: np.ndarray, tests: Tests) -> np.ndarray:
        """Return scores ``(r, m)`` for changes of logits ``(r, m, C − 1)``; only asked where ``linear`` is False."""
        raise NotImplementedError
