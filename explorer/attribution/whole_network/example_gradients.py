"""The gradient of each picture of its own, in evaluation: running statistics stand still, so no picture acts on another.

One pass forwards and back for a chunk of pictures; a convolution's gradient for one picture is the product of what was pulled
back to its outputs with the windows that it read (Goodfellow 2015 for linear layers; Rochette et al. 2019 for convolutions).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from explorer.attribution.whole_network.tuned_examples import TunedExamplePass
from explorer.core.progress import Progress, silent
from explorer.models.fine_tuning.network import TunedNetwork
from explorer.models.smooth_cnn import Network, State, Statistics, Training
from explorer.models.smooth_cnn.network import EPSILON, column
from explorer.models.smooth_cnn.pass_through import convolution_pull
from explorer.models.smooth_cnn.smooth_unit import SmoothUnit
from explorer.models.smooth_cnn.training import flushed_denormals

# Pictures a pass, and the bytes that their gradients have at most.
CHUNK, HELD = 100, 10**8


@dataclass(eq=False)
class Layer:
    """One convolution with its normalisation, as pictures have passed it.

    Attributes:
        weights: ``(c, before, 3, 3)``.
        scale: of the normalisation ``(c,)``.
        inverse: 1/√(running variance + ε) ``(c,)``.
        entered: what came in ``(b, before, s, s)``.
        normal: normalised values ``(b, c, s, s)``.
        bent: the smooth unit behind it.
    """

    weights: Tensor
    scale: Tensor
    inverse: Tensor
    entered: Tensor
    normal: Tensor
    bent: SmoothUnit

    @property
    def windows(self) -> Tensor:
        """What each output reads ``(b, s², 9 · before)``, in the order in which θ holds a filter."""
        rows = functional.pad(self.entered.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))
        return rows.unfold(1, 3, 1).unfold(2, 3, 1).permute(0, 1, 2, 4, 5, 3).flatten(3).flatten(1, 2)

    def raw(self, pulled: Tensor) -> Tensor:
        """Return ∂f/∂(the convolution's outputs) for ∂f/∂(scaled and shifted values)."""
        return pulled * column(self.scale * self.inverse)


class ExamplePass:
    """Pictures through the trained network in evaluation.

    Args:
        network: the layers.
        state: trained.
        pixels: ``(b, 3, s, s)``.

    Attributes:
        layers: as they were passed.
        features: what the last layer reads ``(b, d)``.
        logits: ``(b, C)``.
    """

    def __init__(self, network: Network, state: State, pixels: Tensor) -> None:
        self.network, self.tensors = network, network.split(state.theta)
        self.layers: list[Layer] = []
        z = network.seen_twice(pixels)
        for number, (mean, variance) in enumerate(state.statistics):
            weights, scale, shift = self.tensors[3 * number : 3 * number + 3]
            inverse = (variance + EPSILON).rsqrt()
            normal = (functional.conv2d(z, weights, padding=1) - column(mean)) * column(inverse)
            bent = SmoothUnit(torch.addcmul(column(shift), normal, column(scale)), network.pooled(number))
            self.layers.append(Layer(weights, scale, inverse, z, normal, bent))
            z = bent.value
        self.features = z.mean((2, 3))
        self.logits = self.features @ self.tensors[-2].T + self.tensors[-1]

    def pulled(self, slopes: Tensor) -> list[Tensor]:
        """Return ∂f/∂(scaled and shifted values) of each layer for ∂f/∂logits ``(b, C)``."""
        last = self.layers[-1].bent.value
        wide = (slopes @ self.tensors[-2] / last[0, 0].numel())[:, :, None, None].expand(last.shape)
        found = [self.layers[-1].bent.pull(wide)]
        for before, layer in zip(self.layers[-2::-1], self.layers[:0:-1], strict=True):
            entered, _ = convolution_pull(layer.raw(found[0]), layer.entered, layer.weights, (True, False))
            found.insert(0, before.bent.pull(entered))
        return found

    def gradients(self, slopes: Tensor) -> Tensor:
        """Return ∂f/∂θ of each picture ``(b, p)`` for ∂f/∂logits ``(b, C)``."""
        found = slopes.new_empty(len(slopes), self.network.size)
        parts = iter(found.split(self.network.sizes, dim=1))
        for layer, pulled in zip(self.layers, self.pulled(slopes), strict=True):
            filters = layer.raw(pulled).flatten(2) @ layer.windows
            next(parts).copy_(filters.flatten(1))
            next(parts).copy_((pulled * layer.normal).sum((2, 3)))
            next(parts).copy_(pulled.sum((2, 3)))
        next(parts).copy_((slopes[:, :, None] * self.features[:, None]).flatten(1))
        next(parts).copy_(slopes)
        return found

    def statistics(self, gradients: Tensor) -> list[Statistics]:
        """Return ∂f/∂β of each picture, running means and variances, for its ∂f/∂θ ``(b, p)``.

        A mean lies where the shift does, only scaled, and a variance where the scale does.
        """
        parts, found = gradients.split(self.network.sizes, dim=1), []
        for number, layer in enumerate(self.layers):
            scales, shifts = parts[3 * number + 1], parts[3 * number + 2]
            gain = layer.scale * layer.inverse
            found.append((-gain * shifts, -0.5 * gain * layer.inverse * scales))
        return [[(mean[row], variance[row]) for mean, variance in found] for row in range(len(gradients))]


# A pass of either kind of network: both have logits, gradients and statistics of each picture.
Passed = ExamplePass | TunedExamplePass


def example_pass(network: Network, state: State, pixels: Tensor) -> Passed:
    """Return pictures, as the network is given them, through the trained network."""
    if isinstance(network, TunedNetwork):
        return TunedExamplePass(network, state, pixels)
    return ExamplePass(network, state, pixels)


def chunk_of(network: Network) -> int:
    """Return how many pictures pass at once."""
    return max(1, min(CHUNK, HELD // (4 * network.size)))


def loss_slopes(logits: Tensor, targets: Tensor) -> Tensor:
    """Return ∂loss/∂logits ``(b, C)``: p − y."""
    return logits.softmax(dim=1) - functional.one_hot(targets, logits.shape[1])


def margin_slopes(logits: Tensor, targets: Tensor) -> Tensor:
    """Return ∂margin/∂logits ``(b, C)``: 1 for the target, −1 for the largest other one."""
    own = functional.one_hot(targets, logits.shape[1])
    rival = logits.masked_fill(own.bool(), -torch.inf).argmax(dim=1)
    return (own - functional.one_hot(rival, logits.shape[1])).to(logits.dtype)


def odds_slopes(logits: Tensor, targets: Tensor) -> Tensor:
    """Return ∂(log p/(1 − p))/∂logits ``(b, C)`` of the target's p: 1 for it, less the others' shares of 1 − p."""
    own = functional.one_hot(targets, logits.shape[1])
    return own - logits.masked_fill(own.bool(), -torch.inf).softmax(dim=1)


@torch.no_grad()
def passes(
    training: Training, state: State, stage: str = "Gradients of the training images", progress: Progress = silent
) -> Iterator[tuple[slice, Any]]:
    """Yield the training images through the network of a state, unvaried, chunk by chunk.

    What is asked of layers needs ``small-cnn-smooth``.
    """
    images, pictures = len(training.labels), chunk_of(training.network)
    with flushed_denormals():
        for start in range(0, images, pictures):
            progress(stage, start, images)
            rows = slice(start, min(start + pictures, images))
            yield rows, example_pass(training.network, state, training.images[rows])
    progress(stage, images, images)


@torch.no_grad()
def products(training: Training, state: State, directions: Tensor) -> Tensor:
    """Return q · ∇loss(i) ``(k, n)`` of each training image for directions q ``(k, p)``."""
    found = directions.new_empty(len(directions), len(training.labels))
    for rows, passed in passes(training, state):
        gradients = passed.gradients(loss_slopes(passed.logits, training.labels[rows]))
        found[:, rows] = directions @ gradients.T
    return found
