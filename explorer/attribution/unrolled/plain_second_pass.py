"""The derivative of a batch's gradient by autograd, for a network whose layers nobody differentiated by hand.

It returns what :mod:`explorer.attribution.unrolled.second_pass` does, for twice the time.
"""

from typing import Protocol

import torch
from torch import Tensor

from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.models.fine_tuning.network import TunedNetwork
from explorer.models.smooth_cnn.network import Network, Statistics
from explorer.models.smooth_cnn.pass_through import Pass


class Second(Protocol):
    """A batch whose gradient can be differentiated once more."""

    def __call__(self, direction: Tensor, pull: Statistics) -> tuple[Tensor, Tensor]:
        """Return ∂φ/∂θ ``(p,)`` and ∂φ/∂w ``(b,)``, from a direction in θ and a pull on the statistics."""

    def gradient(self) -> Tensor:
        """Return ∇θ of the batch's loss ``(p,)``."""


def second_pass(network: Network, theta: Tensor, pixels: Tensor, labels: Tensor) -> Second:
    """Return a batch, all images of weight 1, ready for directions."""
    if isinstance(network, TunedNetwork):
        return PlainSecondPass(network, theta, pixels, labels)
    return SecondPass(Pass(network, theta, pixels, labels, len(labels)))


class PlainSecondPass:
    """A batch whose gradient can be differentiated once more, in θ and in the weights of its images.

    Args:
        network: the layers.
        theta: θ ``(p,)``.
        pixels: what the network is given ``(b, …)``.
        labels: ``(b,)``.
    """

    @torch.enable_grad()
    def __init__(self, network: Network, theta: Tensor, pixels: Tensor, labels: Tensor) -> None:
        self._of = theta.detach().requires_grad_(), theta.new_ones(len(labels)).requires_grad_()
        risk, self._statistics = network.weighted_risk(self._of[0], pixels, labels, self._of[1], len(labels))
        (self._gradient,) = torch.autograd.grad(risk, self._of[0], create_graph=True)

    def gradient(self) -> Tensor:
        """Return ∇θ of the batch's loss ``(p,)``."""
        return self._gradient.detach()

    @torch.enable_grad()
    def __call__(self, direction: Tensor, pull: Statistics) -> tuple[Tensor, Tensor]:
        """Return ∂φ/∂θ ``(p,)`` and ∂φ/∂w ``(b,)`` of φ = q · ∇L + Σ ρ · statistics."""
        phi = direction @ self._gradient
        for (mean, variance), (of_mean, of_variance) in zip(self._statistics, pull, strict=True):
            phi = phi + mean @ of_mean + variance @ of_variance
        change, shares = torch.autograd.grad(phi, self._of, retain_graph=True)
        return change, shares
