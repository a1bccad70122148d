"""How sure a head stays of its predictions when parts of its training set are really left out (Han et al. 2020)."""

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from explorer.attribution import Scorer
from explorer.evaluation.refit import refit_without

ORDERS = ("helpful", "random", "least", "harmful")
# ‖∇R‖ of a refit; at λ = 0.1 and ‖h‖ = 36 it moves no probability by more than 1e-4.
TOLERANCE = 1e-6


def removal_orders(scores: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Return training rows ``(4, n)``, those to leave out first at the start: by each of ``ORDERS``.

    Args:
        scores: of one prediction ``(n,)``; positive is helpful.
        seed: of the random order.
    """
    shuffled = np.random.default_rng(seed).permutation(len(scores))
    return np.stack([np.argsort(-scores), shuffled, np.argsort(np.abs(scores)), np.argsort(scores)])


def confidence_changes(
    scorer: Scorer, features: np.ndarray, targets: np.ndarray, sizes: Sequence[int], seeds: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return by how much P(target) changes after removal and refit ``(m, 4, s)``, for each of ``ORDERS`` and sizes.

    Args:
        scorer: of the head; its scores decide who is helpful.
        features: of test images ``(m, d)``.
        targets: the class whose probability it is ``(m,)``; as a rule the predicted one.
        sizes: numbers of training images that are left out.
        seeds: of the random orders, one a test image.

    Raises:
        ExplorerError: a removal leaves a class without any image.
    """
    scores = scorer.exact(scorer.tests(features, targets))
    orders = [removal_orders(column, seed) for column, seed in zip(scores.T, seeds, strict=True)]
    groups = [order[:size] for each in orders for order in each for size in sizes]
    weights = refit_without(scorer.curvature, groups, TOLERANCE).reshape(len(features), -1, *scorer.head.weights.shape)
    after = softmax(np.einsum("mkcd,md->mkc", weights, features), axis=2)
    rows = np.arange(len(targets))
    before = scorer.head.probabilities(features)[rows, targets]
    return (after[rows, :, targets] - before[:, None]).reshape(len(features), len(ORDERS), len(sizes))
