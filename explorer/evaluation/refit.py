"""Leave-one-out and leave-a-group-out, really refitted: standardisation, λ and n stay, the images' weights are 0."""

from collections.abc import Sequence

import numpy as np

from explorer.attribution import Curvature
from explorer.errors import ExplorerError
from explorer.models.newton import Objective, minimise

# Below the fit's own 1e-9, because a change of loss of 1e-6 nats is to keep three digits; seen are 1e-12 and less.
TOLERANCE = 1e-11
# Refits that share one pass over the features: more would need more than 100 MB of margins at 10,000 images.
TOGETHER = 200


def refit_without(curvature: Curvature, groups: Sequence[np.ndarray], tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the head's weights ``(k, C, d)`` after each group of training rows is left out.

    The kept factor is the preconditioner and the sum of the members' single removals the start; what is returned has
    ‖∇R‖ ≤ ``tolerance`` in the problem without the group, whatever the start was.

    Args:
        curvature: of the head that was fitted to all rows.
        groups: k arrays of rows.
        tolerance: on the gradient's Euclidean norm.

    Raises:
        ExplorerError: a group leaves a class without any image.
    """
    for group in groups:
        _check(curvature, group)
    parts = [
        _refit(curvature, groups[start : start + TOGETHER], tolerance) for start in range(0, len(groups), TOGETHER)
    ]
    return np.concatenate(parts) if parts else np.empty((0, *curvature.head.weights.shape))


def _refit(curvature: Curvature, groups: Sequence[np.ndarray], tolerance: float) -> np.ndarray:
    head = curvature.head
    weights = np.ones((len(groups), len(head.train_labels)))
    steps = np.empty((len(groups), head.classes - 1, head.train_features.shape[1]))
    for row, group in enumerate(groups):
        weights[row, group] = 0
        steps[row] = curvature.removals[group].T @ head.train_features[group]
    start = head.basis.T @ head.weights + curvature.solve(steps)
    labels, l2 = head.train_labels, np.full(len(groups), head.l2)
    objective = Objective(head.train_features, labels, head.basis, l2, weights)
    return head.basis @ minimise(objective, start, tolerance, curvature.solve)


def _check(curvature: Curvature, group: np.ndarray) -> None:
    """Raise unless every class keeps an image."""
    labels, classes = curvature.head.train_labels, curvature.head.classes
    left = np.bincount(labels, minlength=classes) - np.bincount(labels[np.unique(group)], minlength=classes)
    if not left.all():
        raise ExplorerError("These removals leave a class without any training image; remove fewer.")
