"""Newton's method over shards (Nocedal & Wright 2006, ch. 7) in few passes, for each reads every shard.

A step is solved by conjugate gradients, or by a Hessian nearby alone as long as that brings the gradient down fast.
"""

from dataclasses import dataclass
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
# A step by the Hessian nearby takes one pass where conjugate gradients take two or more; where it leaves more than this of the
# gradient that Hessian is measured anew, two passes' time, and where that does not help either, conjugate gradients go on.
FAST = 0.05


@dataclass(frozen=True, eq=False)
class Preconditioner:
    """What is solved in place of ∇²R_j: κ_j M + λ_j I.

    Attributes:
        values: eigenvalues of M ``(d,)``.
        vectors: its eigenvectors ``(d, d)``, a column each.
        is_hessian: whether M is the Hessian of the loss nearby, and κ is 1; else the features' second moments.
    """

    values: np.ndarray
    vectors: np.ndarray
    is_hessian: bool

    def __call__(self, here: Slope, l2: np.ndarray) -> Solve:
        """Return what solves for rows ``(k, C − 1, d)`` at some weights."""
        kappa = np.ones(len(l2)) if self.is_hessian else here.curvature
        scales = 1 / (kappa[:, None, None] * np.maximum(self.values, 0) + l2[:, None, None])
        return lambda rows: ((rows @ self.vectors) * scales) @ self.vectors.T


def minimise_over_shards(
    objective: ShardedObjective, start: np.ndarray, tolerance: float, preconditioner: Preconditioner
) -> tuple[np.ndarray, Slope, Preconditioner]:
    """Return θ ``(k, C − 1, d)`` with ‖∇R_j(θ)‖ ≤ tolerance for every j, what is known there, and the last preconditioner.

    Raises:
        ExplorerError: the tolerance cannot be reached, or the features are not finite.
    """
    theta, here, tries = start, objective.slope(start), 2 if preconditioner.is_hessian else 0
    for _ in range(MAX_STEPS):
        if not np.isfinite(here.norms).all():
            raise ExplorerError("The features hold numbers that are not finite; no head can be fitted to them.")
        if (here.norms <= tolerance).all():
            return theta, here, preconditioner
        solve, before = preconditioner(here, objective.l2), here.norms
        step = solve(-here.gradient) if tries else _solved(objective, theta, here, solve)
        theta, here = _descended(objective, theta, here, step)
        if tries and (here.norms > np.maximum(FAST * before, tolerance)).any():
            tries -= 1
            preconditioner = preconditioner_of(objective, theta) if tries else preconditioner
    raise ExplorerError(
        f"The head's fit stops at ‖∇R‖ = {here.norms.max():.1e}, above {tolerance:.0e}; raise λ or scale the features."
    )


def _solved(objective: ShardedObjective, theta: np.ndarray, here: Slope, solve: Solve) -> np.ndarray:
    """Return Newton's step ``(k, C − 1, d)``, the more exact the smaller the gradient is."""
    goal = np.minimum(0.01, here.norms)
    return conjugate_gradients(partial(objective.product, theta), -here.gradient, solve, goal)


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

    For two classes M is the Hessian of the loss at θ ``(1, 1, d)`` in single precision, so that near θ it makes a step by itself; for
    more, M are the features' second moments and κ_j the mean curvature of a contrast.
    """
    dense = objective.classes == 2 and theta.shape[2] <= DENSE
    matrix = objective.rough_hessian(theta) if dense else objective.moments()
    values, vectors = scipy.linalg.eigh(matrix, check_finite=False, overwrite_a=True)
    return Preconditioner(values, vectors, dense)
