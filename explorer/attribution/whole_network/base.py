"""The contract of an estimator for the whole network, and what is asked of a trained network.

A question f is a loss or a margin of pictures; a score is what **removing** a training image does to f, −df/dw_i with the
image's weight w_i. With f a loss, positive is helpful and a size may be nats; with f a margin the prediction for a removed
set is the plain sum of its scores. A training image's index is its row in the training's pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.attribution.whole_network.example_gradients import (
    Passed,
    chunk_of,
    example_pass,
    loss_slopes,
    margin_slopes,
)
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Network, State, Statistics
from explorer.models.smooth_cnn.recording import Recording
from explorer.models.smooth_cnn.training import flushed_denormals

Kind = Literal["loss", "margin"]


@dataclass(frozen=True, eq=False)
class Questions:
    """What is asked of the trained network.

    Attributes:
        pixels: ``(m, 3, s, s)``, normalised as the training images are.
        targets: ``(m,)`` class whose loss or margin is meant.
        kind: ``"loss"`` in nats, or ``"margin"``: the target's logit minus the largest other one.
        together: whether they are one question, the sum over all pictures, instead of m.
    """

    pixels: Tensor
    targets: Tensor
    kind: Kind = "loss"
    together: bool = False

    @torch.no_grad()
    def values(self, recording: Recording, state: State) -> Tensor:
        """Return f of a trained network ``(m,)``, or ``(1,)`` where they are one question."""
        network = recording.training.network
        each = [
            asked(network.logits(state.theta, state.statistics, pixels), targets, self.kind)
            for pixels, targets in self._chunks(network)
        ]
        found = torch.cat(each)
        return found.sum()[None] if self.together else found

    @torch.no_grad()
    def gradients(self, recording: Recording, state: State | None = None) -> list[tuple[Tensor, Statistics]]:
        """Return ∂f/∂θ ``(p,)`` and ∂f/∂β of each question at a state, else the end; β are the running means and variances."""
        network, state = recording.training.network, state or recording.end
        with flushed_denormals():
            found = [
                each
                for pixels, targets in self._chunks(network)
                for each in self._gradients(example_pass(network, state, pixels), targets)
            ]
        return [_sum(found)] if self.together else found

    def directions(self, recording: Recording, state: State | None = None) -> Tensor:
        """Return ∂f/∂θ alone ``(k, p)``: what an estimator reads that takes the running statistics to stand still."""
        return torch.stack([theta for theta, _ in self.gradients(recording, state)])

    def _chunks(self, network: Network) -> Iterator[tuple[Tensor, Tensor]]:
        pictures = chunk_of(network)
        return zip(self.pixels.split(pictures), self.targets.split(pictures), strict=True)

    def _gradients(self, passed: Passed, targets: Tensor) -> list[tuple[Tensor, Statistics]]:
        slopes = (loss_slopes if self.kind == "loss" else margin_slopes)(passed.logits, targets)
        gradients = passed.gradients(slopes)
        found = list(zip(gradients, passed.statistics(gradients), strict=True))
        return [_sum(found)] if self.together else found


def _sum(found: list[tuple[Tensor, Statistics]]) -> tuple[Tensor, Statistics]:
    thetas, statistics = zip(*found, strict=True)
    layers = [zip(*layer, strict=True) for layer in zip(*statistics, strict=True)]
    pairs = [(torch.stack(means).sum(0), torch.stack(variances).sum(0)) for means, variances in layers]
    return torch.stack(thetas).sum(0), pairs


def asked(logits: Tensor, targets: Tensor, kind: Kind) -> Tensor:
    """Return losses or margins ``(m,)`` of logits ``(m, C)``; autograd follows them."""
    if kind == "loss":
        return functional.cross_entropy(logits, targets, reduction="none")
    own = functional.one_hot(targets, logits.shape[1]).bool()
    return logits[own] - logits.masked_fill(own, -torch.inf).amax(dim=1)


class WholeNetworkEstimator:
    """A way to estimate what removing a training image does to a whole trained network; a frozen dataclass of its parameters.

    Attributes:
        summary: a sentence for a menu of methods.
        source: author, year and equation.
        unit: of a score for a loss: ``"nats"``, or ``""`` where its size cannot be read as an effect.
    """

    summary: ClassVar[str]
    source: ClassVar[str]
    unit: ClassVar[Literal["nats", ""]]

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return the index: all that a score needs beside the recording, kept with the run."""
        raise NotImplementedError

    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)`` of each training image for each question; positive is helpful where f is a loss."""
        raise NotImplementedError
