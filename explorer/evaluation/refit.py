"""The head refitted without some images, or with other labels: standardisation, λ and n stay."""

from collections.abc import Sequence

import numpy as np

from explorer.attribution import Curvature
from explorer.core.errors import ExplorerError
from explorer.models.solver import Objective, minimise

# Below the fit's own 1e-9, because a change of loss of 1e-6 nats is to keep three digits; seen are 1e-12 and less.
TOLERANCE = 1e-11
# Refits that share one pass over the features: more would need more than 100 MB of margins at 10,000 images.
TOGETHER = 200
EMPTY = "These changes leave a class without any training image; change fewer."


def refit_without(curvature: Curvature, groups: Sequence[np.ndarray], tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the head's weights ``(k, C, d)`` after each group of training rows is left out.

    Where a factor fits, it is the preconditioner, and the sum of the members' single removals is the start; what is returned has
    ‖∇R‖ ≤ ``tolerance`` in the problem without the group, whatever the start was.

    Args:
        curvature: of the head that was fitted to all rows.
        groups: k arrays of rows.
        tolerance: on the gradient's Euclidean norm.

    Raises:
        ExplorerError: a group leaves a class without any image.
    """
    head, parts = curvature.head, []
    for group in groups:
        _check(curvature, group, np.empty(0, dtype=int))
    for start in range(0, len(groups), TOGETHER):
        some = groups[start : start + TOGETHER]
        weights = np.ones((len(some), len(head.train_labels)))
        for row, group in enumerate(some):
            weights[row, group] = 0
        single = curvature.removals if curvature.dense else head.residuals / len(head.residuals)
        steps = np.stack([single[group].T @ head.train_features[group] for group in some])
        parts.append(_refit(curvature, weights, None, steps, tolerance))
    return np.concatenate(parts) if parts else np.empty((0, *head.weights.shape))


def refit_relabelled(
    curvature: Curvature, groups: Sequence[np.ndarray], labels: Sequence[np.ndarray], tolerance: float = TOLERANCE
) -> np.ndarray:
    """Return the head's weights ``(k, C, d)`` after each group of training rows gets other labels.

    Args:
        curvature: of the head that was fitted to the labels as they are.
        groups: k arrays of rows.
        labels: their new labels, k arrays.
        tolerance: on the gradient's Euclidean norm.

    Raises:
        ExplorerError: a group leaves a class without any image.
    """
    head, parts = curvature.head, []
    for group, given in zip(groups, labels, strict=True):
        _check(curvature, group, given)
    for start in range(0, len(groups), TOGETHER):
        pairs = zip(groups[start : start + TOGETHER], labels[start : start + TOGETHER], strict=True)
        steps = np.stack(
            [relabelling_coefficients(curvature, *pair).T @ head.train_features[pair[0]] for pair in pairs]
        )
        weights = np.ones((len(steps), len(head.train_labels)))
        parts.append(_refit(curvature, weights, -steps, steps, tolerance))
    return np.concatenate(parts) if parts else np.empty((0, *head.weights.shape))


def refit_edited(curvature: Curvature, labels: np.ndarray, kept: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the head's weights ``(C, d)`` when all rows have these labels and some are left out; n stays.

    Many edits move the head far, where the Newton step from here is no better a start than the head itself.

    Args:
        curvature: of the head that was fitted to all rows with the labels as they were.
        labels: ``(n,)``.
        kept: ``(n,)`` bool, False for a row that is left out.
        tolerance: on the gradient's Euclidean norm.

    Raises:
        ExplorerError: a class is left without any image.
    """
    head = curvature.head
    if not np.bincount(labels[kept], minlength=head.classes).all():
        raise ExplorerError(EMPTY)
    weights, l2 = kept[None].astype(float), np.array([head.l2])
    objective = Objective(head.train_features, labels, head.basis, l2, weights)
    solve = curvature.solve if curvature.dense else None
    return (head.basis @ minimise(objective, (head.basis.T @ head.weights)[None], tolerance, solve))[0]


def relabelling_coefficients(curvature: Curvature, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return c ``(r, C − 1)``: giving row i another label changes θ by G(c_i ⊗ h_i), the Newton step of the new problem.

    c = Bᵀ(y′ − y)/n; the Hessian does not depend on labels, so no leverage enters.
    """
    head = curvature.head
    return (head.basis[labels] - head.basis[head.train_labels[rows]]) / len(head.train_labels)


def _refit(
    curvature: Curvature, weights: np.ndarray, tilt: np.ndarray | None, steps: np.ndarray, tolerance: float
) -> np.ndarray:
    head = curvature.head
    start, solve = head.basis.T @ head.weights, None
    if curvature.dense:
        start, solve = start + curvature.solve(steps), curvature.solve
    else:
        start = np.broadcast_to(start, steps.shape)
    l2 = np.full(len(weights), head.l2)
    objective = Objective(head.train_features, head.train_labels, head.basis, l2, weights, tilt)
    return head.basis @ minimise(objective, start, tolerance, solve)


def _check(curvature: Curvature, rows: np.ndarray, labels: np.ndarray) -> None:
    """Raise unless every class keeps an image when rows lose their labels and get others, or none."""
    old, classes = curvature.head.train_labels, curvature.head.classes
    left = np.bincount(old, minlength=classes) - np.bincount(old[np.unique(rows)], minlength=classes)
    if not (left + np.bincount(labels, minlength=classes)).all():
        raise ExplorerError(EMPTY)
