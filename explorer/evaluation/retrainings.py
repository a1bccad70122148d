"""Retraining ``small-cnn-smooth`` without some of its images: which are left out, and what the network says afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.core.progress import Progress, silent
from explorer.evaluation.agreement import removable_rows
from explorer.models.smooth_cnn import State, Training
from explorer.models.smooth_cnn.metasmoothness import APART
from explorer.models.smooth_cnn.network import CHUNK
from explorer.models.smooth_cnn.training import flushed_denormals


@dataclass(frozen=True, eq=False)
class Exam:
    """Test images that every retraining is asked.

    Attributes:
        pixels: ``(m, 3, s, s)``, normalised as those of training.
        labels: ``(m,)``.
    """

    pixels: Tensor
    labels: Tensor

    def take(self, rows: Sequence[int] | np.ndarray) -> "Exam":
        """Return some of the test images."""
        chosen = torch.as_tensor(np.asarray(rows))
        return Exam(self.pixels[chosen], self.labels[chosen])


def outcome(training: Training, state: State, exam: Exam) -> np.ndarray:
    """Return what a trained network says of test images ``(2, m)`` float32: margins, then losses in nats.

    A margin is the logit of the image's label less the largest other one: above 0 where the prediction is right.
    """
    parts = []
    with torch.no_grad(), flushed_denormals():
        for pixels, labels in zip(exam.pixels.split(CHUNK), exam.labels.split(CHUNK), strict=True):
            logits = training.network.logits(state.theta, state.statistics, pixels)
            losses = functional.cross_entropy(logits, labels, reduction="none")
            parts.append(torch.stack([margins(logits, labels), losses]))
    return torch.cat(parts, 1).float().numpy()


def margins(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the logit of each label less the largest other one ``(b,)``, for logits ``(b, C)``."""
    own = logits.gather(1, labels[:, None])
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return own[:, 0] - others.max(1).values


def without(
    training: Training, dropped: Sequence[int] | np.ndarray, seed: int | None = None, progress: Progress = silent
) -> State:
    """Return the state after training from the beginning without some images: they have weight 0, n and batches stay.

    Args:
        training: network, recipe, pictures.
        dropped: rows of the training images.
        seed: of first weights, order, mirroring and shifts; None: the training's own.
        progress: of the training.
    """
    if seed is not None:
        training = replace(training, recipe=replace(training.recipe, seed=seed))
    shares = torch.ones(len(training.labels), dtype=training.images.dtype)
    shares[torch.as_tensor(np.asarray(dropped, dtype=np.int64))] = 0
    return training.run(shares=shares, progress=progress)


def subsets(labels: np.ndarray, share: float, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return sorted rows of training images to leave out, drawn at random, for each of some retrainings.

    No class loses its last image. Each is drawn from the seed, the share and its own number alone, so that more of them begin
    with the same ones. The draw is apart from the orders of the epochs: a subset that was the beginning of an epoch would be one
    of its batches.

    Args:
        labels: of the training images ``(n,)``.
        share: of them, 0 to 1; at least one image.
        count: how many subsets.
        seed: of the draw.
    """
    size, key = max(1, round(share * len(labels))), [APART, seed, round(share * 1_000_000)]
    drawn = [np.random.default_rng([*key, number]).choice(len(labels), size, replace=False) for number in range(count)]
    return [np.sort(removable_rows(labels, rows)) for rows in drawn]


def shown(images: int, count: int, seed: int = 0) -> np.ndarray:
    """Return which test images are judged, ``count`` of ``images`` at most: the first of the shuffled test set."""
    return np.random.default_rng([APART, seed]).permutation(images)[:count]
