"""Where one training is not the model: the same images and network, trained from several seeds."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets import stratified
from explorer.datasets.base import Split
from explorer.evaluation.agreement import spearman
from explorer.evaluation.overlap import top_rows
from explorer.experiments.base import Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import random_tests
from explorer.experiments.stages import array_stage
from explorer.models import SMALL_CNN
from explorer.models.head import fit
from explorer.models.standardisation import standardisation, standardised
from explorer.runs.run import Run

# λ of every head: the same for all, so that only the network differs.
L2 = 0.03
TESTS, TOP = 30, 24


@dataclass(frozen=True)
class Seeds(Experiment):
    """``small-cnn`` trained from several seeds, and the influence scores of each.

    Attributes:
        networks: how many.
        images: of the run's training images, stratified.
    """

    networks: int = 4
    images: int = 1000

    name: ClassVar[str] = "seeds"
    title: ClassVar[str] = "Another seed, another explanation"
    paper: ClassVar[str] = "Basu, Pope & Feizi 2021"
    duration: ClassVar[str] = "a minute or two"
    question: ClassVar[str] = (
        "Would the same training images be named if the network had been trained from another seed?"
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return how far the scores of networks from different seeds agree, and how much of the top stays.

        Raises:
            ExplorerError: fewer than two networks are asked for, or the run has not so many images.
        """
        n, least = len(run.train_labels), 2 * len(run.class_names)
        if self.networks < 2 or not least <= self.images <= n:
            raise ExplorerError(
                f"networks is {self.networks} and images is {self.images}; give at least 2 networks, and {least} to {n:,} images."
            )
        rows = stratified(run.train_labels, self.images, self.seed)
        shown = random_tests(run, TESTS, self.seed)
        measured = [
            array_stage(folder / f"seed-{seed}.npy", partial(_trained, run, rows, shown, seed, folder, progress))
            for seed in range(self.seed, self.seed + self.networks)
        ]
        right = [float(each[-1].mean()) for each in measured]
        pairs = list(combinations([each[:-1] for each in measured], 2))
        ranks = [spearman(one[:, test], other[:, test]) for one, other in pairs for test in range(len(shown))]
        shares = [_shared(one[:, test], other[:, test]) for one, other in pairs for test in range(len(shown))]
        return {
            "accuracy": right,
            "spearman": float(np.mean(ranks)),
            "ranks": ranks,
            "shared": float(np.mean(shares)),
            "chance": TOP / len(rows),
            "top": TOP,
            "n_train": len(rows),
            "tests": len(shown),
        }

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.seeds.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of the strongest images, helpful and harmful, that two rows of scores ``(n,)`` have in common."""
    sides = [np.intersect1d(top_rows(sign * one, TOP), top_rows(sign * other, TOP)) for sign in (1, -1)]
    return sum(map(len, sides)) / (2 * TOP)


def _trained(run: Run, rows: np.ndarray, shown: np.ndarray, seed: int, folder: Path, progress: Progress) -> np.ndarray:
    """Train a network from a seed; return its scores ``(n, m)`` and, as the last row, which test images it has right."""
    # these load torch, which a list of experiments does not need
    from explorer.models import small_cnn
    from explorer.models.backbones import extract_features
    from explorer.runs.build.plan import input_size

    working, classes = folder / f"training-{seed}", len(run.class_names)
    working.mkdir(exist_ok=True)
    train = replace(run.dataset.train.take(run.arrays["train_rows"][rows]), labels=run.train_labels[rows])
    size = input_size(SMALL_CNN, run.dataset)
    network = small_cnn.train(train, classes, size, small_cnn.Training(seed=seed), working, progress)

    def seen(split: Split) -> np.ndarray:
        return extract_features(network, split.pictures, range(len(split.labels)), size)

    raw, tests = seen(train), seen(run.dataset.test.take(shown))
    scaling = standardisation(raw)
    head = fit(standardised(raw, *scaling), train.labels, classes, L2)
    scorer = Scorer(Curvature(head), ESTIMATORS["newton"])
    measured = scorer.tests(standardised(tests, *scaling), run.test_labels[shown])
    right = head.probabilities(measured.features).argmax(axis=1) == run.test_labels[shown]
    return np.vstack([scorer.exact(measured), right])
