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
    images, before = len(training.labels), outputs(whole)
    chosen = torch.randperm(images, generator=torch.Generator().manual_seed(APART + seed))
    changes = []
    for fall in (LITTLE, 1.0):
        shares = torch.ones(images, dtype=training.images.dtype)
        shares[chosen[: max(1, round(share * images))]] = 1 - fall
        changes.append(((outputs(training.run(shares=shares, progress=progress)) - before) / fall).double().numpy())
    little, large = changes
    return Smoothness(share, float(np.corrcoef(little, large)[0, 1]), float(little.std() / large.std()))
