"""Training traced through its checkpoints (Pruthi, Liu, Kale & Sundararajan 2020)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from scipy.special import softmax

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature


@dataclass(frozen=True)
class TracIn(Estimator):
    """s(i, t) = Σ_k (η/n) ∇loss(i, W_k)ᵀ ∇loss(t, W_k) (TracInCP; Pruthi et al. 2020, section 3.2).

    The head is trained again from zero by full-batch gradient descent with step η = 1/L; W_k are its first
    ``checkpoints`` weights. Positive: the steps that i caused lowered the loss of t, so i is helpful. Nats.
    """

    summary: ClassVar[str] = (
        "Adds up ten steps of the last layer's own training; it does not predict what a refit would do."
    )
    unit: ClassVar[str] = "nats of the descent"
    needs_no_curvature: ClassVar[bool] = True
    checkpoints: int = 10

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return (η/n)(p_i − y_i) at each checkpoint ``(n, checkpoints · (C − 1))``, in contrasts."""
        head, (path, step) = curvature.head, descent(curvature, self.checkpoints)
        residuals = _residuals(path, head.train_features, head.train_labels, head.basis)
        return step / len(residuals) * residuals

    def test_coefficients(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return p_t − y_t at each checkpoint ``(m, checkpoints · (C − 1))``, in contrasts."""
        return _residuals(descent(curvature, self.checkpoints)[0], tests.features, tests.targets, tests.basis)


@lru_cache(maxsize=4)
def descent(curvature: Curvature, checkpoints: int) -> tuple[np.ndarray, float]:
    """Return the weights ``(checkpoints, C − 1, d)`` of gradient descent from zero, in contrasts, and its step 1/L.

    L = ½ λ_max(Σ h hᵀ / n) + λ bounds the Hessian everywhere (Böhning 1992).
    """
    head = curvature.head
    moments = head.train_features.T @ head.train_features / len(head.train_features)
    step = float(1 / (0.5 * np.linalg.eigvalsh(moments)[-1] + head.l2))
    path = np.zeros((checkpoints, head.classes - 1, head.train_features.shape[1]))
    for now in range(1, checkpoints):
        residuals = _residuals(path[now - 1 : now], head.train_features, head.train_labels, head.basis)
        slope = residuals.T @ head.train_features / len(residuals) + head.l2 * path[now - 1]
        path[now] = path[now - 1] - step * slope
    return path, step


def _residuals(path: np.ndarray, features: np.ndarray, labels: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return Bᵀ(p − y) under each of the weights, side by side ``(rows, checkpoints · (C − 1))``."""
    each = [softmax(features @ (basis @ weights).T, axis=1) @ basis - basis[labels] for weights in path]
    return np.concatenate(each, axis=1)
