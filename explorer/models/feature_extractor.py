"""A network up to the layer that is read: pictures go in, rows of numbers come out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import DEFAULT_SPEC, DEVIATION, MEAN, NetworkSpec

# What stands behind a layer's name to say that its input is meant.
INPUT = ":input"
# As many names of layers as a sentence can carry.
NAMED = 60


@dataclass(frozen=True)
class LayerHook:
    """Where features are read.

    Attributes:
        module: the layer.
        before: whether its input is read, else its output.
        channels_last: whether its maps are ``(b, height, width, d)``, as Swin's are inside.
    """

    module: nn.Module
    before: bool = True
    channels_last: bool = False

    @staticmethod
    def find(network: nn.Module, layer: str = "", channels_last: bool = False) -> "LayerHook":
        """Return the layer of this name; the last layer's input where none is named.

        Raises:
            ExplorerError: the network has no such layer; its layers are listed.
        """
        if not layer:
            return LayerHook(last_layer(network))
        before, found = layer.endswith(INPUT), dict(network.named_modules())
        name = layer.removesuffix(INPUT)
        if not name or name not in found:
            raise unknown_layer(layer, [name for name in found if name])
        return LayerHook(found[name], before, channels_last)


class FeatureExtractor(nn.Module):
    """Pictures ``(b, 3, size, size)`` in 0 … 1 to features ``(b, d)``, on the device that the network is on."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, tap: LayerHook | None = None, own: NetworkSpec = DEFAULT_SPEC) -> None:
        super().__init__()
        self.network, self.tap = network, tap
        place = next(iter([*network.parameters(), *network.buffers()]), torch.empty(0)).device
        for name, values in (("mean", own.mean or MEAN), ("deviation", own.std or DEVIATION)):
            self.register_buffer(name, torch.tensor(values, device=place).view(3, 1, 1), persistent=False)

    @staticmethod
    def wrap(network: nn.Module) -> "FeatureExtractor":
        """Return ``network`` if it is one, else the features that its last layer reads."""
        return network if isinstance(network, FeatureExtractor) else FeatureExtractor(network, LayerHook.find(network))

    def forward(self, images: Tensor) -> Tensor:
        """Return the features.

        Raises:
            ExplorerError: pictures of this size do not go through, or the layer is not used.
        """
        given = ((images.to(self.mean.device) - self.mean) / self.deviation).contiguous(
            memory_format=torch.channels_last
        )
        try:
            return self._read(given)
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ExplorerError(_too(error, images.shape[-1])) from error

    def _read(self, given: Tensor) -> Tensor:
        if self.tap is None:
            return pooled(self.network(given))
        caught: list[Any] = []
        handle = self._hook(self.tap, caught)
        try:
            self.network(given)
        finally:
            handle.remove()
        if not caught:
            raise ExplorerError("No picture passes through this layer when it is classified; choose another --layer.")
        return pooled(caught[-1], self.tap.channels_last)

    def _hook(self, tap: LayerHook, caught: list[Any]) -> Any:
        """Listen to the layer; one that is used several times is read the last time."""
        if tap.before:
            return tap.module.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]))
        return tap.module.register_forward_hook(lambda _, inputs, output: caught.append(output))

    def head(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the last layer as it came: weights ``(C, d)`` and bias ``(C,)`` in float64.

        None where it does not read these features, or is no linear layer (SqueezeNet's is a convolution).
        """
        tap = self.tap
        if (
            tap is None
            or not tap.before
            or not isinstance(tap.module, nn.Linear)
            or tap.module is not last_layer(self.network)
        ):
            return None
        weight, bias = tap.module.weight.detach(), tap.module.bias
        shift = torch.zeros(len(weight)) if bias is None else bias.detach()
        return weight.cpu().double().numpy(), shift.cpu().double().numpy()


def last_layer(network: nn.Module) -> nn.Module:
    """Return the layer that turns features into class scores: the last linear one, else the last convolution."""
    for kind in (nn.Linear, nn.Conv2d):
        found = [module for module in network.modules() if isinstance(module, kind)]
        if found:
            return found[-1]
    raise TypeError(f"{type(network).__name__} has neither a linear layer nor a convolution")


def last_layer_name(network: nn.Module) -> str:
    """Return by which name a network knows its last layer."""
    last = last_layer(network)
    return next(name for name, module in network.named_modules() if module is last)


def pooled(features: Any, channels_last: bool = False) -> Tensor:
    """Return features ``(b, d)``: maps are averaged over their pixels, sequences over their members.

    Raises:
        ExplorerError: the layer gives something else.
    """
    features = features[0] if isinstance(features, tuple | list) and features else features
    if not isinstance(features, Tensor) or features.ndim not in (2, 3, 4):
        shape = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ExplorerError(
            f"This layer gives {shape}, not rows, sequences or maps of numbers; choose another --layer."
        )
    if features.ndim == 4:
        return features.mean(dim=(1, 2) if channels_last else (2, 3))
    return features.mean(dim=1) if features.ndim == 3 else features


def unknown_layer(layer: str, names: list[str]) -> ExplorerError:
    """Return the sentence that lists the layers there are, the outer ones first."""
    shown = sorted(names, key=lambda name: name.count("."))[:NAMED]
    more = f" and {len(names) - len(shown)} inside them" if len(names) > len(shown) else ""
    return ExplorerError(
        f"There is no layer {layer!r}; give a name for its output, or a name with {INPUT} for its input. The layers are: {', '.join(shown)}{more}."
    )


def _too(error: Exception, size: int) -> str:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:160]
    return f"Pictures of {size} px do not go through this network ({said}); choose another --size, or --device cpu where the memory is too small."
