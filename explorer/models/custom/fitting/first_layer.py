"""The first layer of a person's network where it was made for small or for grey pictures."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.custom.fitting.tensor_names import sizes

# The share of each colour channel in the brightness of a pixel, as Pillow's convert("L") has it (ITU-R 601-2).
LUMA = (0.299, 0.587, 0.114)
SMALL = "Its first layer looks at {count} × {count} pixels, as networks for small pictures do: it is taken with stride 1{pooling}."
GREY = "Its first layer takes grey pictures: it is given the brightness of each pixel; give --mean and --std as in training."


def first_convolution(network: nn.Module) -> str:
    """Return the name of a network's first convolution; empty where it has none, as one that reads patches by a linear layer."""
    return next((name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)), "")


def may_be_first(given: Any, wanted: Any) -> bool:
    """Return whether a weight may be the first layer's, smaller or for grey pictures: ``(out, 1 or 3, k, k)`` with k odd or as published."""
    shape, published = sizes(given), sizes(wanted)
    return (
        len(shape) == 4
        and shape[0] == published[0]
        and shape[1] in (1, 3)
        and shape[2] == shape[3] <= published[2]
        and (shape[2] % 2 == 1 or shape[2] == published[2])
        and shape != published
    )


def adapt_first_layer(
    network: nn.Module, name: str, weight: Tensor, state: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Fit a network's first layer to a person's weight; return the state for it, and what was assumed, in sentences.

    A weight for grey pictures becomes one for three channels that computes the same from the brightness.
    """
    published = network.get_submodule(name)
    assert isinstance(published, nn.Conv2d)
    notes, kernel = [], weight.shape[2]
    if kernel != published.kernel_size[0]:
        parent, _, last = name.rpartition(".")
        made = nn.Conv2d(3, len(weight), kernel, 1, kernel // 2, bias=published.bias is not None)
        setattr(network.get_submodule(parent), last, made)
        notes.append(SMALL.format(count=kernel, pooling=_without_pooling(network, parent)))
    if weight.shape[1] == 1:
        weight = weight.float() * torch.tensor(LUMA).view(1, 3, 1, 1)
        notes.append(GREY)
    return {**state, f"{name}.weight": weight}, notes


def _without_pooling(network: nn.Module, parent: str) -> str:
    """Take away the pooling beside the first layer, which such networks do without; return how to say so."""
    holder = network.get_submodule(parent)
    names = [name for name, module in holder.named_children() if isinstance(module, nn.MaxPool2d)]
    for name in names[:1]:
        setattr(holder, name, nn.Identity())
    return ", and the pooling after it is left out" if names else ""
