"""Differentiating a recorded training: what each training image's weight did to an output of the trained network.

With the state s_t = (θ, m, v, β) of AdamW and batch normalisation and s_{t+1} = step(s_t, w), the derivative of an output
f(θ_T, β_T) in the weights w of the training images is found from its end to its beginning: each step turns ∂f/∂s_{t+1} into
∂f/∂s_t and adds what the batch's images did to ∂f/∂w (reverse mode through training: Maclaurin, Duvenaud & Adams 2015; for data
attribution: Ilyas & Engstrom 2025). It is exact up to rounding, for this training: these first weights, draws and order.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.unrolled.adam_step import AdamStep, Kept
from explorer.attribution.unrolled.plain_second_pass import second_pass
from explorer.attribution.unrolled.state_change import Change, arrays_of, changes_of
from explorer.attribution.unrolled.steps_back import Undone
from explorer.core.allocation import reused_memory
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Batch, Statistics, Training
from explorer.models.smooth_cnn.recipe import PACE
from explorer.models.smooth_cnn.training import flushed_denormals, on_threads

# What progress is told.
STAGE = "Differentiating the training"


@dataclass(eq=False)
class Cotangent(Change):
    """∂f/∂s at one step, and what was found on the way.

    Attributes:
        weights: ∂f/∂w ``(E, n)`` by the epoch in which the image was seen, so far.
    """

    weights: Tensor


@dataclass(eq=False)
class Passing:
    """A pass back through a training that is under way.

    Attributes:
        step: how many of the training's first steps it still has to pass.
        found: of each output.
    """

    step: int
    found: list[Cotangent]

    @property
    def by_epoch(self) -> Tensor:
        """What was found of df/dw ``(k, E, n)``, apart for each epoch in which an image was seen; the sum over epochs is df/dw."""
        return torch.stack([each.weights for each in self.found])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays that can be kept."""
        return arrays_of(self.step, self.found)

    @staticmethod
    def of_arrays(arrays: Mapping[str, np.ndarray]) -> "Passing":
        """Return the pass of :meth:`arrays`."""
        return Passing(*changes_of(Cotangent, arrays))


def gradients_of_weights(
    training: Training,
    kept: Callable[[int], Kept | Undone],
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
    passing = pass_back(training, kept, first_passing(training, outputs), progress)
    return passing.by_epoch.sum(1)


def first_passing(training: Training, outputs: list[tuple[Tensor, Statistics]]) -> Passing:
    """Return the pass back for some outputs, before its first step."""
    shape = (training.recipe.epochs, len(training.labels))
    return Passing(training.steps, [begin(theta, statistics, shape) for theta, statistics in outputs])


@torch.no_grad()
def pass_back(
    training: Training,
    kept: Callable[[int], Kept | Undone],
    passing: Passing,
    progress: Progress = silent,
    after: Callable[[Passing], None] = lambda passing: None,
) -> Passing:
    """Pass back through the rest of a training, and return the pass, which was changed.

    It computes on as many threads as the training did, so that a pass that goes on in another process ends in the same bits.

    Args:
        training: that was recorded, all weights 1.
        kept: what was kept of each step.
        passing: to go on with.
        progress: told the steps done.
        after: called after each step; what it keeps of the pass, another process can go on with.
    """
    with on_threads(training.threads), flushed_denormals(), reused_memory():
        for batch in _batches_back(training, passing.step):
            progress(STAGE, training.steps - passing.step, training.steps)
            step_back(training, batch, kept(batch.step), passing.found)
            passing.step = batch.step
            after(passing)
    progress(STAGE, training.steps, training.steps)
    return passing


def _batches_back(training: Training, stop: int) -> Iterator[Batch]:
    """Yield the batches before step ``stop``, the last one first; one epoch's are drawn at a time."""
    each = training.steps // training.recipe.epochs
    for epoch in reversed(range(-(-stop // each))):
        drawn = itertools.islice(training.batches(epoch * each), each)
        yield from reversed([batch for batch in drawn if batch.step < stop])


def step_back(training: Training, batch: Batch, kept: Kept | Undone, found: list[Cotangent]) -> None:
    """Turn ∂f/∂s after a step into ∂f/∂s before it, for each of some outputs, in place."""
    second = second_pass(training.network, kept.theta, training.given(batch), training.labels[batch.rows])
    adam = AdamStep(training, batch.step, kept.after, kept.gradient(second))
    epoch = batch.step * training.recipe.epochs // training.steps
    for each in found:
        direction = adam.back(each)
        pull = [(PACE * mean, PACE * variance) for mean, variance in each.statistics]
        change, shares = second(direction, pull)
        each.theta += change
        each.weights[epoch, batch.rows] += shares
        each.statistics = [((1 - PACE) * mean, (1 - PACE) * variance) for mean, variance in each.statistics]


def begin(theta: Tensor, statistics: Statistics, shape: tuple[int, int]) -> Cotangent:
    """Return ∂f/∂s after the last step, for ∂f/∂θ_T and ∂f/∂β_T; f reads no moments. ``shape``: epochs and images."""
    return Cotangent(
        theta.clone(), torch.zeros_like(theta), torch.zeros_like(theta), statistics, theta.new_zeros(shape)
    )
