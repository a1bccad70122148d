"""A network up to the layer whose values are the features: images in, rows of features out."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import DEFAULT_SPEC, DEVIATION, MEAN, NetworkSpec

# Suffix of a layer's name that selects the layer's input instead of its output.
INPUT = ":input"
# The most names of layers that an error lists.
NAMED = 60


@dataclass(frozen=True)
class LayerHook:
    """The place in a network at which features are taken.

    Attributes:
        module: the layer.
        before: whether its input is taken, else its output.
        channels_last: whether its feature maps are ``(b, height, width, d)``, as those inside Swin are.
    """

    module: nn.Module
    before: bool = True
    channels_last: bool = False

    @staticmethod
    def find(network: nn.Module, layer: str = "", channels_last: bool = False) -> "LayerHook":
        """Return the hook of the layer called ``layer``; the last layer's input where that is empty.

        Raises:
            ExplorerError: the network has no such layer; the message lists those it has.
        """
        if not layer:
            return LayerHook(last_layer(network))
        before, modules = layer.endswith(INPUT), dict(network.named_modules())
        name = layer.removesuffix(INPUT)
        if not name or name not in modules:
            raise unknown_layer(layer, [name for name in modules if name])
        return LayerHook(modules[name], before, channels_last)


class FeatureExtractor(nn.Module):
    """A module from images ``(b, 3, size, size)`` in 0 … 1 to features ``(b, d)``, on the network's device.

    Args:
        network: the classification network, or a program that ends at the layer.
        hook: where the features are taken; None where they are what the network returns.
        spec: mean and deviation with which pixels are normalised.

    Attributes:
        notes: sentences for a person on what was taken from their file.
        headless: whether the last layer is none of theirs.
        classes: names of the last layer's outputs, where the file tells them.
        quick: normalised images to the same features, where another library computes them faster; derivatives stay torch's.
    """

    notes: tuple[str, ...] = ()
    headless: bool = False
    classes: tuple[str, ...] = ()
    quick: Callable[[Tensor], Tensor] | None = None
    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, hook: LayerHook | None = None, spec: NetworkSpec = DEFAULT_SPEC) -> None:
        super().__init__()
        self.network, self.hook = network, hook
        device = next(iter([*network.parameters(), *network.buffers()]), torch.empty(0)).device
        for name, values in (("mean", spec.mean or MEAN), ("deviation", spec.std or DEVIATION)):
            self.register_buffer(name, torch.tensor(values, device=device).view(3, 1, 1), persistent=False)

    def normalise(self, mean: tuple[float, ...], deviation: tuple[float, ...], white: float = 1.0) -> None:
        """Normalise from now on by a mean and a deviation ``(3,)`` of values in which white is ``white``."""
        for known, values in ((self.mean, mean), (self.deviation, deviation)):
            known.copy_((torch.tensor(values, dtype=torch.float64) / white).view(3, 1, 1))

    @staticmethod
    def wrap(network: nn.Module) -> "FeatureExtractor":
        """Return ``network`` where it is a feature extractor already, else one that takes the input of its last layer."""
        return network if isinstance(network, FeatureExtractor) else FeatureExtractor(network, LayerHook.find(network))

    def forward(self, images: Tensor) -> Tensor:
        """Return the features ``(b, d)``.

        Raises:
            ExplorerError: the network cannot process images of this size, or the layer is not used in classification.
        """
        given = images.to(self.mean.device)
        try:
            if self.quick is not None and not torch.is_grad_enabled():
                return self.quick(torch.sub(given, self.mean).div_(self.deviation))
            normalised = (given - self.mean) / self.deviation
            return self.features_of(normalised.contiguous(memory_format=torch.channels_last))
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ExplorerError(_forward_error(error, images.shape[-1])) from error

    def features_of(self, images: Tensor) -> Tensor:
        """Return the features ``(b, d)`` of normalised images, computed by torch."""
        if self.hook is None:
            return pooled(self.network(images))
        values: list[Any] = []
        handle = self._register(self.hook, values)
        try:
            self.network(images)
        finally:
            handle.remove()
        if not values:
            raise ExplorerError("No picture passes through this layer when it is classified; choose another --layer.")
        return pooled(values[-1], self.hook.channels_last)

    def _register(self, hook: LayerHook, values: list[Any]) -> Any:
        """Append the layer's values to ``values`` whenever it computes in this thread; the last are the features."""
        here = get_ident()

        def hear(value: Any) -> None:
            if get_ident() == here:
                values.append(value)

        if hook.before:
            return hook.module.register_forward_pre_hook(lambda _, inputs: hear(inputs[0]))
        return hook.module.register_forward_hook(lambda _, inputs, output: hear(output))

    def head(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the last layer as it was loaded: weights ``(C, d)`` and bias ``(C,)`` in float64.

        None where its input is not these features, or it is no linear layer (SqueezeNet's is a convolution).
        """
        hook = self.hook
        if (
            hook is None
            or self.headless
            or not hook.before
            or not isinstance(hook.module, nn.Linear)
            or hook.module is not last_layer(self.network)
        ):
            return None
        weight, bias = hook.module.weight.detach(), hook.module.bias
        shift = torch.zeros(len(weight)) if bias is None else bias.detach()
        return weight.cpu().double().numpy(), shift.cpu().double().numpy()


def last_layer(network: nn.Module) -> nn.Module:
    """Return the layer that turns features into class scores: the last linear one, else the last convolution."""
    for kind in (nn.Linear, nn.Conv2d):
        modules = [module for module in network.modules() if isinstance(module, kind)]
        if modules:
            return modules[-1]
    raise TypeError(f"{type(network).__name__} has neither a linear layer nor a convolution")


def last_layer_name(network: nn.Module) -> str:
    """Return the name of a network's last layer, such as ``fc``."""
    last = last_layer(network)
    return next(name for name, module in network.named_modules() if module is last)


def pooled(features: Any, channels_last: bool = False) -> Tensor:
    """Return features ``(b, d)``: feature maps are averaged over their pixels, sequences over their tokens.

    Raises:
        ExplorerError: the layer's values are neither rows, sequences nor maps.
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
    """Return the error for a layer that does not exist; it lists those that do, the outer ones first."""
    shown = sorted(names, key=lambda name: name.count("."))[:NAMED]
    more = f" and {len(names) - len(shown)} inside them" if len(names) > len(shown) else ""
    return ExplorerError(
        f"There is no layer {layer!r}; give a name for its output, or a name with {INPUT} for its input. The layers are: {', '.join(shown)}{more}."
    )


def _forward_error(error: Exception, size: int) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    inner = lines[0].startswith("The following operation failed in the TorchScript")  # whose reason stands last
    reason = lines[-1 if inner else 0].rstrip(".")[:160]
    return f"Pictures of {size} px do not go through this network ({reason}); choose another --size, or --device cpu where the memory is too small."
