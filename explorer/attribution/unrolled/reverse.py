"""Differentiating a recorded training: what each training image's weight did to an output of the trained network.

With the state s_t = (θ, m, v, β) of AdamW and batch normalisation and s_{t+1} = step(s_t, w), the derivative of an output
f(θ_T, β_T) in the weights w of the training images is found from its end to its beginning: each step turns ∂f/∂s_{t+1} into
∂f/∂s_t and adds what the batch's images did to ∂f/∂w (reverse mode through training: Maclaurin, Duvenaud & Adams 2015; for data
attribution: Ilyas & Engstrom 2025). It is exact up to rounding, for this training: these first weights, draws and order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Batch, Statistics, Training
from explorer.models.smooth_cnn.pass_through import Pass
from explorer.models.smooth_cnn.recipe import EPSILON, MOMENTUM, PACE, SQUARES
from explorer.models.smooth_cnn.training import flushed_denormals


@dataclass(eq=False)
class Cotangent:
    """∂f/∂s at one step, and what was found on the way.

    Attributes:
        theta: ∂f/∂θ ``(p,)``.
        mean: ∂f/∂m ``(p,)``.
        square: ∂f/∂v ``(p,)``.
        statistics: ∂f/∂β for each layer's running mean and variance.
        weights: ∂f/∂w ``(n,)``, so far.
    """

    theta: Tensor
    mean: Tensor
    square: Tensor
    statistics: Statistics
    weights: Tensor


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of a step: the state before it, and the moments after it.

    Attributes:
        theta: before ``(p,)``.
        before: Adam's moments before ``(2, p)``.
        after: and after ``(2, p)``.
    """

    theta: Tensor
    before: Tensor
    after: Tensor


@torch.no_grad()
def gradients_of_weights(
    training: Training,
    kept: Callable[[int], Kept],
    outputs: list[tuple[Tensor, Statistics]],
    progress: Progress = silent,
) -> Tensor:
    """Return df/dw ``(k, n)`` of some outputs of the trained network, in one pass back through the training for all.

    Leaving out training image i changes f by −df/dw_i to first order, and a set by the sum.

    Args:
        training: that was recorded, all weights 1.
        kept: what was kept of each step.
        outputs: for each f its ∂f/∂θ_T ``(p,)`` and ∂f/∂β_T.
        progress: told the steps done.
    """
    images = len(training.labels)
    found = [begin(theta, statistics, images) for theta, statistics in outputs]
    with flushed_denormals():
        for done, batch in enumerate(reversed(list(training.batches()))):
            progress("Differentiating the training", done, training.steps)
            step_back(training, batch, kept(batch.step), found)
    progress("Differentiating the training", training.steps, training.steps)
    return torch.stack([each.weights for each in found])


def step_back(training: Training, batch: Batch, kept: Kept, found: list[Cotangent]) -> None:
    """Turn ∂f/∂s after a step into ∂f/∂s before it, for each of some outputs, in place."""
    pixels, labels = batch.pixels(training.images), training.labels[batch.rows]
    second = SecondPass(Pass(training.network, kept.theta, pixels, labels, len(batch.rows)))
    adam = _Adam(training, batch.step, kept)
    for each in found:
        direction = adam.back(each)
        pull = [(PACE * mean, PACE * variance) for mean, variance in each.statistics]
        change, shares = second(direction, pull)
        each.theta += change
        each.weights[batch.rows] += shares
        each.statistics = [((1 - PACE) * mean, (1 - PACE) * variance) for mean, variance in each.statistics]


class _Adam:
    """AdamW's step and its derivative: m' = .9m + .1g, v' = .999v + .001g², θ' = (1 − ηλ)θ − η (m'/c₁)/(√(v'/c₂) + ε)."""

    def __init__(self, training: Training, step: int, kept: Kept) -> None:
        rate, (mean, square) = training.recipe.rate_at(step, training.steps), kept.after
        first, second = 1 - MOMENTUM ** (step + 1), 1 - SQUARES ** (step + 1)
        root = (square / second).sqrt()
        self._shrink = 1 - rate * training.recipe.decay
        self._by_mean = -rate / first / (root + EPSILON)
        slope = rate / first * mean / (root + EPSILON).square() / (2 * second * root)
        self._by_square = torch.where(root > 0, slope, 0.0)  # where v' is 0, g always was
        self._gradient = (mean - MOMENTUM * kept.before[0]) / (1 - MOMENTUM)

    def back(self, found: Cotangent) -> Tensor:
        """Return ∂f/∂g ``(p,)``; ∂f/∂(θ, m, v) become those before the step, but for what θ does through g."""
        mean = found.mean + self._by_mean * found.theta
        square = found.square + self._by_square * found.theta
        found.theta = self._shrink * found.theta
        found.mean, found.square = MOMENTUM * mean, SQUARES * square
        return (1 - MOMENTUM) * mean + 2 * (1 - SQUARES) * self._gradient * square


def begin(theta: Tensor, statistics: Statistics, images: int) -> Cotangent:
    """Return ∂f/∂s after the last step, for ∂f/∂θ_T and ∂f/∂β_T; f reads no moments."""
    return Cotangent(
        theta.clone(), torch.zeros_like(theta), torch.zeros_like(theta), statistics, theta.new_zeros(images)
    )
