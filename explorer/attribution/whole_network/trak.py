"""TRAK: a linear regression on randomly projected gradients (Park, Georgiev, Ilyas, Leclerc & Madry 2023)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import odds_slopes, passes
from explorer.attribution.whole_network.halves import halved, product, tensor
from explorer.core.progress import Progress, silent

# Rows of the projection that are unpacked at once.
PIECE = 8192


@dataclass(frozen=True)
class TRAK(WholeNetworkEstimator):
    """s(i, f) = −∇f(θ_T)ᵀ S (ΦᵀΦ + ρI)⁻¹ Sᵀφ_i (1 − p_i), with φ_i = ∇ log p_i/(1 − p_i), S random signs and Φ the rows Sᵀφ_i.

    Park et al. 2023, eq. 15 to 17 with one checkpoint, and with a ridge, which the published form lacks and which one checkpoint needs.
    The size of a score is that of a regression on k numbers, not an effect.

    Attributes:
        projections: k, columns of S; a multiple of 8.
        ridge: ρ over the mean eigenvalue of ΦᵀΦ.
        seed: of S.
    """

    summary: ClassVar[str] = (
        "Compares gradients in a small random space, as a regression would; its number has no unit."
    )
    source: ClassVar[str] = "Park et al. 2023, eq. 15–17"
    unit: ClassVar[Literal["nats", ""]] = ""
    projections: int = 512
    ridge: float = 1.0
    seed: int = 0

    @torch.no_grad()
    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return the signs of S, packed ``(p, k/8)``, each image's regressors ``(n, k)`` and the sizes of their columns ``(k,)``."""
        training, end = recording.training, recording.end
        signs = self.signs(training.network.size)
        turned = unpacked(signs).to(end.theta.dtype)
        found, residuals = end.theta.new_empty(len(training.labels), self.projections), []
        for rows, passed in passes(training, end, "Projected gradients", progress):
            labels = training.labels[rows]
            found[rows] = passed.gradients(odds_slopes(passed.logits, labels)) @ turned
            residuals.append(1 - passed.logits.softmax(dim=1).gather(1, labels[:, None])[:, 0])
        kernel = found.T @ found
        kernel.diagonal().add_(self.ridge * kernel.diagonal().mean())
        regressors = torch.linalg.solve(kernel, found.T).T * torch.cat(residuals)[:, None]
        table, sizes = halved(regressors)
        return {"signs": signs, "table": table, "sizes": -sizes}

    @torch.no_grad()
    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        directions = questions.directions(recording)
        signs = prepared["signs"]
        asked = directions.new_zeros(len(directions), prepared["table"].shape[1])
        for start in range(0, len(signs), PIECE):
            rows = slice(start, start + PIECE)
            asked += directions[:, rows] @ unpacked(signs[rows]).to(directions.dtype)
        return product(asked * tensor(prepared["sizes"]).to(asked.dtype), prepared["table"]).numpy()

    def signs(self, size: int) -> np.ndarray:
        """Return the bits of S for θ of this size, packed ``(p, k/8)``; a set bit is +1."""
        return np.random.default_rng(self.seed).integers(0, 256, (size, self.projections // 8), dtype=np.uint8)


def unpacked(signs: np.ndarray) -> Tensor:
    """Return packed signs ``(p, k/8)`` as ±1 ``(p, k)``."""
    return torch.from_numpy(np.unpackbits(np.asarray(signs), axis=1)).float().mul_(2).sub_(1)
