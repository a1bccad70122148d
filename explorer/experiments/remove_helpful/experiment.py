"""Han, Wallace & Tsvetkov 2020: leave out the most helpful tenth of the training set, fit again, and look at the prediction."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.remove_helpful.removal_curve import ORDERS, confidence_changes
from explorer.experiments.selection import random_tests
from explorer.experiments.stages import array_stage
from explorer.runs.run import Run

SOURCE = "Han, Wallace & Tsvetkov 2020"
HELPFUL = "Predicted class after the most helpful 10 % are removed"
RANDOM = "Predicted class after a random 10 % are removed"
# Shares of the training set that are left out; the paper's is the last.
SHARES = (0.001, 0.003, 0.01, 0.03, 0.1)
# Test images between two writes to disk: 10 with all shares and orders are 200 refits, some ten seconds.
TOGETHER = 10


@dataclass(frozen=True)
class RemoveHelpful(Experiment):
    """Training images are left out by their influence on one prediction, and the head is really fitted again.

    Attributes:
        tests: test images, drawn by ``seed`` from all.
    """

    tests: int = 100

    name: ClassVar[str] = "remove-helpful"
    title: ClassVar[str] = "Remove what helped"
    paper: ClassVar[str] = SOURCE
    question: ClassVar[str] = "Does a prediction suffer more without its helpful images than without as many others?"
    duration: ClassVar[str] = "two minutes for 100 test images, 2,000 refits"
    published: ClassVar[tuple[PublishedFigure, ...]] = (
        PublishedFigure(f"{HELPFUL}, SST-2", "−6.0 ± 1.1 %", SOURCE),
        PublishedFigure(f"{HELPFUL}, MNLI", "−11.6 ± 2.1 %", SOURCE),
        PublishedFigure(f"{RANDOM}, SST-2", "−1.7 %", SOURCE),
        PublishedFigure(f"{RANDOM}, MNLI", "+0.1 %", SOURCE),
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return mean changes of P(predicted class) in percentage points, with their standard errors.

        Raises:
            ExplorerError: there are too few test images, or a removal would take a whole class.
        """
        if self.tests < 2:
            raise ExplorerError(f"tests is {self.tests}; a standard error needs 2 or more.")
        tests = random_tests(run, self.tests, self.seed)
        sizes = [max(1, round(share * len(run.train_labels))) for share in SHARES]
        parts = []
        for start in range(0, len(tests), TOGETHER):
            progress("Refits", start, len(tests))
            some = tests[start : start + TOGETHER]
            parts.append(array_stage(folder / f"tests-{start:05d}.npy", partial(self._changes, run, some, sizes)))
        progress("Refits", 1, 1)
        return summarise(np.concatenate(parts), sizes) | {
            "test_index": tests.tolist(),
            "n_train": len(run.train_labels),
        }

    def _changes(self, run: Run, tests: np.ndarray, sizes: list[int]) -> np.ndarray:
        features, seeds = np.asarray(run.test_features[tests]), [(self.seed, int(row)) for row in tests]
        return confidence_changes(run.scorer(run.default_method), features, run.predicted[tests], sizes, seeds)

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.remove_helpful.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def summarise(changes: np.ndarray, sizes: list[int]) -> dict[str, Any]:
    """Return means and standard errors in percentage points for changes of probability ``(m, orders, sizes)``."""
    means, errors = 100 * changes.mean(axis=0), 100 * changes.std(axis=0, ddof=1) / np.sqrt(len(changes))
    curves = {
        name: {"mean": mean.tolist(), "standard_error": error.tolist()}
        for name, mean, error in zip(ORDERS, means, errors, strict=True)
    }
    points = {
        name: f"{mean[-1]:+.1f} ± {error[-1]:.1f} points"
        for name, mean, error in zip(ORDERS, means, errors, strict=True)
    }
    ours = {f"{HELPFUL}, {data}": points["helpful"] for data in ("SST-2", "MNLI")}
    ours |= {f"{RANDOM}, {data}": points["random"] for data in ("SST-2", "MNLI")}
    return {
        "ours": {key: text.replace("-", "−") for key, text in ours.items()},
        "found": (
            f"Without the most helpful {SHARES[-1]:.0%} the probability of the predicted class changes by {points['helpful']} on average, "
            f"without a random {SHARES[-1]:.0%} by {points['random']}, without the most harmful by {points['harmful']} ({len(changes)} test images)."
        ).replace("-", "−"),
        "tests": len(changes),
        "removed": sizes,
        "shares": list(SHARES),
        "curves": curves,
        **{f"{name}_10_percent": float(mean[-1]) for name, mean in zip(ORDERS, means, strict=True)},
    }
