"""The plain product of gradients, of all the network's weights."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import products
from explorer.core.progress import Progress, silent


@dataclass(frozen=True)
class GradientProduct(WholeNetworkEstimator):
    """s(i, f) = (1/n) ∇f(θ_T)ᵀ ∇loss(i, θ_T) (Charpiat et al. 2019, section 2; TracIn's last checkpoint, Pruthi et al. 2020).

    What one small step against image i's own loss at the end would take from f. The batch's part in normalisation is left
    out: running statistics stand still.
    """

    summary: ClassVar[str] = "Compares the gradients of two images; it does not predict what a removal would do."
    source: ClassVar[str] = "Charpiat et al. 2019, section 2"
    unit: ClassVar[Literal["nats", ""]] = ""

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return nothing: the gradients are computed at each question."""
        return {}

    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        found = products(recording.training, recording.end, questions.directions(recording))
        return (found / len(recording.training.labels)).numpy()
