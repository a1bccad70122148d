"""A network of timm's up to its last layer, and that layer."""

from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.custom.program import LastLayer
from explorer.models.libraries.last_layers import last_layer, read_by


class TimmFeatures(nn.Module):
    """A network of timm's up to its last layer: images ``(b, 3, size, size)`` to features ``(b, d)``.

    Attributes:
        head: weights and bias of its last layer where that is linear on these features, else None.
        lasts: its last layers where there are several whose scores are averaged: the features are what all of them read.
    """

    head: LastLayer | None = None

    def __init__(self, network: Any, lasts: tuple[nn.Module, ...] = ()) -> None:
        super().__init__()
        self.network, self.lasts = network, lasts

    def forward(self, images: Tensor) -> Tensor:
        """Return what the last layer reads."""
        if self.lasts:
            return read_by(self.lasts, lambda: self.network(images))
        features: Tensor = self.network.forward_head(self.network.forward_features(images), pre_logits=True)
        return features.flatten(1) if features.ndim == 4 and features.shape[2:] == (1, 1) else features


def timm_features(network: Any, size: int, headless: bool) -> TimmFeatures:
    """Return a network as features, with its last layer where its scores are that layer of them, as is seen on two pictures."""
    plain = TimmFeatures(network)
    layers = () if headless else _last_layers(network)
    if not layers:
        return plain
    features = TimmFeatures(network, layers) if len(layers) > 1 else plain
    with torch.inference_mode():
        images = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
        features.head = last_layer(layers, features(images), network(images))
    return plain if features.head is None else features


def _last_layers(network: Any) -> tuple[nn.Module, ...]:
    """Return the linear layers of the classifier."""
    place = network.get_classifier()
    places = place if isinstance(place, tuple | list) else [place]
    parts = [part for each in places if isinstance(each, nn.Module) for part in each.modules()]
    return tuple(part for part in parts if isinstance(part, nn.Linear))
