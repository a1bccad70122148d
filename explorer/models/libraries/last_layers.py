"""The last layers of a library's network: one, or several whose scores are averaged, as networks have that learned from another one."""

from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.custom.program import LastLayer

# A last layer gives what the whole network gives to this part of the largest number.
AGREEMENT = 1e-4
# Belongs to what features of two last layers are known by: earlier ones were read at one of them.
BOTH = "both last layers"


def read_by(layers: Sequence[nn.Module], run: Callable[[], Any]) -> Tensor:
    """Return what some layers read while ``run`` computes a batch of b pictures, side by side ``(b, d)``.

    Where not all of them are called, it is what the last of those reads that are.

    Raises:
        RuntimeError: none is called.
    """
    seen: dict[nn.Module, Tensor] = {}
    here = get_ident()  # another thread may compute another batch

    def keep(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if get_ident() == here:
            seen[layer] = inputs[0]

    handles = [layer.register_forward_pre_hook(keep) for layer in layers]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    found = [seen[layer] for layer in layers if layer in seen]
    if not found:
        raise RuntimeError("the network calls none of its last layers")
    return torch.cat(found, dim=-1) if len(found) == len(layers) > 1 else found[-1]


def last_layer(layers: Sequence[nn.Module], rows: Tensor, scores: Tensor) -> LastLayer | None:
    """Return the layer that makes a network's scores of its features: the one, or the mean of all; None where it does not.

    Args:
        layers: linear ones.
        rows: what they read of some pictures, side by side ``(b, d)``.
        scores: that the network gives to these ``(b, C)``.
    """
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    widths, outputs = [layer.in_features for layer in linear], {layer.out_features for layer in linear}
    if len(linear) < len(layers) or outputs != {scores.shape[-1]} or rows.ndim != 2 or rows.shape[1] != sum(widths):
        return None
    weight = torch.cat([layer.weight for layer in linear], dim=1) / len(linear)
    biases: list[Tensor] = [torch.zeros(layer.out_features) if layer.bias is None else layer.bias for layer in linear]
    bias = torch.stack(biases).mean(dim=0)
    near = (rows @ weight.T + bias - scores).abs().max() <= AGREEMENT * scores.abs().max()
    return (weight.double().numpy(), bias.double().numpy()) if near else None
