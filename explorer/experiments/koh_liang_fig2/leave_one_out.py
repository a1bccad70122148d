"""Real leave-one-out refits of the head, each with the proof that it is one: the norm of its gradient."""

import numpy as np

from explorer.attribution import Curvature
from explorer.evaluation.refit import refit_without
from explorer.models.head import Head


def refit_changes(curvature: Curvature, rows: np.ndarray, seen: np.ndarray, target: int) -> np.ndarray:
    """Return ``(k, 2)``: what leaving each row out does to a test loss, in nats, and ‖∇R‖ of that problem at the refit.

    Args:
        curvature: of the head that was fitted to all rows.
        rows: ``(k,)``, left out one at a time; n stays.
        seen: the test image's features ``(d,)``.
        target: its class.

    Raises:
        ExplorerError: a row is the last of its class.
    """
    head, label = curvature.head, np.array([target])
    before = float(head.losses(seen[None], label)[0])
    changes = []
    for row, weights in zip(rows, refit_without(curvature, list(rows[:, None])), strict=True):
        after = Head(head.train_features, head.train_labels, weights, head.l2)
        changes.append((float(after.losses(seen[None], label)[0]) - before, gradient_norm_without(after, int(row))))
    return np.array(changes)


def gradient_norm_without(head: Head, row: int) -> float:
    """Return ‖∇R‖ at a head's weights in the problem without one row, whose weight is 0 while n stays."""
    own = head.residuals[row][:, None] * head.train_features[row] / len(head.residuals)
    return float(np.linalg.norm(head.gradient() - head.basis @ own))
