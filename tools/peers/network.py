"""Our trained network as a plain ``torch.nn.Module``, as a person would have written it: what other libraries are given."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.models.smooth_cnn import Network, Statistics
from explorer.models.smooth_cnn.cosines import channels, kernels
from explorer.models.smooth_cnn.network import EPSILON


class Cosines(nn.Module):
    """The first layer, which has no weights to train.

    Args:
        detail: highest order of its cosines.
    """

    def __init__(self, detail: int) -> None:
        super().__init__()
        self.kernels = kernels(detail)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return ``(b, channels, s, s/2)``, the picture above its mirror image, of ``(b, 3, s, s)``."""
        both = [
            functional.conv2d(each, self.kernels.to(pixels.dtype), stride=2, padding=1)
            for each in (pixels, pixels.flip(3))
        ]
        return torch.cat(both, 2)


class Averaged(nn.Module):
    """The mean of each channel."""

    def forward(self, z: Tensor) -> Tensor:
        """Return ``(b, c)`` of ``(b, c, s, s)``."""
        return z.mean((2, 3))


def plain(network: Network) -> nn.Sequential:
    """Return the layers, untrained, in evaluation: ``cosines``, ``conv0``, ``norm0``, ``bend0``, ``pool0`` and so on, ``mean``, ``last``."""
    module, before = nn.Sequential(), channels(network.detail)
    module.add_module("cosines", Cosines(network.detail))
    for layer, width in enumerate(network.widths):
        module.add_module(f"conv{layer}", nn.Conv2d(before, width, 3, padding=1, bias=False))
        module.add_module(f"norm{layer}", nn.BatchNorm2d(width, eps=EPSILON))
        module.add_module(f"bend{layer}", nn.SiLU())
        if network.pooled(layer):
            module.add_module(f"pool{layer}", nn.AvgPool2d(2))
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
