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

from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Batch, State, Statistics, Training
from explorer.models.smooth_cnn.pass_through import Pass
from explorer.models.smooth_cnn.recipe import EPSILON, MOMENTUM, PACE, SQUARES
from explorer.models.smooth_cnn.training import flushed_denormals, on_threads

# What progress is told; then the names of what a kept pass consists of.
STAGE = "Differentiating the training"
_VECTORS, _PARTS = ("theta", "mean", "square", "weights"), ("layer_mean", "layer_variance")


@dataclass(eq=False)
class Cotangent:
    """∂f/∂s at one step, and what was found on the way.

    Attributes:
        theta: ∂f/∂θ ``(p,)``.
        mean: ∂f/∂m ``(p,)``.
        square: ∂f/∂v ``(p,)``.
        statistics: ∂f/∂β for each layer's running mean and variance.
        weights: ∂f/∂w ``(E, n)`` by the epoch in which the image was seen, so far.
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
        parts = {name: torch.stack([getattr(each, name) for each in self.found]) for name in _VECTORS}
        for layer, pairs in enumerate(zip(*(each.statistics for each in self.found), strict=True)):
            for part, name in enumerate(_PARTS):
                parts[f"{name}_{layer}"] = torch.stack([pair[part] for pair in pairs])
        return {"step": np.array(self.step)} | {name: part.numpy() for name, part in parts.items()}

    @staticmethod
    def of_arrays(arrays: Mapping[str, np.ndarray]) -> "Passing":
        """Return the pass of :meth:`arrays`."""
        layers = sum(name.startswith(_PARTS[0]) for name in arrays)
        found = []
        for row in range(len(arrays[_VECTORS[0]])):
            kept = {name: torch.tensor(part[row]) for name, part in arrays.items() if name != "step"}
            statistics = [(kept[f"{_PARTS[0]}_{layer}"], kept[f"{_PARTS[1]}_{layer}"]) for layer in range(layers)]
            found.append(Cotangent(**{name: kept[name] for name in _VECTORS}, statistics=statistics))
        return Passing(int(arrays["step"]), found)


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
    passing = pass_back(training, kept, first_passing(training, outputs), progress)
    return passing.by_epoch.sum(1)


def first_passing(training: Training, outputs: list[tuple[Tensor, Statistics]]) -> Passing:
    """Return the pass back for some outputs, before its first step."""
    shape = (training.recipe.epochs, len(training.labels))
    return Passing(training.steps, [begin(theta, statistics, shape) for theta, statistics in outputs])


@torch.no_grad()
def pass_back(
    training: Training,
    kept: Callable[[int], Kept],
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
    with on_threads(training.threads), flushed_denormals():
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


def kept_steps(state: Callable[[int], State]) -> Callable[[int], Kept]:
    """Return what is kept of each step, for the state before each; a pass back asks for each state once.

    Args:
        state: returns the state before a step, or after the last one.
    """
    last: dict[int, State] = {}

    def kept(step: int) -> Kept:
        after = last.pop(step + 1, None) or state(step + 1)
        last.clear()
        before = last[step] = state(step)
        return Kept(before.theta, before.moments, after.moments)

    return kept


def step_back(training: Training, batch: Batch, kept: Kept, found: list[Cotangent]) -> None:
    """Turn ∂f/∂s after a step into ∂f/∂s before it, for each of some outputs, in place."""
    pixels, labels = batch.pixels(training.images), training.labels[batch.rows]
    second = SecondPass(Pass(training.network, kept.theta, pixels, labels, len(batch.rows)))
    adam = _Adam(training, batch.step, kept)
    epoch = batch.step * training.recipe.epochs // training.steps
    for each in found:
        direction = adam.back(each)
        pull = [(PACE * mean, PACE * variance) for mean, variance in each.statistics]
        change, shares = second(direction, pull)
        each.theta += change
        each.weights[epoch, batch.rows] += shares
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


def begin(theta: Tensor, statistics: Statistics, shape: tuple[int, int]) -> Cotangent:
    """Return ∂f/∂s after the last step, for ∂f/∂θ_T and ∂f/∂β_T; f reads no moments. ``shape``: epochs and images."""
    return Cotangent(
        theta.clone(), torch.zeros_like(theta), torch.zeros_like(theta), statistics, theta.new_zeros(shape)
    )
