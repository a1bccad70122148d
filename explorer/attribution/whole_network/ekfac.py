"""EK-FAC: influence functions with the curvature of each layer as a Kronecker product whose eigenvalues are corrected.

A layer's Fisher matrix is taken to be diagonal in the basis U ⊗ V of the eigenvectors of E[g gᵀ] and E[a aᵀ], g the gradient at
an output of the layer and a what it reads there, over all positions of a convolution (Grosse & Martens 2016, section 3), with the
exact diagonal λ = E[(Uᵀ ∇W V)²] there (George et al. 2018, eq. 13; Grosse et al. 2023, eq. 20). The scale and the shift of the
normalisations are left out. Labels are drawn from the network's own predictions, as the Fisher matrix has them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import loss_slopes, passes
from explorer.attribution.whole_network.halves import halved, product, tensor
from explorer.attribution.whole_network.kronecker_bases import bases_of, eigenvalues_of, rotated
from explorer.attribution.whole_network.spans import landmarks, principal, span
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Training


@dataclass(frozen=True)
class EKFAC(WholeNetworkEstimator):
    """s(i, f) = (1/n) Σ_layers ∇fᵀ (U ⊗ V) (diag λ + δI)⁻¹ (U ⊗ V)ᵀ ∇loss(i), of convolutions and the last layer.

    Its size is that of a training that goes on to the very bottom, so only its order is read.

    Attributes:
        damping: δ over a layer's mean λ.
        coordinates: of U ⊗ V that are looked at, the strongest of all layers.
        landmarks: training images, drawn, in whose gradients' span all are seen; exact where there are no more images.
        kept: principal directions in the index.
        seed: of both draws.
    """

    summary: ClassVar[str] = "Influence functions for all layers with an estimated curvature; its number has no unit."
    source: ClassVar[str] = "Grosse et al. 2023, eq. 20; George et al. 2018; Grosse & Martens 2016"
    unit: ClassVar[Literal["nats", ""]] = ""
    damping: float = 0.1
    coordinates: int = 8192
    landmarks: int = 1000
    kept: int = 512
    seed: int = 0

    @torch.no_grad()
    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return each layer's bases, the coordinates looked at ``(c,)``, directions in them ``(c, r)``, the images' parts ``(n, r)``, the sizes of both ``(r,)``."""
        training, end = recording.training, recording.end
        bases = bases_of(training, end, self.seed, progress)
        chosen, whitening = self._strongest(eigenvalues_of(training, end, bases, self.seed, progress))

        def whitened(images: Training, stage: str) -> Iterator[Tensor]:
            for rows, passed in passes(images, end, stage, progress):
                gradients = passed.gradients(loss_slopes(passed.logits, images.labels[rows]))
                yield rotated(training.network, gradients, bases)[:, chosen] * whitening

        few = landmarks(training, self.landmarks, self.seed)
        directions = span(torch.cat(list(whitened(few, "Gradients of landmarks"))))
        parts = torch.cat([each @ directions for each in whitened(training, "Index of the training images")])
        vectors = principal(parts.T @ parts, self.kept)[1]
        table, sizes = halved(parts @ vectors)
        turned, widths = halved(directions @ vectors * whitening[:, None])
        left = {f"u{layer}": u.numpy() for layer, (u, _) in enumerate(bases)}
        right = {f"v{layer}": v.numpy() for layer, (_, v) in enumerate(bases)}
        own = {"chosen": chosen.numpy(), "directions": turned, "table": table, "sizes": sizes * widths / len(parts)}
        return {**left, **right, **own}

    def _strongest(self, values: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the coordinates that are looked at ``(c,)`` and their 1/√(λ + δ), for the λ of each layer.

        Images differ by about √λ along a coordinate. The strongest by λ/√(λ + δ) keep a question's order best: measured against
        λ/(λ + δ), which is what a coordinate adds to a score of its own, and against λ.
        """
        damped = torch.cat([each + self.damping * each.mean() for each in values])
        strength = torch.cat(values) * damped.rsqrt()
        chosen = strength.topk(min(self.coordinates, len(strength))).indices.sort().values
        return chosen, damped[chosen].rsqrt()

    @torch.no_grad()
    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        network = recording.training.network
        known = {name: tensor(part) for name, part in prepared.items() if name != "table"}
        bases = [(known[f"u{layer}"], known[f"v{layer}"]) for layer in range(len(network.widths) + 1)]
        asked = rotated(network, questions.directions(recording), bases)[:, known["chosen"]]
        turned = asked @ known["directions"].to(asked.dtype) * known["sizes"]
        return product(turned, prepared["table"]).numpy()
