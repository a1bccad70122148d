"""Koh & Liang 2017, figure 2: what leaving an image out is predicted to do, beside what it really does."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError, unknown
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.koh_liang_fig2.agreement import removal_figures, rounded_down
from explorer.experiments.koh_liang_fig2.leave_one_out import refit_changes
from explorer.experiments.stages import array_stage
from explorer.runs.run import Run

MODELS = ("head", "small-cnn")
# Removals where nobody asks for another number: as many as in the paper, for the convex model and for the network.
POINTS = {"head": 500, "small-cnn": 100}
# Refits between two writes to disk: 100 of 10,000 images are some seconds, which is the most that an interruption costs.
SHARD = 100
WHAT = {"head": "A convex model, 500 removals", "small-cnn": "A small convolutional network, 100 removals"}
NOTEBOOK = "The same in the authors' notebook"


@dataclass(frozen=True)
class KohLiangFig2(Experiment):
    """The most influential training images of one test image, each left out in turn and the model fitted again.

    Attributes:
        model: ``head`` (the run's last layer, every refit exact) or ``small-cnn`` (a whole network, whose training goes on).
        test: the test image; −1 is a confidently wrong one.
        points: how many images are left out, one at a time; 0 is as many as in the paper.
        images: training images of ``small-cnn``; the head has all of the run's.
        steps: for which the training of ``small-cnn`` goes on.
        batch: images in each of them, in the same order whatever is left out; 0 is all.
        pace: their learning rate.
    """

    model: str = "head"
    test: int = -1
    points: int = 0
    images: int = 1000
    steps: int = 80
    batch: int = 250
    pace: float = 1e-3

    name: ClassVar[str] = "koh-liang-fig2"
    title: ClassVar[str] = "Predicted and real leave-one-out"
    paper: ClassVar[str] = "Koh & Liang 2017, §4.1 and §4.2, figure 2"
    question: ClassVar[str] = "Does the predicted change of the loss come true when an image is really left out?"
    duration: ClassVar[str] = "about a minute for the last layer of 10,000 images, about ten for the network"
    choices: ClassVar[dict[str, dict[str, str]]] = {
        "model": {"head": "the last layer, refitted", "small-cnn": "a whole network, trained on"}
    }
    published: ClassVar[tuple[PublishedFigure, ...]] = (
        PublishedFigure(
            WHAT["head"], "close to the line; no coefficient is printed", "Koh & Liang 2017, §4.1, figure 2 left"
        ),
        PublishedFigure(WHAT["small-cnn"], "Pearson 0.86", "Koh & Liang 2017, §4.2, figure 2"),
        PublishedFigure(NOTEBOOK, "Pearson 0.875", "influence-release, fig2_approx.ipynb"),
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return predicted and measured changes of loss of each removal, and how far they agree.

        Raises:
            ExplorerError: there is no such model, or the test image does not exist.
        """
        if self.model not in MODELS:
            raise unknown("model", self.model, list(MODELS))
        if self.points < 0 or self.images < 2 * len(run.class_names):
            raise ExplorerError(
                f"points is {self.points} and images is {self.images}; give points from 0 and at least {2 * len(run.class_names)} images."
            )
        if self.model == "head":
            return self._result(self._head(run, folder, progress))
        from explorer.experiments.koh_liang_fig2.network import measure_network  # loads torch

        return self._result(measure_network(self, run, folder, progress))

    def _result(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return a result with its words."""
        figures = {name: rounded_down(value["pearson"]["value"]) for name, value in result["agreement"].items()}
        summary = ", ".join(f"{name} {value}" for name, value in figures.items())
        here = f"Pearson {summary if len(figures) > 1 else figures.popitem()[1]} ({result['removals']:,} removals)"
        wrong = f"labelled {result['label']}, the model says {result['says']}"
        sentence = f"{result['removals']:,} training images were left out, one at a time; test image {result['test']} is {wrong}."
        others = {NOTEBOOK: here} if self.model == "small-cnn" else {}
        return result | {"ours": {WHAT[self.model]: here, **others}, "found": sentence}

    @property
    def removals(self) -> int:
        """How many images are left out, at most."""
        return self.points or POINTS[self.model]

    def _head(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        index = run.check_test(self.test) if self.test >= 0 else _chosen(run)
        tests = run.tests_of(np.array([index]))
        scores = run.scorer("influence").exact(tests)[:, 0]
        rows = np.argsort(-np.abs(scores), kind="stable")[: self.removals]
        changes, norm = self._refits(run, rows, index, folder, progress)
        predicted = {"influence": scores[rows], "newton": run.scorer("newton").exact(tests, rows)[:, 0]}
        return removal_figures(predicted, changes) | {
            "test": index,
            "label": run.class_names[run.test_labels[index]],
            "says": run.class_names[run.predicted[index]],
            "train_index": rows.tolist(),
            "n_train": len(scores),
            "largest_gradient_norm": norm,
        }

    def _refits(
        self, run: Run, rows: np.ndarray, index: int, folder: Path, progress: Progress
    ) -> tuple[np.ndarray, float]:
        """Return the changes of loss ``(k,)`` in nats when each row is left out, and the largest ‖∇R‖ of the refits."""
        parts, seen, target = [], np.asarray(run.test_features[index]), int(run.test_labels[index])
        for start in range(0, len(rows), SHARD):
            progress("Refits", start, len(rows))
            refits = partial(refit_changes, run.curvature, rows[start : start + SHARD], seen, target)
            parts.append(array_stage(folder / f"refits-{start:05d}.npy", refits))
        progress("Refits", len(rows), len(rows))
        stacked = np.concatenate(parts)
        return stacked[:, 0], float(stacked[:, 1].max())

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.koh_liang_fig2.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _chosen(run: Run) -> int:
    """Return the test image of which the model is most confidently wrong; where it makes no mistake, the least sure one."""
    wrong = run.confidently_wrong()
    return int(wrong[0]) if len(wrong) else int(run.test_losses.argmax())
