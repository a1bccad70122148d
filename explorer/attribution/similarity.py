"""The baseline that needs no theory: which images look alike to the network?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature
from explorer.attribution.norms import row_norms


@dataclass(frozen=True)
class Similarity(Estimator):
    """s(i, t) = ± cosine of the feature rows h_i and h_t (Hanawa et al. 2021, section 3), between −1 and 1.

    The sign is + where i carries the label that is attributed to and − otherwise: an image that looks like t helps if
    its label agrees. The constant feature counts as one of the others.
    """

    summary: ClassVar[str] = "Asks only which images look alike to the network."
    unit: ClassVar[str] = "cosine"
    needs_no_curvature: ClassVar[bool] = True

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return the one-hot label over ‖h_i‖ ``(n, C)``."""
        head = curvature.head
        return np.eye(head.classes)[head.train_labels] / row_norms(head.train_features)

    def test_coefficients(self, curvature: Curvature, tests: Tests) -> np.ndarray:
        """Return +1 at the target and −1 elsewhere, over ‖h_t‖ ``(m, C)``."""
        signs = 2 * np.eye(len(tests.basis))[tests.targets] - 1
        return signs / np.linalg.norm(tests.features, axis=1, keepdims=True)
