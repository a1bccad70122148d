"""Our trained network as a plain ``torch.nn.Module``, as a person would have written it: what other libraries are given."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.models.smooth_cnn import Network, Statistics
from explorer.models.smooth_cnn.network import EPSILON


class SmoothMaximum(nn.Module):
    """(1/β) log(1 + Σ exp(βz)) over windows of 2 × 2, or over each value: smooth forms of pooled ReLU and of ReLU.

    Args:
        sharpness: β.
        pooled: whether over windows.
    """

    def __init__(self, sharpness: float, pooled: bool) -> None:
        super().__init__()
        self.sharpness, self.pooled = sharpness, pooled

    def forward(self, z: Tensor) -> Tensor:
        """Return ``(b, c, s/2, s/2)``, or ``(b, c, s, s)``, of ``(b, c, s, s)``."""
        if self.pooled:
            windows = nn.functional.pixel_unshuffle(z, 2).unflatten(1, (z.shape[1], 4))
            z = torch.logsumexp(self.sharpness * windows, dim=2) / self.sharpness
        return functional.softplus(z, self.sharpness)


class Averaged(nn.Module):
    """The mean of each channel."""

    def forward(self, z: Tensor) -> Tensor:
        """Return ``(b, c)`` of ``(b, c, s, s)``."""
        return z.mean((2, 3))


def plain(network: Network) -> nn.Sequential:
    """Return the layers, untrained, in evaluation: ``conv0``, ``norm0``, ``bend0`` and so on, ``mean``, ``last``."""
    module, before = nn.Sequential(), 3
    for layer, width in enumerate(network.widths):
        module.add_module(f"conv{layer}", nn.Conv2d(before, width, 3, padding=1, bias=False))
        module.add_module(f"norm{layer}", nn.BatchNorm2d(width, eps=EPSILON))
        module.add_module(f"bend{layer}", SmoothMaximum(network.sharpness, network.pooled(layer)))
        before = width
    module.add_module("mean", Averaged())
    module.add_module("last", nn.Linear(before, network.classes))
    return module.eval()


def weights(network: Network, theta: Tensor, statistics: Statistics) -> dict[str, Tensor]:
    """Return the ``state_dict`` of :func:`plain` for θ ``(p,)`` and the running statistics."""
    parts = [part.contiguous() for part in network.split(theta)]
    found = {"last.weight": parts[-2], "last.bias": parts[-1]}
    for layer, (mean, variance) in enumerate(statistics):
        kernel, scale, shift = parts[3 * layer : 3 * layer + 3]
        found |= {f"conv{layer}.weight": kernel, f"norm{layer}.weight": scale, f"norm{layer}.bias": shift}
        found |= {f"norm{layer}.running_mean": mean, f"norm{layer}.running_var": variance}
        found[f"norm{layer}.num_batches_tracked"] = torch.tensor(0)
    return found


def trained(network: Network, theta: Tensor, statistics: Statistics) -> nn.Sequential:
    """Return :func:`plain` with its weights."""
    module = plain(network).to(theta.dtype)
    module.load_state_dict(weights(network, theta, statistics))
    return module
