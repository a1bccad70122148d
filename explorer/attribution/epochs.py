"""TracIn over the saved epochs of a network that was trained from scratch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from explorer.attribution.base import Tests
from explorer.attribution.scoring import Scorer
from explorer.core.errors import ExplorerError


@dataclass(frozen=True, eq=False)
class Epoch:
    """The network after one epoch, as its last layer sees the images.

    Attributes:
        step: η/b, mean learning rate of the epoch over the images a step; of several epochs that it stands for the sum.
        train_features: ``(n, d)``, last column 1.
        test_features: ``(m, d)``.
        weights: of the last layer ``(C, d)``, its bias last.
    """

    step: float
    train_features: np.ndarray
    test_features: np.ndarray
    weights: np.ndarray

    def residuals(self, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return p − y ``(rows, C)``."""
        return softmax(features @ self.weights.T, axis=1) - np.eye(len(self.weights))[labels]


@dataclass(frozen=True, eq=False)
class EpochScorer(Scorer):
    """s(i, t) = Σ_k (η_k/b) ∇loss(i, w_k)ᵀ ∇loss(t, w_k) over the saved epochs w_k, for the weights of the last layer.

    TracInCP with the last layer's gradients (Pruthi et al. 2020, sections 3.2 and 4.2). Positive: the steps that i
    caused lowered the loss of t. The network was trained with AdamW, not with the plain descent of the derivation.

    Attributes:
        epochs: the saved ones.
    """

    epochs: Sequence[Epoch] = ()

    @property
    def summary(self) -> str:
        """A sentence for a menu of methods."""
        return (
            "Adds up what the saved epochs of this network's training did; it does not predict what a refit would do."
        )

    @property
    def few_products(self) -> bool:
        """False: the features of each epoch are others, which no scan has read."""
        return False

    def _bilinear(self, tests: Tests, rows: np.ndarray | slice) -> np.ndarray:
        """Return the scores ``(r, m)``.

        Raises:
            ExplorerError: the test images are not those of the run, so no epoch has seen them.
        """
        if tests.rows is None:
            raise ExplorerError(
                "tracin needs what each saved epoch made of the image; choose newton for one from elsewhere."
            )
        labels, scores = self.head.train_labels[rows], 0.0
        for epoch in self.epochs:
            train = np.asarray(epoch.train_features[rows], dtype=np.float64)
            test = np.asarray(epoch.test_features[tests.rows], dtype=np.float64)
            residuals = epoch.residuals(train, labels) @ epoch.residuals(test, tests.targets).T
            scores = scores + epoch.step * (train @ test.T) * residuals
        return np.asarray(scores)

    def column(self, row: int, tests: Tests) -> np.ndarray:
        """Return the scores ``(m,)`` of one training image on many test images."""
        return self._bilinear(tests, slice(row, row + 1))[0]
