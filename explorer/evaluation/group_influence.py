"""Influence on and of many images at once: who harms a whole set of test images, and what a set of training images does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from explorer.attribution import Curvature, Scorer, Tests
from explorer.attribution.scoring import BLOCK
from explorer.core.errors import ExplorerError
from explorer.evaluation.refit import refit_without
from explorer.models.head import Head

# A training image is among those that harm a test image if it is one of its so many most harmful, with a negative score:
# a hundredth of the training set, so that by chance it harms one in a hundred; ten where a hundredth would be a handful.
HARMFUL_SHARE, HARMFUL_LEAST = 0.01, 10


@dataclass(frozen=True, eq=False)
class SetInfluence:
    """What each training image does to a set of test images.

    Attributes:
        total: ``(n,)`` sum of its scores over the test images, nats; negative is harmful.
        harmed: ``(n,)`` of how many of the test images it is among the ``leading`` most harmful training images.
        tests: how many test images there are.
        leading: how many training images count as harmful to a test image.
    """

    total: np.ndarray
    harmed: np.ndarray
    tests: int
    leading: int

    def ranked(self, by: str) -> np.ndarray:
        """Return the training rows whose total is harmful, the worst first by ``"total"`` or by ``"consensus"``.

        By consensus come only those that harm at least one of the test images; equals are ordered by their total.
        """
        keys, least = ((self.total,), 0) if by == "total" else ((self.total, -self.harmed), 1)
        order = np.lexsort(keys)
        return order[(self.total[order] < 0) & (self.harmed[order] >= least)]


def set_influence(scorer: Scorer, tests: Tests) -> SetInfluence:
    """Return the training images behind a set of test images.

    Raises:
        ExplorerError: there is no test image.
    """
    n, count = len(scorer.head.train_labels), len(tests.targets)
    if not count:
        raise ExplorerError("No test image is asked about; choose a cell or a selection with at least one.")
    leading = min(n, max(HARMFUL_LEAST, round(HARMFUL_SHARE * n)))
    total, harmed = np.zeros(n), np.zeros(n, dtype=int)
    for _, scores in scorer.blocks(tests):
        total += scores.sum(axis=1)
        columns = np.ascontiguousarray(scores.T)
        cut = np.partition(columns, leading - 1, axis=1)[:, leading - 1 : leading]
        harmed += ((columns <= cut) & (columns < 0)).sum(axis=0)
    return SetInfluence(total, harmed, count, leading)


def class_scores(scorer: Scorer, tests: Tests, groups: Sequence[np.ndarray], classes: int) -> np.ndarray:
    """Return for each group the sum of its members' mean scores on the test images of each class ``(k, C)``, nats.

    It is what the scores predict for the mean loss of a class if the group were left out: positive is helpful. 0 where a
    class has no test image.
    """
    members = np.zeros((len(groups), len(scorer.head.train_labels)))
    for row, group in enumerate(groups):
        members[row, group] = 1.0
    if scorer.estimator.bilinear:
        return members @ _class_means_at_once(scorer, tests, classes)
    totals = np.empty((len(groups), len(tests.targets)))
    for part, scores in scorer.blocks(tests):
        totals[:, part] = members @ scores
    return class_means(totals, tests.targets, classes)


def _class_means_at_once(scorer: Scorer, tests: Tests, classes: int) -> np.ndarray:
    """Return the mean scores ``(n, C)`` of a bilinear estimator: one solve a class instead of one a test image."""
    coefficients = scorer.estimator.test_coefficients(scorer.curvature, tests)
    right = np.stack([coefficients[tests.targets == c].T @ tests.features[tests.targets == c] for c in range(classes)])
    right /= np.maximum(np.bincount(tests.targets, minlength=classes), 1)[:, None, None]
    solved = scorer.estimator.solve(scorer.curvature, right)
    products = scorer.head.train_features @ solved.reshape(-1, solved.shape[2]).T
    return np.einsum("nck,nk->nc", products.reshape(len(products), *solved.shape[:2]), scorer.coefficients)


@dataclass(frozen=True, eq=False)
class GroupEffect:
    """What a set of training images does together to each test image; positive: the loss would rise without them.

    Attributes:
        predicted: ``(m,)`` sum of their scores, nats.
        measured: ``(m,)`` change of loss after a real refit without them, nats; None where a class would be left empty.
        weights: W ``(C, d)`` of that refit, or None.
    """

    predicted: np.ndarray
    measured: np.ndarray | None
    weights: np.ndarray | None


def group_effect(scorer: Scorer, tests: Tests, rows: np.ndarray) -> GroupEffect:
    """Return the summed effect of training rows on each test image, with the exact refit beside it.

    Raises:
        ExplorerError: no training image is given.
    """
    rows = np.unique(rows)
    if not len(rows):
        raise ExplorerError("No training image is left out; choose at least one.")
    predicted, head = summed_scores(scorer, tests, rows), scorer.head
    if not removable(head.train_labels, rows):
        return GroupEffect(predicted, None, None)
    weights = refit_without(scorer.curvature, [rows])[0]
    after = Head(head.train_features, head.train_labels, weights, head.l2).losses(tests.features, tests.targets)
    return GroupEffect(predicted, after - head.losses(tests.features, tests.targets), weights)


def summed_scores(scorer: Scorer, tests: Tests, rows: np.ndarray) -> np.ndarray:
    """Return the summed scores ``(m,)`` of training rows; a bilinear estimator needs one solve for all of them."""
    if scorer.estimator.bilinear:
        step = scorer.coefficients[rows].T @ scorer.head.train_features[rows]
        change = tests.features @ scorer.estimator.solve(scorer.curvature, step[None])[0].T
        return np.einsum("mk,mk->m", change, scorer.estimator.test_coefficients(scorer.curvature, tests))
    width = max(1, BLOCK // len(rows))
    parts = [tests.take(slice(start, start + width)) for start in range(0, len(tests.targets), width)]
    return np.concatenate([scorer.exact(part, rows).sum(axis=0) for part in parts])


def joint_step(curvature: Curvature, rows: np.ndarray) -> np.ndarray:
    """Return W ``(C, d)`` after one Newton step of the problem without a group of training rows.

    Unlike the members' single steps, added up, it knows that images that say the same replace one another. The problem
    without the group is, but for a factor, that of the rows that are left at λ·n/n′.

    Raises:
        ExplorerError: the head has more weights than a dense factor can hold.
    """
    head = curvature.head
    keep = np.setdiff1d(np.arange(len(head.train_labels)), rows)
    l2 = head.l2 * len(head.train_labels) / len(keep)
    left = Curvature(Head(head.train_features[keep], head.train_labels[keep], head.weights, l2))
    slope = head.residuals[rows].T @ head.train_features[rows] / len(keep)
    return head.weights + head.basis @ left.solve(slope[None])[0]


def joint_probabilities(
    curvature: Curvature, groups: Sequence[np.ndarray], features: np.ndarray, target: int
) -> list[float]:
    """Return the probability of a class for a picture ``(d,)`` without each group of a few training rows, as :func:`joint_logit_changes` has it."""
    head, changes = curvature.head, joint_logit_changes(curvature, groups, features)
    logits = head.logits(features[None])[0]
    return [float(softmax(logits + head.basis @ change)[target]) for change in changes]


def joint_logit_changes(curvature: Curvature, groups: Sequence[np.ndarray], features: np.ndarray) -> list[np.ndarray]:
    """Return the change of a picture's logits ``(C − 1,)``, in contrasts, by one Newton step without each group of rows.

    It is what :func:`joint_step` does to them, without another factor: by Woodbury, (H − Φ A Φᵀ)⁻¹ Φ b = G Φ (I − A K)⁻¹ b,
    with Φ the members' I ⊗ h_i, A their A_i/n and K = Φᵀ G Φ. For one row it is what ``newton`` says of it.

    Args:
        curvature: of the head, with a dense factor.
        groups: a few rows each, none twice in a group.
        features: of the picture ``(d,)``.
    """
    head, rows = curvature.head, np.concatenate(groups)
    couplings = curvature.couplings(np.concatenate([head.train_features[rows], features[None]]))
    ends = np.cumsum([len(group) for group in groups])
    places = (slice(int(end) - len(group), int(end)) for end, group in zip(ends, groups, strict=True))
    return [
        _joint_change(curvature, rows[place], couplings[place, :, place], couplings[-1, :, place]) for place in places
    ]


def _joint_change(curvature: Curvature, rows: np.ndarray, inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Return the change of logits ``(C − 1,)`` for couplings of the rows ``(k, C − 1, k, C − 1)`` and to the picture ``(C − 1, k, C − 1)``."""
    (n, contrasts), k = curvature.head.residuals.shape, len(rows)
    coupled = np.einsum("iab,ibjc->iajc", curvature.logit_hessians[rows] / n, inner).reshape(k * contrasts, -1)
    steps = np.linalg.solve(np.eye(len(coupled)) - coupled, curvature.head.residuals[rows].ravel() / n)
    return outer.reshape(contrasts, -1) @ steps


def removable(labels: np.ndarray, rows: np.ndarray) -> bool:
    """Return whether every class of labels ``(n,)`` keeps an image without these rows."""
    classes = int(labels.max()) + 1
    left = np.bincount(labels, minlength=classes) - np.bincount(labels[rows], minlength=classes)
    return bool((left[np.unique(labels)] > 0).all())


def class_means(values: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the means ``(k, C)`` of values ``(k, m)`` over the test images of each class; 0 where a class has none."""
    members = np.eye(classes)[labels]
    return values @ members / np.maximum(members.sum(axis=0), 1.0)
