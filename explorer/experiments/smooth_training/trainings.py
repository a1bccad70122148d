"""The same images, weighed, through both recipes; what both networks then say of the same test images."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.progress import Progress
from explorer.experiments.smooth_training.weighed_small_cnn import trained
from explorer.experiments.stages import array_stage
from explorer.models import SMALL_CNN, SMALL_CNN_SMOOTH, small_cnn
from explorer.models.small_cnn import normalised
from explorer.models.smooth_cnn import Recipe, Training
from explorer.models.smooth_cnn.as_module import as_module, network_of
from explorer.models.smooth_cnn.training import flushed_denormals, on_threads
from explorer.runs.build.plan import input_size
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False)
class Problem:
    """Training images and test images, and how they are trained on.

    Attributes:
        images: ``(n, 3, s, s)``, normalised.
        labels: ``(n,)``.
        test_images: ``(m, 3, s, s)``.
        test_labels: ``(m,)``.
        classes: number of classes.
        seed: of both trainings.
        threads: on which the sums of all trainings are computed: where a training is not smooth, their last bits matter.
    """

    images: Tensor
    labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int
    seed: int
    threads: int

    def margins(self, name: str, rows: np.ndarray, fall: float, progress: Progress) -> np.ndarray:
        """Return the test images' margins ``(m,)`` after a training in which the weights of some images are less by ``fall``.

        Args:
            name: of the network, a key of ``NETWORKS``.
            rows: of these images.
            fall: 0 to 1; at 1 they are absent.
            progress: of the training.
        """
        shares = torch.ones(len(self.labels))
        shares[torch.from_numpy(rows)] = 1 - fall
        with on_threads(self.threads), flushed_denormals():
            network = NETWORKS[name](self, shares, progress)
            with torch.no_grad():
                logits = torch.cat([network(part) for part in self.test_images.split(250)]).double()
        return _margins(logits, self.test_labels)


def problem_of(run: Run, rows: np.ndarray, tests: np.ndarray, seed: int, folder: Path, progress: Progress) -> Problem:
    """Return some of a run's training images, by their rows, and some of its test images; the threads of an earlier attempt stay."""
    size = input_size(SMALL_CNN, run.dataset)
    threads = array_stage(folder / "threads.npy", lambda: np.array([torch.get_num_threads()]))
    return Problem(
        normalised(run.dataset.train.take(run.arrays["train_rows"][rows]), size, progress),
        torch.from_numpy(run.train_labels[rows]),
        normalised(run.dataset.test.take(tests), size, progress),
        torch.from_numpy(run.test_labels[tests]),
        len(run.class_names),
        seed,
        int(threads[0]),
    )


def _kinked(problem: Problem, shares: Tensor, progress: Progress) -> nn.Module:
    recipe = small_cnn.Training(seed=problem.seed)
    return trained(problem.images, problem.labels, problem.classes, recipe, shares, progress)


def _smooth(problem: Problem, shares: Tensor, progress: Progress) -> nn.Module:
    recipe = Recipe(seed=problem.seed)
    training = Training(network_of(recipe, problem.classes), recipe, problem.images, problem.labels, problem.threads)
    return as_module(training.network, training.run(shares=shares, progress=progress))


# Each network with its own recipe, trained with weights of images.
NETWORKS: dict[str, Callable[[Problem, Tensor, Progress], nn.Module]] = {
    SMALL_CNN: _kinked,
    SMALL_CNN_SMOOTH: _smooth,
}


def _margins(logits: Tensor, labels: Tensor) -> np.ndarray:
    """Return each label's logit minus the largest other one ``(m,)``."""
    rows = torch.arange(len(labels))
    right = logits[rows, labels]
    others = logits.clone()
    others[rows, labels] = -torch.inf
    return (right - others.max(1).values).numpy()
