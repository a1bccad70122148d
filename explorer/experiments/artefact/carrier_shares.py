"""How many of the most influential training images carry a planted patch (Han, Wallace & Tsvetkov 2020, §5)."""

import numpy as np

from explorer.attribution import Scorer


def carrier_shares(
    scorer: Scorer, features: np.ndarray, targets: np.ndarray, carriers: np.ndarray, top: int
) -> np.ndarray:
    """Return which share of the ``top`` training images with the largest |score| carries something ``(m,)``.

    Args:
        scorer: of the head.
        features: of test images ``(m, d)``.
        targets: classes whose loss is attributed ``(m,)``.
        carriers: ``(n,)`` bool.
        top: how many are looked at.
    """
    scores = np.abs(scorer.exact(scorer.tests(features, targets)))
    return carriers[np.argsort(-scores, axis=0, kind="stable")[:top]].mean(axis=0)
