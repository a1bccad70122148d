"""Directions and their replays between NumPy, which keeps them, and torch, which replays them."""

import numpy as np
import torch
from torch import Tensor

from explorer.models.smooth_cnn import Network, Statistics


def flat(theta: Tensor, statistics: Statistics) -> Tensor:
    """Return ∂f/∂θ and ∂f/∂β as one vector ``(q,)``."""
    return torch.cat([theta, *(part for pair in statistics for part in pair)])


def outputs_of(vectors: np.ndarray, network: Network, dtype: torch.dtype) -> list[tuple[Tensor, Statistics]]:
    """Return vectors ``(k, q)`` as :func:`explorer.attribution.unrolled.gradients_of_weights` takes them."""
    sizes = [network.size, *(len(part) for pair in network.first_statistics() for part in pair)]
    found = []
    for vector in vectors:
        theta, *parts = torch.tensor(vector, dtype=dtype).split(sizes)
        found.append((theta, list(zip(parts[::2], parts[1::2], strict=True))))
    return found
