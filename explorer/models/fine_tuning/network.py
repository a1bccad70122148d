"""A block that came trained and a last layer behind it, as one vector θ of weights.

Batch normalisation uses the running statistics that came with the block, so that no image acts on another one and an image of
weight 0 is absent; its scales and shifts are trained. Folded into the convolutions it made the training rougher: AdamW then takes
steps of another metric. ReLU stays what it is: how smooth the training is has to be measured.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from explorer.models.fine_tuning.recipe import FORM
from explorer.models.smooth_cnn.network import Network, Statistics
from explorer.models.smooth_cnn.steps import Batch, State
from explorer.models.smooth_cnn.training import Training


@dataclass(frozen=True, eq=False, kw_only=True)
class TunedNetwork(Network):
    """The part of a network that is trained; its pictures are what the block is given, as rows ``(b, k)``.

    Attributes:
        block: rows to features ``(b, d)``, with the weights that it came with.
        features_read: d.
    """

    block: nn.Module
    features_read: int

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the tensors in θ: those of the block, then weights and bias of the last layer."""
        own = [tuple(part.shape) for part in self.block.parameters()]
        return [*own, (self.classes, self.features_read), (self.classes,)]

    @cached_property
    def names(self) -> list[str]:
        """Of the block's tensors."""
        return [name for name, _ in self.block.named_parameters()]

    def first(self, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return θ before training: the block as it came, a last layer uniform within 1/√d."""
        generator = torch.Generator().manual_seed(seed)
        drawn = 2 * torch.rand((self.classes, self.features_read), generator=generator) - 1
        last = [drawn / math.sqrt(self.features_read), torch.zeros(self.classes)]
        return self.join([part.detach().to(dtype) for part in (*self.block.parameters(), *last)])

    def features(self, theta: Tensor, statistics: Statistics, pixels: Tensor) -> Tensor:
        """Return what the last layer reads ``(b, d)``; autograd follows it."""
        weights = dict(zip(self.names, self.split(theta)[:-2], strict=True))
        found: Tensor = functional_call(self.block, weights, (pixels,))
        return found

    def weighted_risk(
        self, theta: Tensor, pixels: Tensor, labels: Tensor, shares: Tensor, divisor: int
    ) -> tuple[Tensor, Statistics]:
        """Return (1/b) Σ w_i loss_i; there are no statistics."""
        losses = functional.cross_entropy(self.logits(theta, [], pixels), labels, reduction="none")
        return (shares * losses).sum() / divisor, []

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What determines it beside what it is given, as plain values."""
        hashed = sha256()
        for part in self.block.state_dict().values():
            hashed.update(part.detach().contiguous().numpy().tobytes())
        return {"block": hashed.hexdigest(), "names": self.names, "classes": self.classes}


@dataclass(frozen=True, eq=False, kw_only=True)
class TunedTraining(Training):
    """What the block is given of each image, as rows ``(n, k)``, labels and recipe; the images are not varied.

    Attributes:
        frozen: numbers in the part of the network that is not trained.
    """

    frozen: int

    @property
    def stage(self) -> str:
        """What progress is told."""
        return "Training the last block"

    @property
    def identity(self) -> dict[str, Any]:
        """What determines it beside what the block is given and labels, as plain values."""
        return {
            "tuning": FORM,
            "network": cast(TunedNetwork, self.network).identity,
            "recipe": self.recipe.facts,
            "kind": str(self.images.dtype),
        }

    @property
    def share_trained(self) -> float:
        """Share of the network's weights that are trained, 0 to 1."""
        return self.network.size / (self.network.size + self.frozen)

    def given(self, batch: Batch) -> Tensor:
        """Return what the block is given of the images of a batch."""
        return self.images[batch.rows]

    def passed(self, theta: Tensor, pixels: Tensor, labels: Tensor, divisor: int) -> tuple[Tensor, Statistics]:
        """Return ∇θ ``(p,)`` of (1/b) Σ loss_i over the images that are present."""
        return self._weighted(State(theta, theta[:0], []), pixels, labels, pixels.new_ones(len(labels)), divisor)
