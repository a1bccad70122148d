"""A change of a training's state, or what an output makes of one, and how some of them are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from explorer.models.smooth_cnn import Statistics

# Names of what is kept of the statistics of a layer.
PARTS = ("layer_mean", "layer_variance")


@dataclass(eq=False)
class Change:
    """A number for each number of a state: how far it moves, or how far an output f moves with it.

    Attributes:
        theta: of the weights θ ``(p,)``.
        mean: of Adam's running mean m ``(p,)``.
        square: of its running mean square v ``(p,)``.
        statistics: of each layer's running mean and variance β.
    """

    theta: Tensor
    mean: Tensor
    square: Tensor
    statistics: Statistics


Kind = TypeVar("Kind", bound=Change)


def arrays_of(step: int, changes: Sequence[Change]) -> dict[str, np.ndarray]:
    """Return changes of one kind at a step of a training as arrays that can be kept."""
    parts = {name: torch.stack([getattr(each, name) for each in changes]) for name in _vectors(type(changes[0]))}
    for layer, pairs in enumerate(zip(*(each.statistics for each in changes), strict=True)):
        for part, name in enumerate(PARTS):
            parts[f"{name}_{layer}"] = torch.stack([pair[part] for pair in pairs])
    return {"step": np.array(step)} | {name: part.numpy() for name, part in parts.items()}


def changes_of(kind: type[Kind], arrays: Mapping[str, np.ndarray]) -> tuple[int, list[Kind]]:
    """Return the step and the changes of :func:`arrays_of`."""
    layers, vectors, found = sum(name.startswith(PARTS[0]) for name in arrays), _vectors(kind), []
    for row in range(len(arrays[vectors[0]])):
        kept = {name: torch.tensor(part[row]) for name, part in arrays.items() if name != "step"}
        statistics = [(kept[f"{PARTS[0]}_{layer}"], kept[f"{PARTS[1]}_{layer}"]) for layer in range(layers)]
        found.append(kind(**{name: kept[name] for name in vectors}, statistics=statistics))
    return int(arrays["step"]), found


def _vectors(kind: type[Change]) -> list[str]:
    return [each.name for each in fields(kind) if each.name != "statistics"]
