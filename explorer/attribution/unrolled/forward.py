"""How a recorded training would end with other weights of its images, to first order: forward mode through its steps.

Where the weights w of the training images move along a direction, every state moves along with it, and each step of AdamW and batch
normalisation hands the change on to the next. The end moves by M·(direction), where M is the matrix whose transpose the pass back
(:mod:`explorer.attribution.unrolled.reverse`) multiplies with ∂f/∂(end) (forward mode: Wengert 1964; through the steps of a training:
Franceschi et al. 2017, section 3.2).
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.unrolled.adam_step import AdamStep, Kept
from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.attribution.unrolled.state_change import Change, arrays_of, changes_of
from explorer.core.allocation import reused_memory
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Batch, Training
from explorer.models.smooth_cnn.pass_through import Pass
from explorer.models.smooth_cnn.recipe import PACE
from explorer.models.smooth_cnn.training import flushed_denormals, on_threads

# What progress is told.
STAGE = "Following the training"


@dataclass(eq=False)
class Course:
    """A pass forwards through a training that is under way.

    Attributes:
        step: how many of the training's steps it has passed.
        found: the change of the state after them, for each direction.
    """

    step: int
    found: list[Change]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays that can be kept."""
        return arrays_of(self.step, self.found)

    @staticmethod
    def of_arrays(arrays: Mapping[str, np.ndarray]) -> "Course":
        """Return the pass of :meth:`arrays`."""
        return Course(*changes_of(Change, arrays))


def first_course(training: Training, directions: int) -> Course:
    """Return the pass forwards for some directions, before its first step: the first state hangs on no image."""
    begin = training.begin()

    def still() -> Change:
        statistics = [(torch.zeros_like(mean), torch.zeros_like(variance)) for mean, variance in begin.statistics]
        theta, mean, square = (torch.zeros_like(begin.theta) for _ in range(3))
        return Change(theta, mean, square, statistics)

    return Course(0, [still() for _ in range(directions)])


@torch.no_grad()
def pass_forth(
    training: Training,
    kept: Callable[[int], Kept],
    weights: Tensor,
    course: Course,
    progress: Progress = silent,
    after: Callable[[Course], None] = lambda course: None,
) -> list[Change]:
    """Return the change of the end for some directions of the images' weights; ``course`` is passed on to the end.

    Args:
        training: that was recorded, all weights 1.
        kept: what was kept of each step.
        weights: directions ``(k, n)``.
        course: to go on with.
        progress: told the steps done.
        after: called after each step; what it keeps of the pass, another process can go on with.
    """
    with on_threads(training.threads), flushed_denormals(), reused_memory():
        for batch in itertools.islice(training.batches(course.step), training.steps - course.step):
            progress(STAGE, batch.step, training.steps)
            _step_forth(training, batch, kept(batch.step), weights, course.found)
            course.step = batch.step + 1
            after(course)
    progress(STAGE, training.steps, training.steps)
    return course.found


def _step_forth(training: Training, batch: Batch, kept: Kept, weights: Tensor, found: list[Change]) -> None:
    """Turn changes of the state before a step into those after it, in place."""
    pixels, labels = batch.pixels(training.images), training.labels[batch.rows]
    second = SecondPass(Pass(training.network, kept.theta, pixels, labels, len(batch.rows)))
    adam = AdamStep(training, batch.step, kept.after, kept.gradient(second))
    for each, moved in zip(found, weights[:, batch.rows], strict=True):
        gradient, statistics = second.change(each.theta, moved)
        adam.forth(each, gradient)
        each.statistics = [
            (torch.lerp(mean, seen_mean, PACE), torch.lerp(variance, seen_variance, PACE))
            for (mean, variance), (seen_mean, seen_variance) in zip(each.statistics, statistics, strict=True)
        ]
