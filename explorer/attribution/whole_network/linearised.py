"""The training as if the network were linear in its weights around its end, in AdamW's own metric.

With each image's log-odds m_i = log p_i/(1 − p_i) of its label, φ_i = ∇m_i at the end, P = √v̂ + ε and the decision's curvature
H = (1/n) Σ p_i(1 − p_i) φ_i φ_iᵀ, the flow θ' = −P⁻¹(H(θ − θ_T) + …) of length τ = Σ η_t answers to the weight of image i by

    dθ/dw_i = (1 − p_i)/n · P^{−½} f(A) P^{−½} φ_i,     A = P^{−½} H P^{−½},   f(σ) = (1 − e^{−τσ})/σ.

Nothing is to be chosen: τ and P are the training's. For two classes H is the Gauss–Newton matrix; for more it is that of the
label against all others together, as TRAK reduces many classes to two (Park et al. 2023, eq. 10), while ∇loss_i = −(1 − p_i) φ_i
is exact always. The running statistics and weight decay are left out.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import odds_slopes, passes
from explorer.attribution.whole_network.halves import halved, product, tensor
from explorer.attribution.whole_network.metric import divisor
from explorer.attribution.whole_network.spans import landmarks, principal, span
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import State, Training


@dataclass(frozen=True)
class Linearised(WholeNetworkEstimator):
    """s(i, f) = −∇f(θ_T)ᵀ dθ/dw_i of the linearised training: nats where f is a loss.

    Attributes:
        landmarks: training images, drawn, in whose gradients' span all are seen; exact where there are no more images.
        kept: principal directions in the index.
        seed: of the draw.
    """

    summary: ClassVar[str] = "Takes the training for a straight one in AdamW's steps; quick, and rough."
    source: ClassVar[str] = "Jacot et al. 2018, eq. 4, in AdamW's metric"
    unit: ClassVar[Literal["nats", ""]] = "nats"
    landmarks: int = 1000
    kept: int = 512
    seed: int = 0

    @torch.no_grad()
    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return principal directions ``(p, r)``, each image's part in them ``(n, r)``, and what a question is multiplied by ``(r,)``."""
        training, end = recording.training, recording.end
        root = divisor(end).sqrt()
        directions = self._span(training, end, root, progress)
        parts, weights = _parts(training, end, directions / root[:, None], progress)
        images = len(parts)
        values, vectors = principal(parts.T @ (parts * (weights * (1 - weights))[:, None]) / images, self.kept)
        gains = _answer(values, _length(training))
        table, sizes = halved((parts @ vectors) * (1 - weights)[:, None])
        turned, widths = halved(directions @ vectors / root[:, None])
        return {"directions": turned, "table": table, "gains": -gains.numpy() / images * sizes * widths}

    @torch.no_grad()
    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        asked = product(questions.directions(recording), prepared["directions"].T)
        gains = tensor(prepared["gains"]).to(asked.dtype)
        return product(asked * gains, prepared["table"]).numpy()

    def _span(self, training: Training, end: State, root: Tensor, progress: Progress) -> Tensor:
        """Return orthonormal directions ``(p, r)`` that span the landmarks' P^{−½} φ_i."""
        few = landmarks(training, self.landmarks, self.seed)
        found = root.new_empty(len(few.labels), len(root))
        for rows, passed in passes(few, end, "Gradients of landmarks", progress):
            torch.div(passed.gradients(odds_slopes(passed.logits, few.labels[rows])), root, out=found[rows])
        return span(found)


def _parts(training: Training, end: State, directions: Tensor, progress: Progress) -> tuple[Tensor, Tensor]:
    """Return each image's φ_i in directions ``(n, r)``, and the probability of its label ``(n,)``."""
    labels = training.labels
    found, weights = directions.new_empty(len(labels), directions.shape[1]), directions.new_empty(len(labels))
    for rows, passed in passes(training, end, "Gradients of the training images", progress):
        found[rows] = passed.gradients(odds_slopes(passed.logits, labels[rows])) @ directions
        weights[rows] = passed.logits.softmax(dim=1).gather(1, labels[rows, None])[:, 0]
    return found, weights


def _length(training: Training) -> float:
    """Return τ, the sum of all learning rates."""
    return sum(training.recipe.rate_at(step, training.steps) for step in range(training.steps))


def _answer(values: Tensor, length: float) -> Tensor:
    """Return f(σ) = (1 − e^{−τσ})/σ, τ where σ is 0."""
    return torch.where(values > 0, -torch.expm1(-length * values) / values, length)
