"""How a loss, a score or a refitted head answers to a small change of feature rows."""

from dataclasses import dataclass

import numpy as np

from explorer.attribution import Curvature
from explorer.models.head import Head
from explorer.models.solver import Objective, Solve, conjugate_gradients, minimise

# ‖∇R‖ at which a refit between two steps of a search stops: at λ = 0.1 and ‖h‖ = 100 it moves no logit by more than 0.01.
ROUGH = 1e-5
# Share of the squared residual at which H⁻¹ times a row is good enough for a direction; a final figure is refitted.
GOAL = 1e-6


def loss_slopes(head: Head, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return ∂loss/∂h = Wᵀ(p − y) ``(m, d)`` in nats for features ``(m, d)`` and labels ``(m,)``."""
    residuals = head.probabilities(features) @ head.basis - head.basis[labels]
    return residuals @ (head.basis.T @ head.weights)


def gradient_slopes(head: Head, features: np.ndarray, labels: np.ndarray, pulls: np.ndarray) -> np.ndarray:
    """Return ∂/∂h_i ⟨x_i, ∇loss_i⟩ ``(m, d)``: how an image's pull on the weights along x changes with its features.

    With ∇loss = r ⊗ h, r = Bᵀ(p − y), A = Bᵀ(diag(p) − p pᵀ)B and W = Bθ it is xᵀr + θᵀA(x h), while x and W are held
    fixed. For x = G(r_t ⊗ h_t)/n it is the slope of the score s(i, t) by the training image (Koh & Liang 2017, eq. 5).

    Args:
        head: that says p.
        features: h ``(m, d)``.
        labels: y ``(m,)``.
        pulls: x ``(m, C − 1, d)``.
    """
    p, basis = head.probabilities(features), head.basis
    mean = p @ basis
    along = np.einsum("mad,md->ma", pulls, features)
    curved = (p * (along @ basis.T)) @ basis - mean * (mean * along).sum(axis=1, keepdims=True)
    return np.einsum("ma,mad->md", mean - basis[labels], pulls) + curved @ (basis.T @ head.weights)


@dataclass(frozen=True, eq=False)
class FeatureRefit:
    """The head as its training features change; labels, standardisation, λ and n stay.

    Attributes:
        curvature: of the head before anything changed; its factor is the preconditioner of every refit.
    """

    curvature: Curvature

    def refit(self, features: np.ndarray, start: Head, tolerance: float = ROUGH) -> Head:
        """Return the head with ‖∇R‖ ≤ ``tolerance`` on other features ``(n, d)``, begun at ``start``.

        Raises:
            ExplorerError: rounding keeps ‖∇R‖ above the tolerance.
        """
        basis, labels = start.basis, start.train_labels
        theta = minimise(self._objective(features), (basis.T @ start.weights)[None], tolerance, self._solve)
        return Head(features, labels, basis @ theta[0], start.l2)

    def margin_slopes(self, head: Head, test: np.ndarray, label: int, rows: np.ndarray) -> np.ndarray:
        """Return ∂m/∂h_i ``(r, d)`` through the refit, m the margin of ``label`` on a test image ``(d,)``.

        By the implicit function theorem dŴ/dh_i = −H⁻¹ ∂∇loss_i/∂h_i / n, so that ∂m/∂h_i is :func:`gradient_slopes` along
        x = −H⁻¹(∂m/∂logits ⊗ h_t)/n, for every training image the same.

        Args:
            head: refitted to the training features as they are.
            test: h_t.
            label: whose margin it is.
            rows: training rows ``(r,)``.
        """
        gap = head.basis[label] - head.basis[rival(head, test, label)]
        pull = -self._solved(head, gap[None, :, None] * test) / len(head.train_labels)
        features, labels = head.train_features[rows], head.train_labels[rows]
        return gradient_slopes(head, features, labels, np.broadcast_to(pull, (len(rows), *pull.shape[1:])))

    def _solved(self, head: Head, right: np.ndarray) -> np.ndarray:
        """Return H⁻¹ ``right`` ``(1, C − 1, d)``, H the Hessian of a refitted head."""
        objective, p = self._objective(head.train_features), head.train_probabilities[:, None, :]
        solve = self._solve or objective.kronecker(p)
        return conjugate_gradients(lambda x: objective.curved(p, x), right, solve, np.array([GOAL]))

    def _objective(self, features: np.ndarray) -> Objective:
        head = self.curvature.head
        return Objective(features, head.train_labels, head.basis, np.array([head.l2]), np.ones((1, len(features))))

    @property
    def _solve(self) -> Solve | None:
        return self.curvature.solve if self.curvature.dense else None


def rival(head: Head, test: np.ndarray, label: int) -> int:
    """Return the most probable class beside ``label`` for a test image ``(d,)``."""
    order = np.argsort(-head.logits(test[None])[0], kind="stable")
    return int(order[order != label][0])


def margin(head: Head, test: np.ndarray, label: int) -> float:
    """Return by how much the logit of ``label`` leads its rival's; negative where another class is predicted."""
    logits = head.logits(test[None])[0]
    return float(logits[label] - logits[rival(head, test, label)])
