"""Representer points (Yeh, Kim, Yen & Ravikumar 2018, theorem 3.1)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature


@dataclass(frozen=True)
class Representer(Estimator):
    """s(i, t) = α_i h_i · h_t with α_i = −(p_i − y_i)/(λn), for the class that is attributed to.

    At the minimum these add up, over all i, to that class's logit. Positive: i raises it, so i is helpful. Logits.
    """

    summary: ClassVar[str] = "Splits the class's logit among the training images; no prediction of a refit."
    unit: ClassVar[str] = "logit"
    needs_no_curvature: ClassVar[bool] = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return −(p_i − y_i)/(λn) ``(n, C − 1)``, in contrasts."""
        head = curvature.head
        return -head.residuals / (head.l2 * len(head.residuals))

    def test_coefficients(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return what picks the logit of the target ``(m, C − 1)``, in contrasts."""
        return tests.basis[tests.targets]
