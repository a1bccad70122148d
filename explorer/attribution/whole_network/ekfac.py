"""EK-FAC: influence functions with the curvature of each layer as a Kronecker product whose eigenvalues are corrected.

A layer's Fisher matrix is taken to be diagonal in the basis U ⊗ V of the eigenvectors of E[g gᵀ] and E[a aᵀ], g the gradient at
an output of the layer and a what it reads there, over all positions of a convolution (Grosse & Martens 2016, section 3), with the
exact diagonal λ = E[(Uᵀ ∇W V)²] there (George et al. 2018, eq. 13; Grosse et al. 2023, eq. 20). The scale and the shift of the
normalisations are left out. Labels are drawn from the network's own predictions, as the Fisher matrix has them.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.example_gradients import loss_slopes, passes
from explorer.attribution.whole_network.halves import KEPT, product
from explorer.attribution.whole_network.kronecker_bases import bases_of, eigenvalues_of, rotated
from explorer.core.progress import Progress, silent


@dataclass(frozen=True)
class EKFAC(WholeNetworkEstimator):
    """s(i, f) = (1/n) Σ_layers ∇fᵀ (U ⊗ V) (diag λ + δI)⁻¹ (U ⊗ V)ᵀ ∇loss(i), of convolutions and the last layer.

    Its size is that of a training that goes on to the very bottom, so only its order is read.

    Attributes:
        damping: δ over a layer's mean λ.
        kept: coordinates of U ⊗ V in the index, the strongest of all layers.
        seed: of the labels that are drawn.
    """

    summary: ClassVar[str] = "Influence functions for all layers with an estimated curvature; its number has no unit."
    source: ClassVar[str] = "Grosse et al. 2023, eq. 20; George et al. 2018; Grosse & Martens 2016"
    unit: ClassVar[Literal["nats", ""]] = ""
    damping: float = 0.1
    kept: int = 2048
    seed: int = 0

    @torch.no_grad()
    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return the bases of each layer, the coordinates that are kept ``(r,)``, their 1/√(λ + δ) and the images' in them ``(n, r)``."""
        training, end = recording.training, recording.end
        bases = bases_of(training, end, self.seed, progress)
        values = eigenvalues_of(training, end, bases, self.seed, progress)
        damped = torch.cat([each + self.damping * each.mean() for each in values])
        chosen = (torch.cat(values) / damped).topk(min(self.kept, len(damped))).indices.sort().values
        whitening = damped[chosen].rsqrt()
        table = torch.empty(len(training.labels), len(chosen), dtype=KEPT)
        for rows, passed in passes(training, end, "Index of the training images", progress):
            gradients = passed.gradients(loss_slopes(passed.logits, training.labels[rows]))
            table[rows] = rotated(training.network, gradients, bases)[:, chosen] * whitening
        left = {f"u{layer}": u.numpy() for layer, (u, _) in enumerate(bases)}
        right = {f"v{layer}": v.numpy() for layer, (_, v) in enumerate(bases)}
        return {**left, **right, "chosen": chosen.numpy(), "whitening": whitening.numpy(), "table": table.numpy()}

    @torch.no_grad()
    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        network = recording.training.network
        known = {name: torch.from_numpy(np.asarray(part)) for name, part in prepared.items() if name != "table"}
        bases = [(known[f"u{layer}"], known[f"v{layer}"]) for layer in range(len(network.widths) + 1)]
        asked = rotated(network, questions.directions(recording), bases)[:, known["chosen"]] * known["whitening"]
        return (product(asked, prepared["table"]) / len(prepared["table"])).numpy()
