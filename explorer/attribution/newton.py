"""Leave-one-out by one Newton step of the problem without the image (Cook & Weisberg 1980; Pregibon 1981)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature


@dataclass(frozen=True)
class Newton(Estimator):
    """s(i, t) = loss(t; Ŵ + ΔW_i) − loss(t; Ŵ), with ΔW_i the Newton step after image i is removed.

    Positive: without image i the loss of t would rise, so i is helpful. Nats. The image's leverage is taken into
    account (a (C − 1)² solve) and the test loss is exact, not linearised.
    """

    summary: ClassVar[str] = (
        "Works out where the weights would go without the image, in one step, and what the model says then."
    )
    bilinear: ClassVar[bool] = False

    def coefficients(self, curvature: Curvature) -> np.ndarray:
        """Return c_i ``(n, C − 1)`` with the leverage of i, in contrasts."""
        return curvature.removals

    def score_from_logits(self, change: np.ndarray, tests: Tests) -> np.ndarray:
        """Return the exact change of loss ``(r, m)`` in nats for changes of logits ``(r, m, C − 1)``.

        log Σ_c p_c e^{Δ_c} − Δ_y is computed as log1p(Σ_c p_c expm1(Δ_c − Δ_y)), which keeps its digits for small Δ.
        """
        if change.shape[2] == 1:
            return _two_classes(change[:, :, 0], tests)
        logits = change @ tests.basis.T
        relative = logits - np.take_along_axis(logits, tests.targets[None, :, None], axis=2)
        return np.log1p(np.einsum("rmc,mc->rm", np.expm1(relative, out=relative), tests.probabilities))


def _two_classes(change: np.ndarray, tests: Tests) -> np.ndarray:
    """The same with one exponential an entry: only the other class differs from the target."""
    rows = np.arange(len(tests.targets))
    gap = tests.basis[1 - tests.targets, 0] - tests.basis[tests.targets, 0]
    relative = np.expm1(change * gap)
    relative *= tests.probabilities[rows, 1 - tests.targets]
    return np.log1p(relative, out=relative)
