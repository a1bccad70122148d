"""Newton's method with conjugate gradients for many weighted softmax fits at once (Nocedal & Wright 2006, ch. 7).

The fits share their feature rows and differ in λ, in the weight of each row, or in the start: folds, removals and
subsets. One pass over the features serves them all, so a hundred refits cost little more than one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.special import log_softmax, softmax

from explorer.core.errors import ExplorerError
from explorer.core.parallel import one_thread_if_small

Solve = Callable[[np.ndarray], np.ndarray]
# Newton converges quadratically: seen were at most 12 steps and 60 gradient passes a step.
MAX_STEPS, MAX_PASSES, MAX_HALVINGS = 60, 400, 30
# Armijo's constant, and the rounding of a risk of order 1 below which a decrease cannot be seen.
ARMIJO, ROUNDING = 1e-4, 1e-13


@dataclass(frozen=True, eq=False)
class Objective:
    """k risks R_j(θ) = (1/n) Σ_i w_ji loss_i(θ) + (λ_j/2)‖θ‖² + ⟨tilt_j, θ⟩ over the same rows.

    A label is linear in the loss, −log p_y = log Σ_c exp(θh)_c − (θh)_y, so other labels are a tilt.

    Attributes:
        features: ``(n, d)``.
        labels: ``(n,)``.
        basis: B ``(C, C − 1)``.
        l2: λ ``(k,)``.
        row_weights: w ``(k, n)``; 0 removes a row while n stays.
        tilt: ``(k, C − 1, d)``; none by default.
        spectrum: of the features, shared by objectives over the same rows; empty until it is needed.
    """

    features: np.ndarray
    labels: np.ndarray
    basis: np.ndarray
    l2: np.ndarray
    row_weights: np.ndarray
    tilt: np.ndarray | None = None
    spectrum: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @cached_property
    def shares(self) -> np.ndarray:
        """w/n as ``(n, k, 1)``."""
        return (self.row_weights / len(self.features)).T[:, :, None]

    def gram(self) -> tuple[np.ndarray, np.ndarray]:
        """Return eigenvalues ``(d,)`` and eigenvectors ``(d, d)`` of the features' second moments; computed once."""
        if not self.spectrum:
            moments = self.features.T @ self.features / len(self.features)
            self.spectrum.append(scipy.linalg.eigh(moments, check_finite=False, overwrite_a=True))
        return self.spectrum[0]

    def select(self, chosen: np.ndarray) -> "Objective":
        """Return the objective of some of the k risks."""
        tilt = None if self.tilt is None else self.tilt[chosen]
        return replace(self, l2=self.l2[chosen], row_weights=self.row_weights[chosen], tilt=tilt)

    def margins(self, theta: np.ndarray) -> np.ndarray:
        """Return θ h_i as ``(n, k, C − 1)`` for θ ``(k, C − 1, d)``."""
        k, contrasts, d = theta.shape
        return (self.features @ theta.reshape(-1, d).T).reshape(-1, k, contrasts)

    def pulled(self, rows: np.ndarray) -> np.ndarray:
        """Return Σ_i rows_i ⊗ h_i as ``(k, C − 1, d)`` for rows ``(n, k, C − 1)``."""
        n, k, contrasts = rows.shape
        return (rows.reshape(n, -1).T @ self.features).reshape(k, contrasts, -1)

    def losses(self, margins: np.ndarray) -> np.ndarray:
        """Return −log p(label) as ``(n, k)``."""
        return -log_softmax(margins @ self.basis.T, axis=2)[np.arange(len(self.labels)), :, self.labels]

    def risks(self, margins: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Return R_j ``(k,)``."""
        penalty = 0.5 * self.l2 * np.einsum("kcd,kcd->k", theta, theta)
        if self.tilt is not None:
            penalty += np.einsum("kcd,kcd->k", self.tilt, theta)
        return np.einsum("nk,nk->k", self.losses(margins), self.shares[:, :, 0]) + penalty

    def gradient(self, probabilities: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Return ∇R_j ``(k, C − 1, d)``."""
        residuals = probabilities @ self.basis - self.basis[self.labels][:, None, :]
        slope = self.pulled(residuals * self.shares) + self.l2[:, None, None] * theta
        return slope if self.tilt is None else slope + self.tilt

    def curved(self, probabilities: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Return ∇²R_j times direction, ``(k, C − 1, d)``."""
        rows = curved_margins(probabilities, self.margins(direction), self.basis) * self.shares
        return self.pulled(rows) + self.l2[:, None, None] * direction

    def kronecker(self, probabilities: np.ndarray) -> Solve:
        """Return the preconditioner (κ_j M + λ_j I)⁻¹, M the second moments, κ_j the mean curvature of a contrast."""
        values, vectors = self.gram()
        spread = (1 - (probabilities**2).sum(axis=2)) / self.basis.shape[1]
        kappa = np.einsum("nk,nk->k", spread, self.shares[:, :, 0])
        scales = 1 / (kappa[:, None, None] * np.maximum(values, 0) + self.l2[:, None, None])
        return lambda rows: ((rows @ vectors) * scales) @ vectors.T


def curved_margins(probabilities: np.ndarray, margins: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return Bᵀ(diag(p_i) − p_i p_iᵀ)B times margins ``(n, k, C − 1)``, for p ``(n, k, C)`` or ``(n, 1, C)``."""
    change = margins @ basis.T
    change -= (probabilities * change).sum(axis=2, keepdims=True)
    return (probabilities * change) @ basis


def minimise(objective: Objective, start: np.ndarray, tolerance: float, solve: Solve | None = None) -> np.ndarray:
    """Return θ ``(k, C − 1, d)`` with ‖∇R_j(θ)‖ ≤ tolerance for every j.

    Args:
        objective: the k risks.
        start: θ to begin with, ``(k, C − 1, d)``.
        tolerance: on the gradient's Euclidean norm.
        solve: a preconditioner for all k, such as a kept factor; by default a Kronecker one.

    Raises:
        ExplorerError: the tolerance cannot be reached (features of very different scale).
    """
    columns = start.shape[0] * start.shape[1]
    with one_thread_if_small(objective.features.size * columns):
        if solve is None and objective.features.shape[0] < objective.features.shape[1]:
            return _spanned(objective, start, tolerance)
        return _minimised(objective, start, tolerance, solve)


def _minimised(objective: Objective, start: np.ndarray, tolerance: float, solve: Solve | None) -> np.ndarray:
    """Return the same, by products of all features."""
    theta = start.copy()
    active = np.arange(len(theta))
    for _ in range(MAX_STEPS):
        part = objective.select(active)
        margins = part.margins(theta[active])
        probabilities = softmax(margins @ part.basis.T, axis=2)
        gradient = part.gradient(probabilities, theta[active])
        norms = np.linalg.norm(gradient, axis=(1, 2))
        if not np.isfinite(norms).all():
            raise ExplorerError("The features hold numbers that are not finite; no head can be fitted to them.")
        if not (norms > tolerance).any():
            return theta
        step = _newton_step(part, probabilities, gradient, solve or part.kronecker(probabilities))
        theta[active] += _damped(part, margins, theta[active], gradient, step)
        active = active[norms > tolerance]
    raise ExplorerError(
        f"The head's fit stops at ‖∇R‖ = {norms.max():.1e}, above {tolerance:.0e}; raise λ or scale the features."
    )


def _spanned(objective: Objective, start: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the same for fewer rows than features, in the rows' span: n unknowns a contrast instead of d.

    Across the span a risk is (λ/2)‖θ‖² + ⟨tilt, θ⟩, least at −tilt/λ.
    """
    span = scipy.linalg.qr(objective.features.T, mode="economic", check_finite=False)[0]
    tilt = objective.tilt
    inside = None if tilt is None else tilt @ span
    narrow = replace(objective, features=objective.features @ span, tilt=inside, spectrum=[])
    theta = minimise(narrow, start @ span, tolerance) @ span.T
    return theta if tilt is None or inside is None else theta - (tilt - inside @ span.T) / objective.l2[:, None, None]


def _newton_step(part: Objective, probabilities: np.ndarray, gradient: np.ndarray, solve: Solve) -> np.ndarray:
    """Solve ∇²R step = −∇R by conjugate gradients, the more exactly the smaller ∇R is."""
    goal = np.minimum(0.01, np.sqrt(_dot(gradient, gradient)))
    return conjugate_gradients(lambda rows: part.curved(probabilities, rows), -gradient, solve, goal)


def conjugate_gradients(apply: Solve, right: np.ndarray, solve: Solve, goal: np.ndarray) -> np.ndarray:
    """Return x with A x = right for k systems at once, preconditioned (Hestenes & Stiefel 1952).

    Args:
        apply: A times each of ``(k, C − 1, d)``.
        right: ``(k, C − 1, d)``.
        solve: the preconditioner, about A⁻¹.
        goal: share ``(k,)`` of the residual's squared preconditioned norm at which to stop.
    """
    solution, residual = np.zeros_like(right), right.copy()
    direction = conditioned = solve(residual)
    strength = _dot(residual, conditioned)
    enough = strength * goal
    for _ in range(MAX_PASSES):
        image = apply(direction)
        length = _ratio(strength, _dot(direction, image))
        solution += length * direction
        residual -= length * image
        conditioned = solve(residual)
        renewed = _dot(residual, conditioned)
        if (renewed <= enough).all():
            break
        direction = conditioned + _ratio(renewed, strength) * direction
        strength = renewed
    return solution


def _damped(
    part: Objective, margins: np.ndarray, theta: np.ndarray, gradient: np.ndarray, step: np.ndarray
) -> np.ndarray:
    """Return the step, halved for each j until its risk falls (Armijo)."""
    change, slope = part.margins(step), _dot(gradient, step)
    before = part.risks(margins, theta)
    length = np.ones(len(theta))
    for _ in range(MAX_HALVINGS):
        scale = length[:, None]
        risks = part.risks(margins + scale * change, theta + scale[:, None] * step)
        rising = risks > before + ARMIJO * length * slope + ROUNDING * np.abs(before)
        if not rising.any():
            break
        length[rising] /= 2
    return length[:, None, None] * step


def _dot(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Inner products of k matrices, ``(k,)``."""
    return np.einsum("kcd,kcd->k", left, right)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient for each j as ``(k, 1, 1)``; 0 where j is solved already."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)[:, None, None]
