"""Where no derivative predicts a training: ``small-cnn`` beside ``small-cnn-smooth`` on the same images.

Both are trained on some of a run's images three times: with all of them, with a few weighing 3 % less, and without these few. Where
training is smooth in its images the first change, scaled up, is the second (Engstrom et al. 2025, section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.phrases import counted, spaced
from explorer.core.progress import Progress
from explorer.datasets import stratified
from explorer.experiments.base import Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import random_tests
from explorer.experiments.stages import array_stage
from explorer.runs.run import Run

# Test images at which both networks are asked, and the most that the figure shows.
TESTS = 500
# How much less of an image is a little less, and in words.
LITTLE, LESS = 0.03, "3 % less"
# By how much the weights of these images fall in the three trainings of a network.
FALLS = (0.0, LITTLE, 1.0)
STAGE = "Training with other weights of images"


@dataclass(frozen=True)
class SmoothTraining(Experiment):
    """A little less of some training images, and none of them: what it does to both networks.

    Attributes:
        images: of the run's training images, stratified.
        left_out: how many of them weigh less, and are then left out.
    """

    images: int = 1000
    left_out: int = 1

    name: ClassVar[str] = "smooth-training"
    title: ClassVar[str] = "Kinks: a training that no derivative predicts"
    paper: ClassVar[str] = "Engstrom, Ilyas, Chen, Feldmann, Moses & Madry 2025, §4"
    duration: ClassVar[str] = "some minutes"
    question: ClassVar[str] = (
        "Does a little less of some training images foretell what happens when they are left out of the whole training?"
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return, for both networks, what a little less foretells of each test image's margin and what leaving out did.

        A margin is the label's logit minus the largest other one, of the network's own last layer.

        Raises:
            ExplorerError: so many images cannot be had, or none of a class would be left.
        """
        n, least = len(run.train_labels), 2 * len(run.class_names)
        if not least <= self.images <= n or not 1 <= self.left_out <= self.images // 2:
            raise ExplorerError(
                f"images is {self.images} and left_out is {self.left_out}; this run allows {least} to {n:,} images, of which 1 to half are left out."
            )
        from explorer.experiments.smooth_training.trainings import NETWORKS, problem_of  # loads torch

        rows = stratified(run.train_labels, self.images, self.seed)
        drawn = np.random.default_rng(self.seed).permutation(self.images)[: self.left_out]
        problem = problem_of(run, rows, random_tests(run, TESTS, self.seed), self.seed, folder, progress)
        trainings = [(name, fall) for name in NETWORKS for fall in FALLS]
        margins = {}
        for done, (name, fall) in enumerate(trainings):
            told = _part(progress, done, len(trainings))
            train = partial(problem.margins, name, drawn, fall, told)
            margins[name, fall] = array_stage(folder / f"{name}-{fall:g}.npy", train)
        found = {name: _found(*(margins[name, fall] for fall in FALLS)) for name in NETWORKS}
        about = {"left_out": self.left_out, "n_train": self.images, "tests": len(margins[trainings[0]])}
        return {"networks": found, **about, "found": _sentences(found, self.left_out)}

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.smooth_training.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _part(progress: Progress, before: int, every: int) -> Progress:
    """Return what tells the part of one training as a part of all."""

    def told(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        progress(STAGE, before + done / total, every)

    return told


def _found(before: np.ndarray, little: np.ndarray, without: np.ndarray) -> dict[str, Any]:
    """Return what is said of one network: margins ``(m,)`` with all images, with a little less of some, and without them."""
    foretold, measured = (little - before) / LITTLE, without - before
    known = np.ptp(foretold) > 0 and np.ptp(measured) > 0
    return {
        "foretold": foretold.tolist(),
        "measured": measured.tolist(),
        "mean_change_little": float(np.abs(little - before).mean()),
        "mean_change_without": float(np.abs(measured).mean()),
        "r": float(np.corrcoef(foretold, measured)[0, 1]) if known else 0.0,
        "size": float(foretold.std() / measured.std()) if known else 0.0,
        "accuracy": float((before > 0).mean()),
    }


def _sentences(found: dict[str, dict[str, Any]], left_out: int) -> str:
    """Return what a little less of some images did to each network beside leaving them out, a sentence each."""
    images, them = counted(left_out, "image"), "it" if left_out == 1 else "them"
    said = [
        f"{name}: {LESS} of {images} changed the margins by {each['mean_change_little']:.2g} on average, leaving {them} out "
        f"by {each['mean_change_without']:.2g}; the first foretells the second at r = {each['r']:.2f}."
        for name, each in found.items()
    ]
    return spaced(" ".join(said)).replace("-0.", "−0.")
