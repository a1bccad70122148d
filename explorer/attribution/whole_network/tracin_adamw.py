"""TracIn with AdamW's steps: what the steps of each training image did, epoch by epoch."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import products
from explorer.attribution.whole_network.metric import divisor
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Training


@dataclass(frozen=True)
class TracInAdamW(WholeNetworkEstimator):
    """s(i, f) = Σ_e η_i(e)/b_i(e) · ∇f(θ_e)ᵀ (√v̂_e + ε)⁻¹ ∇loss(i, θ_e) over the states θ_e after each epoch.

    TracInCP (Pruthi et al. 2020, section 3.2) where a step is AdamW's: image i acts once an epoch, in a step of rate η_i(e)
    among b_i(e) images. It adds what each step took from f at once, as if no later step had answered to it, so its size is
    not what a removal would do.
    """

    summary: ClassVar[str] = (
        "Adds up what an image's own steps did at once; it does not predict what a removal would do."
    )
    source: ClassVar[str] = "Pruthi et al. 2020, section 3.2"
    unit: ClassVar[Literal["nats", ""]] = ""

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return nothing: each epoch's gradients are computed at the question."""
        return {}

    @torch.no_grad()
    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``; a pass over the training images for each epoch, whatever k."""
        training, total = recording.training, 0.0
        each = training.steps // training.recipe.epochs
        for epoch, paces in enumerate(_paces(training)):
            state = recording.state((epoch + 1) * each)
            directions = questions.directions(recording, state) / divisor(state)
            total = total + products(training, state, directions) * paces
        return np.asarray(total)


def _paces(training: Training) -> Tensor:
    """Return η/b of the step in which each epoch shows each image ``(epochs, n)``."""
    epochs = training.recipe.epochs
    each = training.steps // epochs
    found = training.images.new_zeros(epochs, len(training.labels))
    for batch in training.batches():
        found[batch.step // each, batch.rows] = training.recipe.rate_at(batch.step, training.steps) / len(batch.rows)
    return found
