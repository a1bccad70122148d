"""What a few images' gradients span: where the gradients of all are looked at, so that n × p of them are never held."""

import torch
from torch import Tensor

from explorer.models.smooth_cnn import Training

# Directions this much weaker than the strongest, as eigenvalues of each precision, are rounding.
ROUNDING = {torch.float32: 1e-6, torch.float64: 1e-13}


def landmarks(training: Training, count: int, seed: int) -> Training:
    """Return the training with so many of its images, drawn; with all where there are no more."""
    drawn = torch.randperm(len(training.labels), generator=torch.Generator().manual_seed(seed))[:count]
    return Training(training.network, training.recipe, training.images[drawn], training.labels[drawn])


def span(rows: Tensor) -> Tensor:
    """Return orthonormal directions ``(p, r)`` that span rows ``(l, p)``."""
    values, vectors = torch.linalg.eigh(rows @ rows.T)
    strong = values > values[-1] * ROUNDING[rows.dtype]
    return rows.T @ (vectors[:, strong] / values[strong].sqrt())


def principal(moments: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """Return the largest eigenvalues ``(k,)`` of second moments ``(r, r)``, none below 0, and their directions ``(r, k)``."""
    values, vectors = torch.linalg.eigh(moments)
    strongest = slice(max(0, len(values) - kept), None)
    return values[strongest].clamp_min(0), vectors[:, strongest]
