"""Which training images are outliers, and which of them matter: leverage, residual and self-influence of each.

For two classes self-influence = leverage · q/(1 − q) with q = 1 − p(label): the softmax form of Cook's distance
(Cook & Weisberg 1980), and the reason for both halves of *all influential samples are outliers, but not all outliers are
influential*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution import Curvature

# What is called unusual (leverage) or surprising (residual): the highest tenth. Influential: the highest hundredth.
OUTLYING, INFLUENTIAL = 0.1, 0.01
QUADRANTS = ("typical", "surprising", "unusual", "both")


@dataclass(frozen=True, eq=False)
class Outliers:
    """Three figures of each training image.

    Attributes:
        leverage: ``(n,)``, between 0 and C − 1: how far the image can pull its own prediction.
        residual: ‖p − y‖ ``(n,)``, between 0 and √2: how far the prediction is from the label.
        self_influence: (p − y)ᵀ S (p − y)/n ``(n,)`` nats: first-order rise of the image's own loss if it were left out.
    """

    leverage: np.ndarray
    residual: np.ndarray
    self_influence: np.ndarray

    @property
    def leverage_from(self) -> float:
        """The leverage above which an image is unusual."""
        return float(np.quantile(self.leverage, 1 - OUTLYING))

    @property
    def residual_from(self) -> float:
        """The residual above which an image is surprising."""
        return float(np.quantile(self.residual, 1 - OUTLYING))

    @property
    def unusual(self) -> np.ndarray:
        """Which images ``(n,)`` lie among the tenth of highest leverage."""
        return self.leverage > self.leverage_from

    @property
    def surprising(self) -> np.ndarray:
        """Which images ``(n,)`` lie among the tenth of largest residual."""
        return self.residual > self.residual_from

    @property
    def influential(self) -> np.ndarray:
        """The images ``(k,)`` of largest self-influence, a hundredth of all and at least one, the largest first."""
        most = max(1, round(INFLUENTIAL * len(self.leverage)))
        return np.argsort(-self.self_influence, kind="stable")[:most]

    def quadrants(self) -> dict[str, tuple[int, int]]:
        """Return how many images lie in each of ``QUADRANTS``, and how many of the influential ones."""
        where = self.surprising + 2 * self.unusual
        counts = [np.bincount(rows, minlength=len(QUADRANTS)).tolist() for rows in (where, where[self.influential])]
        return dict(zip(QUADRANTS, zip(*counts, strict=True), strict=True))


@dataclass(frozen=True)
class Verdict:
    """The sentence *all influential samples are outliers, but not all outliers are influential*, counted.

    Attributes:
        influential: images of largest self-influence.
        outlying: how many of these are outliers.
        outliers: images that are unusual, surprising or both.
    """

    influential: int
    outlying: int
    outliers: int


def outliers(curvature: Curvature) -> Outliers:
    """Return the figures of all training images.

    Raises:
        ExplorerError: the head has more weights than a dense factor can hold, so leverages are not known.
    """
    residuals = np.linalg.norm(curvature.head.residuals, axis=1)
    return Outliers(np.asarray(curvature.leverages), residuals, curvature.self_influences)


def verdict(measured: Outliers) -> Verdict:
    """Return how far the sentence holds on these images."""
    outlying = measured.unusual | measured.surprising
    return Verdict(len(measured.influential), int(outlying[measured.influential].sum()), int(outlying.sum()))


def equal_influence(level: float, residuals: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the leverages at which two-class images of these residuals (0 < residual < √2) have this self-influence.

    With r = residual/√2, leverage = level · (1 − r)/r.
    """
    r = np.asarray(residuals) / np.sqrt(2)
    return level * (1 - r) / r
