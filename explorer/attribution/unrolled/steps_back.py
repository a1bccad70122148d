"""The steps of a recorded training from the last to the first, where not all states were kept.

A step of AdamW can be undone by whoever knows the state after it and can compute its gradient (Maclaurin, Duvenaud & Adams 2015,
algorithm 2):

    θ = (θ' + η (m'/c₁)/(√(v'/c₂) + ε)) / (1 − ηλ),   g = ∇L(θ),   m = (m' − .1g)/.9,   v = (v' − .001g²)/.999.

The way back passes the batch anyway, so that the gradient costs it a convolution a layer, where computing the states again costs three.
It is done in float64 and begins anew at each kept state: between two of them the rounding of a gradient grows by 1/.9 a step.
"""

import torch
from torch import Tensor

from explorer.attribution.unrolled.adam_step import Kept
from explorer.attribution.unrolled.plain_second_pass import Second, second_pass
from explorer.models.smooth_cnn import State, Training
from explorer.models.smooth_cnn.recipe import EPSILON, MOMENTUM, SQUARES
from explorer.models.smooth_cnn.recording import Recording

# Steps after which none is undone: before, the mean square may be of gradients that were nearly 0, and what is left of it rounding.
YOUNG = 32


class Undone:
    """A step that is undone: the state before it was not kept.

    Args:
        training: that it belongs to.
        step: counted from 0.
        theta: after it ``(p,)``.
        moments: Adam's, after it ``(2, p)``.

    Attributes:
        step: counted from 0.
        theta: before ``(p,)``.
        after: Adam's moments after ``(2, p)``.
    """

    def __init__(self, training: Training, step: int, theta: Tensor, moments: Tensor) -> None:
        self.step, self._training, self._moments, kind = step, training, moments.double(), training.images.dtype
        rate, (mean, square) = training.recipe.rate_at(step, training.steps), self._moments
        root = (square / (1 - SQUARES ** (step + 1))).sqrt() + EPSILON
        moved = rate / (1 - MOMENTUM ** (step + 1)) * mean / root
        self._theta = (theta.double() + moved) / (1 - rate * training.recipe.decay)
        self.theta, self.after = self._theta.to(kind), moments.to(kind)
        self._gradient: Tensor | None = None

    def gradient(self, second: Second | None = None) -> Tensor:
        """Return the batch's gradient ``(p,)``; ``second``, the batch as it was passed at ``theta``, spares passing it."""
        if self._gradient is None:
            self._gradient = (second or self._passed()).gradient()
        return self._gradient

    def before(self) -> tuple[Tensor, Tensor]:
        """Return θ ``(p,)`` and Adam's moments ``(2, p)`` before the step, float64."""
        gradient, (mean, square) = self.gradient().double(), self._moments
        squared = gradient.square()
        if self._training.recipe.by_filter:
            squared = self._training.network.by_filter(squared)
        mean = (mean - (1 - MOMENTUM) * gradient) / MOMENTUM
        return self._theta, torch.stack([mean, ((square - (1 - SQUARES) * squared) / SQUARES).clamp(min=0)])

    def _passed(self) -> Second:
        batch = next(self._training.batches(self.step))
        labels = self._training.labels[batch.rows]
        return second_pass(self._training.network, self.theta, self._training.given(batch), labels)


class StepsBack:
    """What is known of each step of a training, to be asked from the last one down; what was not kept is undone.

    Where it is first asked for a step in the middle, those between it and the next kept state are undone before, to the same bits.

    Args:
        recording: a training, all weights 1, with its states.
    """

    def __init__(self, recording: Recording) -> None:
        self._training, self._state, self._keeps = recording.training, recording.state, recording.keeps
        self._last: Undone | None = None
        self._held: dict[int, State] = {}

    def __call__(self, step: int) -> Kept | Undone:
        """Return a step, counted from 0."""
        theta, moments = self._at(step + 1)
        if self._known(step):
            before = self._fetched(step)
            return Kept(before.theta, before.moments, moments.to(before.moments.dtype))
        self._last = Undone(self._training, step, theta, moments)
        return self._last

    def _at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return θ and Adam's moments before a step, or after the last one."""
        begun = step
        while not (self._known(begun) or (self._last is not None and self._last.step == begun)):
            begun += 1
        for undone in range(begun - 1, step - 1, -1):
            self._last = Undone(self._training, undone, *self._before(undone + 1))
        return self._before(step)

    def _before(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the same of a step whose state is known, or which is the last that was undone."""
        if self._known(step):
            state = self._fetched(step)
            return state.theta, state.moments
        assert self._last is not None, "a step that is not known was undone"
        return self._last.before()

    def _known(self, step: int) -> bool:
        return step <= YOUNG or self._keeps(step)

    def _fetched(self, step: int) -> State:
        if step not in self._held:
            found = self._state(step)
            self._held.clear()
            self._held[step] = found
        return self._held[step]
