"""The last part of a person's network where it differs from the published one: Dropout and Linear, nested, or several layers.

Tensors say which layers have numbers; what stands between them (an activation, dropout) leaves none and is taken as usual.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from explorer.models.custom.fitting.tensor_names import COUNTER, sizes

# Most outputs and most layers: more are a mistake or a trap.
OUTPUTS, LAYERS = 100_000, 12
# Most numbers of a last part: 400 MB.
NUMBERS = 100_000_000
# What was taken to stand where a file shows a gap behind a norm, and what may stand in another gap beside activations.
DROPOUT, PLAIN = "dropout", (nn.Flatten, nn.Identity, nn.AdaptiveAvgPool2d)


@dataclass(frozen=True, eq=False)
class HeadLayer:
    """One layer with numbers.

    Attributes:
        name: of the layer, relative to the head; empty where the head is this layer.
        kind: ``"linear"``, ``"batch norm"`` or ``"layer norm"``.
        tensors: by their last name.
    """

    name: str
    kind: str
    tensors: dict[str, Any] = field(default_factory=dict)

    @property
    def widths(self) -> tuple[int, int]:
        """How many numbers go in and come out."""
        shape = sizes(self.tensors["weight"])
        return (shape[1], shape[0]) if self.kind == "linear" else (shape[0], shape[0])


class ConcatPool(nn.Module):
    """The largest value and the mean of each channel: maps ``(b, d, height, width)`` to ``(b, 2d, 1, 1)``, as fastai's heads begin."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the largest values, then the means."""
        largest, mean = nn.functional.adaptive_max_pool2d(maps, 1), nn.functional.adaptive_avg_pool2d(maps, 1)
        return torch.cat([largest, mean], dim=1)


def head_places(last: str) -> list[str]:
    """Return where in a network a person may have put a head of their own, the innermost first."""
    parts = last.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def head_layers(tensors: Mapping[str, Any], features: int) -> list[HeadLayer] | None:
    """Return the layers of a head in their order; None where they do not make one that ends in a linear layer.

    Args:
        tensors: of the head by names relative to it, in the order of the file.
        features: how many numbers the network gives to its head.
    """
    groups: dict[str, dict[str, Any]] = {}
    for name, value in tensors.items():
        stem, _, last = name.rpartition(".")
        groups.setdefault(stem, {})[last] = value
    layers = [_layer(name, group) for name, group in groups.items()]
    known = [layer for layer in layers if layer is not None]
    if not known or len(known) < len(layers) or len(known) > LAYERS or known[-1].kind != "linear":
        return None
    if sum(math.prod(sizes(layer.tensors["weight"])) for layer in known) > NUMBERS:
        return None
    width = features
    for layer in known:
        if layer.widths[0] != width:
            return None
        width = layer.widths[1]
    return known if 1 <= width <= OUTPUTS else None


def _layer(name: str, group: Mapping[str, Any]) -> HeadLayer | None:
    shape = sizes(group.get("weight"))
    rest = set(group) - {"weight", "bias", COUNTER}
    if (
        len(shape) == 2
        and not rest
        and COUNTER not in group
        and shape[0] <= OUTPUTS
        and sizes(group.get("bias", ())) in ((), (shape[0],))
    ):
        return HeadLayer(name, "linear", dict(group))
    if len(shape) == 1 and rest == {"running_mean", "running_var"}:
        return HeadLayer(name, "batch norm", dict(group))
    return HeadLayer(name, "layer norm", dict(group)) if len(shape) == 1 and not rest else None


def empty_head(features: int, published: nn.Module) -> tuple[nn.Sequential, dict[str, Any]]:
    """Return a last part that stands where a file has none, and its numbers, which mean nothing."""
    made = nn.Sequential(*_entry(published), nn.Linear(features, 1))
    last = len(made) - 1
    return made, {f"{last}.weight": torch.zeros(1, features), f"{last}.bias": torch.zeros(1)}


def built_head(layers: list[HeadLayer], published: nn.Module) -> tuple[nn.Sequential, dict[str, Any], set[str]]:
    """Return a head without its numbers, these by the names that it has for them, and what was assumed of it.

    That is the names of activations between two layers, and :data:`DROPOUT` where a gap behind a norm was left empty.

    Args:
        layers: from :func:`head_layers`.
        published: what stands in the network at this place; where the places agree, its activations count.
    """
    state: dict[str, Any] = {}
    assumed: set[str] = set()
    made, bare = nn.Sequential(*_entry(published)), False
    for before, layer in zip([None, *layers], layers, strict=False):
        if before is not None and _gap(before.name, layer.name):
            between = _between(before.name, layer.name, published)
            usual = [nn.ReLU()] if bare and not between else []  # before and behind that, a gap is dropout
            assumed |= {type(module).__name__ for module in between or usual if not isinstance(module, PLAIN)}
            assumed |= {DROPOUT} if before.kind != "linear" and not (between or usual) else set()
            bare = False
            for module in between or usual:
                made.append(module)
        state |= {f"{len(made)}.{name}": value for name, value in layer.tensors.items()}
        made.append(_module(layer))
        bare |= layer.kind == "linear"
    return made, state, assumed


def _entry(published: nn.Module) -> list[nn.Module]:
    """Return what makes rows of the maps that some networks give to their last part."""
    maps = any(isinstance(module, nn.Flatten) for module in published.children())
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()] if maps else []


def _module(layer: HeadLayer) -> nn.Module:
    entering, leaving = layer.widths
    if layer.kind == "linear":
        return nn.Linear(entering, leaving, bias="bias" in layer.tensors)
    if layer.kind == "batch norm":
        return nn.BatchNorm1d(entering)
    return nn.LayerNorm(entering, eps=1e-6)


def _gap(before: str, after: str) -> bool:
    """Return whether something without numbers stands between two layers: their places are not neighbours, or are no numbers."""
    pairs = zip(before.split("."), after.split("."), strict=False)
    first, second = next(((a, b) for a, b in pairs if a != b), ("", ""))
    if first.isdigit() and second.isdigit():
        return int(second) - int(first) > 1
    return not re.search(r"(bn|norm)", second, re.IGNORECASE)


def _between(before: str, after: str, published: nn.Module) -> list[nn.Module]:
    """Return the published layers between two places; empty where the published head is built in another way."""
    inside = dict(published.named_children())
    if not (before.isdigit() and after.isdigit() and before in inside and after in inside):
        return []
    found = [inside[str(place)] for place in range(int(before) + 1, int(after)) if str(place) in inside]
    plain = [module for module in found if not isinstance(module, nn.Dropout)]
    return plain if found and all(not list(module.parameters()) for module in found) else []
