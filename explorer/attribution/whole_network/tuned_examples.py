"""The gradient of each picture of its own through a block that was trained on, by autograd."""

import torch
from torch import Tensor

from explorer.models.fine_tuning.network import TunedNetwork
from explorer.models.smooth_cnn import State, Statistics


class TunedExamplePass:
    """Pictures through the trained block and its last layer; as :class:`example_gradients.ExamplePass`.

    Args:
        network: the block.
        state: trained.
        pixels: what the block is given ``(b, k)``.

    Attributes:
        logits: ``(b, C)``.
    """

    @torch.enable_grad()
    def __init__(self, network: TunedNetwork, state: State, pixels: Tensor) -> None:
        self._theta = state.theta.detach().requires_grad_()
        self._logits = network.logits(self._theta, [], pixels)
        self.logits = self._logits.detach()

    def gradients(self, slopes: Tensor) -> Tensor:
        """Return ∂f/∂θ of each picture ``(b, p)`` for ∂f/∂logits ``(b, C)``."""
        apart = torch.diag_embed(slopes.T).permute(1, 2, 0)  # (b, b, C): each picture's own slopes, 0 for all others
        return torch.stack([torch.autograd.grad(self._logits, self._theta, own, retain_graph=True)[0] for own in apart])

    def statistics(self, gradients: Tensor) -> list[Statistics]:
        """Return ∂f/∂β of each picture: a block has none."""
        return [[] for _ in gradients]
