"""The exact derivative of the recorded training: what every estimator of the whole network estimates."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from explorer.attribution.unrolled import StepsBack, gradients_of_weights
from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.core.progress import Progress, silent


@dataclass(frozen=True)
class Unrolled(WholeNetworkEstimator):
    """s(i, f) = −df/dw_i, through every step of the training (Ilyas & Engstrom 2025, section 3).

    Exact for a small change of the weight; a removal, and a set by the sum, to first order. It holds for this training: these
    first weights, draws and order. Each question, or a sum of any number, costs about twice the training.
    """

    summary: ClassVar[str] = "Differentiates the whole training, step by step back: exact, and takes minutes."
    source: ClassVar[str] = "Ilyas & Engstrom 2025, section 3; Maclaurin, Duvenaud & Adams 2015"
    unit: ClassVar[Literal["nats", ""]] = "nats"

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return nothing: all is in the recording."""
        return {}

    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``, in one pass back for all questions."""
        outputs = questions.gradients(recording)
        return -gradients_of_weights(recording.training, StepsBack(recording), outputs).numpy()
