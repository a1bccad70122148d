"""One batch through the network in training and back, written out layer by layer: what autograd does in twice the time.

Used for every step of training; :mod:`explorer.attribution.unrolled` differentiates it once more.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.models.smooth_cnn.network import EPSILON, Network, Statistics
from explorer.models.smooth_cnn.smooth_unit import SmoothUnit


@dataclass(eq=False)
class Layer:
    """One convolution with its normalisation, as a batch has passed it.

    Attributes:
        weights: ``(c, before, 3, 3)``.
        scale: of the normalisation ``(c,)``.
        entered: what came in ``(b, before, s, s)``.
        raw: what the convolution made of it ``(b, c, s, s)``.
        mean: of the batch ``(c,)``.
        inverse: 1/√(variance + ε) of the batch ``(c,)``.
        bent: the smooth unit behind it.
    """

    weights: Tensor
    scale: Tensor
    entered: Tensor
    raw: Tensor
    mean: Tensor
    inverse: Tensor
    bent: SmoothUnit

    @property
    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and variance of the batch ``(c,)``."""
        return self.mean, self.inverse**-2 - EPSILON

    def projected(self, gradient: Tensor, scale: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return r(g − mean g − â mean(gâ)) for g = scale · gradient, then Σ gradient · â and Σ gradient of each channel.

        That is the derivative of normalising, which is its own transpose; â are the normalised values, r the inverse deviation.
        """
        kept = (None, None, self.mean, self.inverse, True, EPSILON, [True, True, True])
        return torch.ops.aten.native_batch_norm_backward(gradient, self.raw, scale, *kept)


class Pass:
    """A batch through the network, all images of weight 1.

    Args:
        network: the layers.
        theta: θ ``(p,)``.
        pixels: ``(r, 3, s, s)``, channels last in memory.
        labels: ``(r,)``.
        divisor: b; the loss is (1/b) Σ loss_i, whoever was left out of the batch.

    Attributes:
        layers: as they were passed.
        features: what the last layer reads ``(r, d)``.
        probabilities: ``(r, C)``.
        residuals: (p − y)/b ``(r, C)``.
    """

    def __init__(self, network: Network, theta: Tensor, pixels: Tensor, labels: Tensor, divisor: int) -> None:
        self.network, self.labels, self.divisor = network, labels, divisor
        self.tensors = network.split(theta)
        self.layers: list[Layer] = []
        z = network.seen(pixels)
        for number in range(len(network.widths)):
            z = self._enter(z, number)
        self.cells = z.shape[2] * z.shape[3]
        self.features = z.mean((2, 3))
        self.probabilities = (self.features @ self.tensors[-2].T + self.tensors[-1]).softmax(dim=1)
        truth = functional.one_hot(labels, network.classes)
        self.residuals = (self.probabilities - truth) / divisor

    def _enter(self, entered: Tensor, number: int) -> Tensor:
        weights, scale, shift = self.tensors[3 * number : 3 * number + 3]
        raw = functional.conv2d(entered, weights, padding=1)
        z, mean, inverse = torch.native_batch_norm(raw, scale, shift, None, None, True, 0.0, EPSILON)
        bent = SmoothUnit(z, self.network.pooled(number))
        self.layers.append(Layer(weights, scale, entered, raw, mean, inverse, bent))
        return bent.value

    @property
    def loss(self) -> float:
        """Of the batch, nats."""
        rows = torch.arange(len(self.labels))
        return float(-self.probabilities[rows, self.labels].log().sum()) / self.divisor

    @property
    def statistics(self) -> Statistics:
        """Mean and variance of each layer."""
        return [layer.statistics for layer in self.layers]

    def spread(self, gradient: Tensor) -> Tensor:
        """Return ∂f/∂(last pictures) for ∂f/∂features ``(r, d)``."""
        wide = (gradient / self.cells)[:, :, None, None]
        return wide.expand(self.layers[-1].bent.value.shape)

    def gradient(self) -> Tensor:
        """Return ∇θ of the loss ``(p,)``."""
        parts = [self.residuals.T @ self.features, self.residuals.sum(0)]
        pulled = self.spread(self.residuals @ self.tensors[-2])
        for number, layer in reversed(list(enumerate(self.layers))):
            raw, scale, shift = layer.projected(layer.bent.pull(pulled), layer.scale)
            pulled, weights = convolution_pull(raw, layer.entered, layer.weights, (number > 0, True))
            parts = [weights, scale, shift, *parts]
        return self.network.join(parts)


def convolution_pull(raw: Tensor, entered: Tensor, weights: Tensor, wanted: tuple[bool, bool]) -> tuple[Tensor, Tensor]:
    """Return ∂f/∂(what came in) and ∂f/∂weights for ∂f/∂raw, each where it is ``wanted``, else None."""
    same = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1, [*wanted, False])
    found = torch.ops.aten.convolution_backward(raw, entered, weights, None, *same)
    return found[0], found[1]
