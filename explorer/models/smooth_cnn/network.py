"""The network of ``small-cnn-smooth``: cosines, convolutions, batch normalisation that weighs its images, SiLU, a last layer.

Its weights are one vector θ, so that a step of training, and the derivative of one, are a few lines. An image of weight 0 is
absent: it is neither in the loss nor in the statistics of batch normalisation.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from explorer.models.smooth_cnn.cosines import channels, coefficients
from explorer.models.smooth_cnn.smooth_unit import smooth_unit

EPSILON = 1e-5
# Pictures a pass where only predictions are needed.
CHUNK = 250
# The running mean and variance of each normalisation's channels.
Statistics = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Network:
    """The layers and how θ is divided among them.

    Attributes:
        widths: channels of each convolution.
        classes: number of classes.
        detail: highest order of the cosines that the first layer, which is not trained, makes of a picture.
    """

    widths: tuple[int, ...]
    classes: int
    detail: int

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the tensors in θ: three a convolution (weights, scale, shift), then weights and bias of the last layer."""
        layers = [
            [(after, before, 3, 3), (after,), (after,)]
            for before, after in pairwise((channels(self.detail), *self.widths))
        ]
        return [shape for layer in layers for shape in layer] + [(self.classes, self.widths[-1]), (self.classes,)]

    @cached_property
    def sizes(self) -> list[int]:
        """Numbers in each tensor of θ."""
        return [math.prod(shape) for shape in self.shapes]

    @property
    def size(self) -> int:
        """Numbers in θ."""
        return sum(self.sizes)

    def split(self, theta: Tensor) -> list[Tensor]:
        """Return views of θ ``(p,)`` as the tensors of the layers; weights of convolutions lie in memory as torch is fastest."""
        parts = theta.split(self.sizes)
        return [_viewed(part, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def join(self, tensors: list[Tensor]) -> Tensor:
        """Return tensors of the layers as one vector, the opposite of :meth:`split`."""
        return torch.cat([_flat(tensor) for tensor in tensors])

    def by_filter(self, values: Tensor) -> Tensor:
        """Return for each of ``(p,)`` the mean over its filter, its class's weights in the last layer, or its layer's scales or shifts."""
        found = values.clone()
        for part in self.split(found):
            part.copy_((part.flatten(1).mean(1) if part.dim() > 1 else part.mean()).view(-1, *[1] * (part.dim() - 1)))
        return found

    def seen(self, pixels: Tensor) -> Tensor:
        """Return what the first convolution reads ``(b, channels, s/2, s/2)`` of pictures ``(b, 3, s, s)``."""
        return coefficients(pixels, self.detail)

    def seen_twice(self, pixels: Tensor) -> Tensor:
        """Return what it reads in evaluation ``(b, channels, s, s/2)``: the picture and below it its mirror image.

        The last layer reads means over all of it, so that a picture and its mirror image are nearly the same picture.
        """
        return torch.cat([self.seen(pixels), self.seen(pixels.flip(3))], 2).contiguous(
            memory_format=torch.channels_last
        )

    def pooled(self, layer: int) -> bool:
        """Whether the picture is halved after convolution ``layer``."""
        return layer < len(self.widths) - 1

    def first(self, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return the untrained θ: uniform within 1/√(inputs), scales 1, shifts 0."""
        generator = torch.Generator().manual_seed(seed)
        theta = torch.empty(self.size, dtype=dtype)
        for row, part in enumerate(self.split(theta)):
            if part.dim() > 1:
                part.copy_((2 * torch.rand(part.shape, generator=generator) - 1) / math.sqrt(part[0].numel()))
            else:
                part.fill_(1.0 if row % 3 == 1 and row < 3 * len(self.widths) else 0.0)
        return theta

    def first_statistics(self, dtype: torch.dtype = torch.float32) -> Statistics:
        """Return the running statistics before training: means 0, variances 1."""
        return [(torch.zeros(width, dtype=dtype), torch.ones(width, dtype=dtype)) for width in self.widths]

    def logits(self, theta: Tensor, statistics: Statistics, pixels: Tensor) -> Tensor:
        """Return ``(b, C)`` in evaluation, by the running statistics; autograd follows it."""
        return self.last(theta, self.features(theta, statistics, pixels))

    def features(self, theta: Tensor, statistics: Statistics, pixels: Tensor) -> Tensor:
        """Return what the last layer reads ``(b, d)`` in evaluation."""
        tensors, z = self.split(theta), self.seen_twice(pixels)
        for layer, (mean, variance) in enumerate(statistics):
            weights, scale, shift = tensors[3 * layer : 3 * layer + 3]
            raw = functional.conv2d(z, weights, padding=1)
            gain = scale / (variance + EPSILON).sqrt()
            z = smooth_unit(torch.addcmul(column(shift - mean * gain), raw, column(gain)), self.pooled(layer))
        return z.mean((2, 3))

    def last(self, theta: Tensor, features: Tensor) -> Tensor:
        """Return the logits ``(b, C)`` of features ``(b, d)``."""
        weights, bias = self.split(theta)[-2:]
        return features @ weights.T + bias

    def weighted_risk(
        self, theta: Tensor, pixels: Tensor, labels: Tensor, shares: Tensor, divisor: int
    ) -> tuple[Tensor, Statistics]:
        """Return (1/b) Σ w_i loss_i of a batch in training and its weighted statistics, written plainly: autograd follows both.

        Args:
            shares: w ``(r,)``, the weight of each image in the loss and in the statistics.
            divisor: b, images of the batch before any was left out.
        """
        tensors, z, statistics = self.split(theta), self.seen(pixels), []
        for layer in range(len(self.widths)):
            weights, scale, shift = tensors[3 * layer : 3 * layer + 3]
            raw = functional.conv2d(z, weights, padding=1)
            share = (shares / (shares.sum() * raw[0, 0].numel()))[:, None, None, None]
            mean = (share * raw).sum((0, 2, 3))
            centred = raw - column(mean)
            variance = (share * centred**2).sum((0, 2, 3))
            statistics.append((mean, variance))
            z = centred * column(scale / (variance + EPSILON).sqrt()) + column(shift)
            z = smooth_unit(z, self.pooled(layer))
        losses = functional.cross_entropy(self.last(theta, z.mean((2, 3))), labels, reduction="none")
        return (shares * losses).sum() / divisor, statistics


def column(values: Tensor) -> Tensor:
    """Return values of channels ``(c,)`` shaped to meet pictures ``(b, c, s, s)``."""
    return values[:, None, None]


def _viewed(part: Tensor, shape: tuple[int, ...]) -> Tensor:
    if len(shape) < 4:
        return part.view(shape)
    after, before, height, width = shape
    return part.view(after, height, width, before).permute(0, 3, 1, 2)


def _flat(tensor: Tensor) -> Tensor:
    return (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).reshape(-1)
