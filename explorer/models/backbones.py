"""Frozen torchvision networks: a picture becomes the row of numbers that the last layer reads."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torch.nn import functional

from explorer.datasets.base import Pictures
from explorer.models.weights import fetch, path_of, weights_of
from explorer.progress import Progress
from explorer.vision import torchvision

# ImageNet's mean and deviation of each colour channel, with which all of torchvision's weights were trained.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Images a batch: at 128 px on two cores 10 took 43 s for 12,000, 50 took 53 s (the cache holds no more).
BATCH = 10


@dataclass(frozen=True)
class Backbone:
    """A torchvision classification network without its last layer.

    Attributes:
        name: torchvision's name of it.
        size: pictures are enlarged or cut to this many pixels square.
    """

    name: str
    size: int

    @property
    def recipe(self) -> dict[str, str | int]:
        """What determines the features beside the pictures: the weights' file and how pictures are prepared."""
        return {"network": self.name, "weights": path_of(self.name).name, "size": self.size, "resize": "bicubic"}

    def load(self, progress: Progress) -> nn.Module:
        """Return the network with its official weights, frozen."""
        path = fetch(self.name, progress)
        network = torchvision.models.get_model(self.name, weights=None, **self._options())
        network.load_state_dict(_renamed(torch.load(path, map_location="cpu", weights_only=True)))
        return _fused(network.eval().requires_grad_(False))

    def _options(self) -> dict[str, Any]:
        """Networks with a second head must be built with it for their weights to fit."""
        arguments = {"googlenet": {"aux_logits": True}, "inception_v3": {"aux_logits": True}}
        return {**arguments.get(self.name, {}), "num_classes": len(weights_of(self.name).meta["categories"])}


def _fused(network: nn.Module) -> nn.Module:
    """Return the network with its batch norms folded into its convolutions, where it can be traced: 1.5 times faster."""
    with contextlib.suppress(TypeError, torch.fx.proxy.TraceError):  # the same features to rounding, only slower
        network = fuse(network)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types


def _renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the state with the old DenseNet names (``norm.1``) written as the new ones (``norm1``)."""
    return {_new_name(name): value for name, value in state.items()}


def _new_name(name: str) -> str:
    for part in ("norm", "relu", "conv"):
        for number in "12":
            if "denselayer" in name:
                name = name.replace(f".{part}.{number}.", f".{part}{number}.")
    return name


def extract(network: nn.Module, pictures: Pictures, rows: Sequence[int], size: int) -> np.ndarray:
    """Return features ``(len(rows), d)`` float32: what the network's last layer reads.

    Args:
        network: a torchvision classification network.
        pictures: the images.
        rows: which of them.
        size: pixels square that the network is given.
    """
    seen: list[Tensor] = []
    handle = last_layer(network).register_forward_pre_hook(lambda _, inputs: seen.append(pooled(inputs[0])))
    try:
        with torch.inference_mode():
            for batch in _batches(pictures, rows, size):
                network(batch.contiguous(memory_format=torch.channels_last))
    finally:
        handle.remove()
    return torch.cat(seen).numpy()


def last_layer(network: nn.Module) -> nn.Module:
    """Return the layer that turns features into class scores: the last linear one, else the last convolution."""
    for kind in (nn.Linear, nn.Conv2d):
        found = [module for module in network.modules() if isinstance(module, kind)]
        if found:
            return found[-1]
    raise TypeError(f"{type(network).__name__} has neither a linear layer nor a convolution")


def pooled(features: Tensor) -> Tensor:
    """Return features ``(b, d)``: maps are averaged over their pixels (SqueezeNet's last layer is a convolution)."""
    return features.mean(dim=(2, 3)) if features.ndim == 4 else features.flatten(1)


def _batches(pictures: Pictures, rows: Sequence[int], size: int) -> Iterator[Tensor]:
    """Yield normalised batches ``(b, 3, size, size)``; pictures of one small size are enlarged together."""
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    for start in range(0, len(rows), BATCH):
        chosen = [pictures[row] for row in rows[start : start + BATCH]]
        yield (prepared(chosen, size) - mean) / deviation


def prepared(pictures: list[Image.Image], size: int) -> Tensor:
    """Return ``(b, 3, size, size)`` in 0 … 1: shortest side to ``size`` (bicubic), centre cut out."""
    if len({picture.size for picture in pictures}) == 1 and pictures[0].width == pictures[0].height:
        batch = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2) / 255
        if batch.shape[-1] == size:
            return batch
        return functional.interpolate(batch, (size, size), mode="bicubic", antialias=True).clamp(0, 1)
    return torch.stack([torch.from_numpy(_cut(picture, size)).permute(2, 0, 1) / 255 for picture in pictures])


def _cut(picture: Image.Image, size: int) -> np.ndarray:
    (width, height), (left, top) = cut(picture.size, size)
    enlarged = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.array(enlarged.crop((left, top, left + size, top + size)))


def cut(shape: tuple[int, int], size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return to which (width, height) a picture is scaled, and the left upper corner of the square that is cut out."""
    scale = size / min(shape)
    width, height = (max(size, round(side * scale)) for side in shape)
    return (width, height), ((width - size) // 2, (height - size) // 2)
