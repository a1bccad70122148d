"""Metasmoothness: whether a training answers to the weights of its images smoothly enough to be differentiated.

The trained network's outputs f(w) are compared with themselves where the weights of some images fall by 3 % and where they fall to 0.
For a training that is smooth in w the small change, scaled up, is the large one; where weights are thrown about by every small
push, both have nothing to do with one another and no derivative predicts a removal (Engstrom et al. 2025, section 4, measure a
second difference; here both ends are measured, two trainings a subset).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn.training import State, Training

# The small change of a weight.
LITTLE = 0.03
# Sets the draw of the subset apart from the order of an epoch, which is drawn from small seeds.
APART = 987_654_321


@dataclass(frozen=True)
class Smoothness:
    """How far a small change of weights foretells a whole removal.

    Attributes:
        share: of the training images that were left out, 0 to 1.
        correlation: Pearson's r over the outputs; 1 where the small change foretells the order and signs of all.
        size: standard deviation of the small change, scaled up, over that of the removal; 1 where it is linear.
    """

    share: float
    correlation: float
    size: float


def metasmoothness(
    training: Training,
    whole: State,
    outputs: Callable[[State], Tensor],
    share: float,
    seed: int = 0,
    progress: Progress = silent,
) -> Smoothness:
    """Return the metasmoothness of a training at one share of its images, drawn at random; two trainings.

    Args:
        training: network, recipe, pictures.
        whole: the state after training on all images.
        outputs: of a trained network ``(m,)``, margins of test images say.
        share: of the images whose weights change.
        seed: of the draw.
        progress: of both trainings.
    """
    before = outputs(whole)
    little, large = (outputs(trained_with(training, share, fall, seed, progress)) for fall in (LITTLE, 1.0))
    return compared(share, *(each.double().numpy() for each in (before, little, large)))


def trained_with(training: Training, share: float, fall: float, seed: int = 0, progress: Progress = silent) -> State:
    """Return the state after a training in which the weights of a share of the images, drawn at random, are less by ``fall``."""
    images = len(training.labels)
    chosen = torch.randperm(images, generator=torch.Generator().manual_seed(APART + seed))
    shares = torch.ones(images, dtype=training.images.dtype)
    shares[chosen[: max(1, round(share * images))]] = 1 - fall
    return training.run(shares=shares, progress=progress)


def compared(share: float, before: np.ndarray, little: np.ndarray, large: np.ndarray) -> Smoothness:
    """Return how far a change foretells another: outputs before ``(m,)``, after weights fell by ``LITTLE``, and to 0.

    Where one of the changes is the same for all outputs it foretells nothing: correlation 0.
    """
    near, far = (little - before) / LITTLE, large - before
    if not near.std() or not far.std():
        return Smoothness(share, 0.0, 0.0)
    return Smoothness(share, float(np.corrcoef(near, far)[0, 1]), float(near.std() / far.std()))
