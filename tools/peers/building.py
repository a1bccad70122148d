"""The trained network that all methods are given, and the exact derivative of some of its losses and margins."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network import Questions, Recording
from explorer.attribution.whole_network.base import Kind
from explorer.attribution.whole_network.unrolled import Unrolled
from explorer.core.progress import Progress
from explorer.datasets import open_dataset, stratified
from explorer.models.small_cnn import normalised
from explorer.models.smooth_cnn import Network, Recipe, State, Training
from explorer.models.smooth_cnn.recording import record
from tools.peers.problem import STATES, Problem

# Questions that share a pass back; more take memory and gain nothing.
TOGETHER = 16


def training_of(
    dataset: str, limit: int, size: int, recipe: Recipe, progress: Progress
) -> tuple[Training, Tensor, Tensor]:
    """Return a training on some images of a data set, and all test pictures with their labels."""
    data = open_dataset(dataset)
    train = data.train.take(stratified(data.train.labels, limit, recipe.seed))
    network = Network(recipe.widths, len(data.class_names), recipe.detail)
    training = Training(network, recipe, normalised(train, size, progress), torch.from_numpy(train.labels))
    return training, normalised(data.test, size, progress), torch.from_numpy(data.test.labels)


def built(
    training: Training, pixels: Tensor, targets: Tensor, rows: np.ndarray, folder: Path, progress: Progress
) -> Problem:
    """Train, write the states into a folder, and return the problem.

    Args:
        training: network, recipe, images.
        pixels: all test pictures.
        targets: their labels.
        rows: of those that are asked.
        folder: to write into.
        progress: of the training.
    """
    recording = record(training, folder / STATES, progress)
    return Problem(recording.training, ends(recording), pixels[rows], targets[rows], rows, folder / STATES)


def ends(recording: Recording) -> list[State]:
    """Return the state at the end of each epoch."""
    steps, epochs = recording.training.steps, recording.training.recipe.epochs
    return [recording.state(step) for step in range(steps // epochs, steps + 1, steps // epochs)]


def exact(problem: Problem, count: int) -> dict[str, np.ndarray]:
    """Return what removing each training image does to the outputs of the first pictures ``(k, n)``, to first order."""
    pixels, targets = problem.asked[:count], problem.targets[:count]
    return {kind: _exact(problem.recording, pixels, targets, kind) for kind in problem.kinds}


def _exact(recording: Recording, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
    parts = zip(pixels.split(TOGETHER), targets.split(TOGETHER), strict=True)
    return np.concatenate([Unrolled().scores(recording, {}, Questions(*part, kind)) for part in parts])
