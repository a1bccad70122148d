"""Directions and their replays between NumPy, which keeps them, and torch, which replays them."""

import numpy as np
import torch
from torch import Tensor

from explorer.models.smooth_cnn import Network, Statistics

# Of int8, whose −128 is not used.
LARGEST = 127


def rounded(derivatives: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives ``(K, n)`` as int8 and the scale of each direction ``(K,)``."""
    scales = derivatives.abs().amax(1, keepdim=True) / LARGEST
    steps = torch.where(scales > 0, derivatives / scales, 0).round()
    return steps.to(torch.int8).numpy(), scales[:, 0].to(torch.float32).numpy()


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
