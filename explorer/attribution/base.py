"""The contract of an estimator, and the test images that it scores.

All estimators of the head have one form. Removing training image i, with features h_i, changes the logits of any image with
features h by Δ = B (I ⊗ h)ᵀ M (c_i ⊗ h_i), and a score is that change, read as a change of the test image's loss. An
estimator provides the coefficients c_i, the map M, and either the coefficients r_t of the test image or a function from Δ to
scores; :mod:`explorer.attribution.scoring` does the rest. Signs and units: docs/conventions.md.
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
        targets: ``(m,)`` the class whose loss is attributed: the true label unless a person asks for another.
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
    """A way to estimate what removing a training image does; a frozen dataclass of its own parameters.

    The score is s(i, t) = (r_t ⊗ h_t)ᵀ M (c_i ⊗ h_i). By default it is the influence function: c_i = (p_i − y_i)/n,
    r_t = p_t − y_t and M = H⁻¹. **Positive is helpful**: without training image i the loss of test image t would rise.

    Attributes:
        summary: a sentence for a menu of methods.
        unit: of a score: ``"nats"`` of test loss, or what else it counts. Only nats can be turned into probabilities.
        bilinear: whether s is the form above; else :meth:`score_from_logits` turns changes of logits into scores.
        needs_no_curvature: whether M is the identity, so that s(i, t) = (h_i · h_t)(c_i · r_t).
        iterative: whether :meth:`solve` is an iteration that stops at a residual, which is then reported.
        needs_held_features: whether all features must lie in memory; a run that keeps them in shards does not offer it.
        solves_per_example: whether the coefficients need a solve with H for every training image.
    """

    summary: ClassVar[str]
    unit: ClassVar[str] = "nats"
    bilinear: ClassVar[bool] = True
    needs_no_curvature: ClassVar[bool] = False
    iterative: ClassVar[bool] = False
    needs_held_features: ClassVar[bool] = False
    solves_per_example: ClassVar[bool] = False

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return c_i of all training images ``(n, K)``; K = C − 1 contrasts unless an estimator says otherwise."""
        return curvature.head.residuals / len(curvature.head.residuals)

    def test_coefficients(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return r_t of test images ``(m, K)``."""
        return tests.residuals

    def solve(self, curvature: Curvature, rows: np.ndarray) -> np.ndarray:
        """Return M times each of ``(k, C − 1, d)``, same shape."""
        return curvature.solve(rows)

    def score_from_logits(self, change: np.ndarray, tests: Tests) -> np.ndarray:
        """Return scores ``(r, m)`` for changes of logits ``(r, m, C − 1)``; called only where ``bilinear`` is False."""
        raise NotImplementedError
