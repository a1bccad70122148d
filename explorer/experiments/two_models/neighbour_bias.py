"""How much each of several models of the same training images relies on near ones (Koh & Liang 2017, §5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist, pdist

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.core.progress import Progress, silent
from explorer.datasets.base import Split
from explorer.models.head import Head, choose_l2, fit
from explorer.models.standardisation import standardisation, standardised

# Every picture is compared at CIFAR-10's size.
SIDE = 32
# Eigenvalues of a kernel below this share of the largest are rounding.
TINY = 1e-10
# The kernel's width as shares of the median distance; the paper's own was chosen on data, too.
WIDTHS = (1.0, 0.5, 0.25)
# Pairs that settle the median distance to about a hundredth.
PAIRS = 500
# Near are this share of the training images; so many of the most helpful are counted by class (the paper shows five).
NEAREST, HELPFUL = 0.1, 50


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """The features of one model: pretrained, pixels or a kernel, with the head fitted on them.

    Attributes:
        name: ``features``, ``pixels`` or ``kernel``.
        head: fitted to the training images.
        tests: what it sees of the test images ``(m, d)``.
        width: of the kernel, as a share of the median distance; 0 where there is none.
    """

    name: str
    head: Head
    tests: np.ndarray
    width: float = 0.0

    def scores(self, index: int, target: int) -> np.ndarray:
        """Return first-order influence ``(n,)`` in nats on one test image; positive is helpful."""
        scorer = Scorer(Curvature(self.head), ESTIMATORS["influence"])
        return scorer.row(self.tests[index], target, 1).scores


def pretrained_space(train: np.ndarray, labels: np.ndarray, tests: np.ndarray, classes: int, l2: float) -> FeatureSpace:
    """Return the view of pretrained features, standardised and with their column of ones, at the run's λ."""
    return FeatureSpace("features", fit(train, labels, classes, l2), tests)


def pixel_space(
    train: np.ndarray, labels: np.ndarray, tests: np.ndarray, classes: int, progress: Progress = silent
) -> FeatureSpace:
    """Return the view of raw pixels ``(n, d)``, each standardised, with a softmax head at the cross-validated λ.

    The head's weights lie in the span of the training images, so it is fitted in coordinates of that span: the same model with
    at most n weights a contrast.
    """
    scaling = standardisation(train)
    seen, others = standardised(train, *scaling), standardised(tests, *scaling)
    rows, back = _coordinates(seen @ seen.T)
    l2 = _best(choose_l2(rows, labels, classes, progress))[0]
    return FeatureSpace("pixels", fit(rows, labels, classes, l2), others @ (seen.T @ back))


def kernel_space(
    train: np.ndarray, labels: np.ndarray, tests: np.ndarray, classes: int, progress: Progress = silent
) -> FeatureSpace:
    """Return kernel logistic regression with n·exp(−‖x − x′‖²/(2σ²)), exactly, as a softmax head with a bias.

    The penalty on weights in coordinates of the kernel is the penalty on the function (representer theorem); the factor n
    makes the usual λ grid fit. Width and λ are cross-validated.
    """
    n, median = len(train), float(np.median(pdist(train[:: max(1, len(train) // PAIRS)])))
    squares, fits = cdist(train, train, "sqeuclidean"), []
    for width in WIDTHS:
        rows, back = _coordinates(n * np.exp(-squares / (2 * (median * width) ** 2)))
        seen = np.column_stack([rows, np.ones(n)])
        l2, loss = _best(choose_l2(seen, labels, classes, progress))
        fits.append((loss, width, l2, seen, back))
    _, width, l2, seen, back = min(fits, key=lambda each: each[0])
    mapped = n * np.exp(-cdist(tests, train, "sqeuclidean") / (2 * (median * width) ** 2)) @ back
    return FeatureSpace("kernel", fit(seen, labels, classes, l2), np.column_stack([mapped, np.ones(len(tests))]), width)


def _coordinates(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows ``(n, r)`` whose inner products are a kernel ``(n, n)``, and B ``(n, r)`` that maps others: k(x, ·) B."""
    values, vectors = scipy.linalg.eigh(kernel, check_finite=False)
    kept = values > TINY * values[-1]
    roots = np.sqrt(values[kept])
    return vectors[:, kept] * roots, vectors[:, kept] / roots


def _best(losses: dict[float, float]) -> tuple[float, float]:
    """Return the λ of lowest cross-validated loss, and that loss."""
    return min(losses.items(), key=lambda each: each[1])


def pixels(split: Split, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return pictures as numbers from 0 to 1 ``(r, 3·32·32)``."""
    from explorer.models.preparation.batches import prepare  # loads torch

    return np.concatenate([prepare([split.pictures[int(row)]], SIDE).numpy().reshape(1, -1) for row in rows])


@dataclass(frozen=True)
class NeighbourBias:
    """How much a model relies on near images, and on images of other classes, for one test image.

    Attributes:
        near_share: of the sum of \\|influence\\|, what the nearest tenth of the training images has; 0.1 if nearness were nothing.
        rank_correlation: Spearman of \\|influence\\| and Euclidean distance of pixels; negative where near images count more.
        others_among_helpful: of the 50 most helpful images, the share of other classes.
    """

    near_share: float
    rank_correlation: float
    others_among_helpful: float


def neighbour_bias(scores: np.ndarray, distances: np.ndarray, same: np.ndarray) -> NeighbourBias:
    """Return how much a model relies on near images, for scores, distances and whether the label is the test image's, ``(n,)`` each."""
    from scipy.stats import spearmanr  # more than a second, for which no page waits that offers the experiment

    size, nearest = np.abs(scores), np.argsort(distances, kind="stable")[: max(1, round(NEAREST * len(scores)))]
    helpful = np.argsort(-scores, kind="stable")[:HELPFUL]
    helpful = helpful[scores[helpful] > 0]
    constant = np.ptp(size) == 0 or np.ptp(distances) == 0
    return NeighbourBias(
        near_share=float(size[nearest].sum() / (size.sum() or 1.0)),
        rank_correlation=0.0 if constant else float(spearmanr(size, distances).statistic),
        others_among_helpful=float((~same[helpful]).mean()) if len(helpful) else 0.0,
    )
