"""Where a first-order estimate fails: few images beside the number of weights, each with a large leverage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets import stratified
from explorer.evaluation.agreement import agreement, measured_changes, removable_rows
from explorer.evaluation.refit import refit_without
from explorer.experiments.base import Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import random_tests
from explorer.models.head import Head, fit
from explorer.runs.run import Run

METHODS = ("influence", "newton")
# Test images whose losses are compared: each removal gives as many pairs.
TESTS = 20


@dataclass(frozen=True)
class LargeLeverage(Experiment):
    """The head fitted to few of the run's images, each of them left out in turn.

    Attributes:
        images: how many, stratified.
        l2: λ; small, so that a single image can move the head.
    """

    images: int = 120
    l2: float = 0.03

    name: ClassVar[str] = "large-leverage"
    title: ClassVar[str] = "Few images, large leverage"
    paper: ClassVar[str] = "Cook & Weisberg 1980; Koh & Liang 2017, eq. 2"
    duration: ClassVar[str] = "some seconds"
    question: ClassVar[str] = (
        "What becomes of the estimate when one image alone decides what the model does in its direction?"
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return the predicted and measured changes of loss of all single removals, for two methods, and their agreement.

        Raises:
            ExplorerError: fewer images than two a class are asked for, or more than the run has.
        """
        n, least = len(run.train_labels), 2 * len(run.class_names)
        if not least <= self.images <= n:
            raise ExplorerError(f"images is {self.images}; this run allows {least} to {n:,}.")
        rows = stratified(run.train_labels, self.images, self.seed)
        features = np.asarray(run.head.train_features[rows])
        curvature = Curvature(fit(features, run.train_labels[rows], len(run.class_names), self.l2))
        head, shown = curvature.head, random_tests(run, TESTS, self.seed)
        scorers = {name: Scorer(curvature, ESTIMATORS[name]) for name in METHODS}
        tests = scorers["newton"].tests(np.asarray(run.test_features[shown]), run.test_labels[shown])
        alone = [np.array([row]) for row in range(len(rows)) if len(removable_rows(head.train_labels, [row]))]
        measured = measured_changes(curvature, tests, alone, "Refits", progress)
        kept = np.concatenate(alone)
        predicted = {name: scorer.exact(tests, kept) for name, scorer in scorers.items()}
        return {
            "measured": measured.ravel().tolist(),
            "predicted": {name: values.ravel().tolist() for name, values in predicted.items()},
            "agreement": {name: agreement(values.ravel(), measured.ravel()) for name, values in predicted.items()},
            "leverage": curvature.leverages[kept].repeat(len(shown)).tolist(),
            "largest_leverage": float(curvature.leverages.max()),
            "removals": len(kept),
            "weights": int(head.weights.size),
            "n_train": len(rows),
            "gradient_norm": _worst(curvature, alone),
        }

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.large_leverage.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _worst(curvature: Curvature, groups: list[np.ndarray]) -> float:
    """Return the largest ‖∇R‖ of the refits, each in its own problem without the image."""
    head, worst = curvature.head, 0.0
    for group, weights in zip(groups, refit_without(curvature, groups), strict=True):
        kept = np.delete(np.arange(len(head.train_labels)), group)
        share = len(kept) / len(head.train_labels)  # λ and n stay: the mean over n − 1 images weighs as λn/(n − 1)
        left = Head(head.train_features[kept], head.train_labels[kept], weights, head.l2 / share)
        worst = max(worst, share * left.gradient_norm())
    return worst
