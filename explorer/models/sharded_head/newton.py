"""Newton's method with conjugate gradients over shards (Nocedal & Wright 2006, ch. 7): few passes, for each reads every shard."""

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy.linalg

from explorer.core.errors import ExplorerError
from explorer.models.sharded_head.objective import ShardedObjective, Slope
from explorer.models.solver import ARMIJO, MAX_HALVINGS, MAX_STEPS, ROUNDING, Solve, conjugate_gradients

# For two classes the Hessian itself, one pass, is the preconditioner up to so many features.
DENSE = 2_000
# Share of a residual's squared norm at which the last step is solved.
POLISH = 1e-8
Preconditioner = Callable[[Slope, np.ndarray], Solve]


def minimise_over_shards(
    objective: ShardedObjective, start: np.ndarray, tolerance: float, preconditioner: Preconditioner
) -> tuple[np.ndarray, Slope]:
    """Return θ ``(k, C − 1, d)`` with ‖∇R_j(θ)‖ ≤ tolerance for every j, and what is known there.

    Raises:
        ExplorerError: the tolerance cannot be reached, or the features are not finite.
    """
    theta, here = start, objective.slope(start)
    for _ in range(MAX_STEPS):
        if not np.isfinite(here.norms).all():
            raise ExplorerError("The features hold numbers that are not finite; no head can be fitted to them.")
        if (here.norms <= tolerance).all():
            return theta, here
        goal = np.minimum(0.01, here.norms)
        solve = preconditioner(here, objective.l2)
        step = conjugate_gradients(partial(objective.product, theta), -here.gradient, solve, goal)
        theta, here = _descended(objective, theta, here, step)
    raise ExplorerError(
        f"The head's fit stops at ‖∇R‖ = {here.norms.max():.1e}, above {tolerance:.0e}; raise λ or scale the features."
    )


def polished(objective: ShardedObjective, theta: np.ndarray, here: Slope, preconditioner: Preconditioner) -> np.ndarray:
    """Return θ after one more step from the minimum: errors of 1e-9 in the gradient become errors of rounding in the weights."""
    exactly = np.full(len(theta), POLISH)
    solve = preconditioner(here, objective.l2)
    return theta + conjugate_gradients(partial(objective.product, theta), -here.gradient, solve, exactly)


def _descended(
    objective: ShardedObjective, theta: np.ndarray, here: Slope, step: np.ndarray
) -> tuple[np.ndarray, Slope]:
    """Return θ after the step, halved for each j until its risk falls (Armijo), and what is known there."""
    slope, length = np.einsum("kcd,kcd->k", here.gradient, step), np.ones(len(theta))
    for _ in range(MAX_HALVINGS):
        moved = theta + length[:, None, None] * step
        there = objective.slope(moved)
        rising = there.risks > here.risks + ARMIJO * length * slope + ROUNDING * np.abs(here.risks)
        if not rising.any():
            break
        length[rising] /= 2
    return moved, there


def preconditioner_of(objective: ShardedObjective, theta: np.ndarray) -> Preconditioner:
    """Return the preconditioner (κ_j M + λ_j I)⁻¹ of all later steps: one pass, and the eigenvectors of M ``(d, d)``.

    For two classes M is the Hessian of the loss at θ ``(1, 1, d)`` and κ is 1, so that near θ one or two products make a step; for
    more, M are the features' second moments and κ_j the mean curvature of a contrast.
    """
    dense = objective.classes == 2 and theta.shape[2] <= DENSE
    matrix = objective.hessian(theta) if dense else objective.moments()
    values, vectors = scipy.linalg.eigh(matrix, check_finite=False, overwrite_a=True)

    def prepared(here: Slope, l2: np.ndarray) -> Solve:
        kappa = np.ones(len(l2)) if dense else here.curvature
        scales = 1 / (kappa[:, None, None] * np.maximum(values, 0) + l2[:, None, None])
        return lambda rows: ((rows @ vectors) * scales) @ vectors.T

    return prepared
