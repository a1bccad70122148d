"""One step of AdamW that was recorded, and its derivative in both directions of time."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.attribution.unrolled.plain_second_pass import Second
from explorer.attribution.unrolled.state_change import Change
from explorer.models.smooth_cnn import State, Training
from explorer.models.smooth_cnn.recipe import EPSILON, MOMENTUM, SQUARES


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

    def gradient(self, second: Second | None = None) -> Tensor:
        """Return the batch's gradient ``(p,)``, from the moments; ``second``, which computes it, is not needed."""
        return (self.after[0] - MOMENTUM * self.before[0]) / (1 - MOMENTUM)


def kept_steps(state: Callable[[int], State]) -> Callable[[int], Kept]:
    """Return what is kept of each step, for the state before each; asked in order, each state is fetched once.

    Args:
        state: returns the state before a step, or after the last one.
    """
    held: dict[int, State] = {}

    def kept(step: int) -> Kept:
        before, after = (held.get(each) or state(each) for each in (step, step + 1))
        held.clear()
        held.update({step: before, step + 1: after})
        return Kept(before.theta, before.moments, after.moments)

    return kept


class AdamStep:
    """AdamW's step and its derivative: m' = .9m + .1g, v' = .999v + .001g², θ' = (1 − ηλ)θ − η (m'/c₁)/(√(v'/c₂) + ε).

    Where the recipe divides by filter, the mean of each filter stands for g² in v': a projection, which is its own transpose.

    Args:
        training: that it belongs to.
        step: counted from 0.
        after: Adam's moments after it ``(2, p)``.
        gradient: of its batch ``(p,)``.
    """

    def __init__(self, training: Training, step: int, after: Tensor, gradient: Tensor) -> None:
        rate, (mean, square) = training.recipe.rate_at(step, training.steps), after
        first, second = 1 - MOMENTUM ** (step + 1), 1 - SQUARES ** (step + 1)
        root = (square / second).sqrt()
        self._shared = training.network.by_filter if training.recipe.by_filter else _each
        self._shrink = 1 - rate * training.recipe.decay
        self._by_mean = -rate / first / (root + EPSILON)
        slope = rate / first * mean / (root + EPSILON).square() / (2 * second * root)
        self._by_square = torch.where(root > 0, slope, 0.0)  # where v' is 0, g always was
        self._gradient = gradient

    def forth(self, change: Change, gradient: Tensor) -> None:
        """Turn a change of (θ, m, v) before the step into the one after it, in place, for the change of g ``(p,)``."""
        change.mean = MOMENTUM * change.mean + (1 - MOMENTUM) * gradient
        change.square = SQUARES * change.square + 2 * (1 - SQUARES) * self._shared(self._gradient * gradient)
        change.theta = self._shrink * change.theta + self._by_mean * change.mean + self._by_square * change.square

    def back(self, found: Change) -> Tensor:
        """Return ∂f/∂g ``(p,)``; ∂f/∂(θ, m, v) become those before the step, but for what θ does through g."""
        mean = found.mean + self._by_mean * found.theta
        square = found.square + self._by_square * found.theta
        found.theta = self._shrink * found.theta
        found.mean, found.square = MOMENTUM * mean, SQUARES * square
        return (1 - MOMENTUM) * mean + 2 * (1 - SQUARES) * self._gradient * self._shared(square)


def _each(values: Tensor) -> Tensor:
    return values
