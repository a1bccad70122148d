"""Where single scores fail: what many images do together is not the sum of what each does alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.progress import Progress
from explorer.evaluation.group_influence import group_effect
from explorer.experiments.base import Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import random_tests
from explorer.runs.run import Run

# Group sizes as shares of the training images; the largest is a quarter.
SHARES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25)
TESTS = 100


@dataclass(frozen=True)
class GroupEffects(Experiment):
    """Growing groups of training images, left out together: the most harmful to some test images, and random ones."""

    name: ClassVar[str] = "group-effects"
    title: ClassVar[str] = "Groups are more than their sum"
    paper: ClassVar[str] = "Koh, Ang, Teo & Liang 2019"
    duration: ClassVar[str] = "about half a minute"
    question: ClassVar[str] = "Do the scores of many images add up to what happens when all of them are left out?"

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return for each size of a group the predicted and the measured change of the mean test loss, in nats."""
        shown = random_tests(run, TESTS, self.seed)
        tests, scorer = run.tests_of(shown), run.scorer(run.default_method)
        total = scorer.exact(tests).mean(axis=1)
        n = len(total)
        orders = {
            "harmful": np.argsort(total, kind="stable"),
            "random": np.random.default_rng(self.seed).permutation(n),
        }
        sizes = sorted({max(1, round(share * n)) for share in SHARES})
        points: dict[str, list[dict[str, float]]] = {name: [] for name in orders}
        for done, size in enumerate(sizes):
            progress("Refits without groups", done, len(sizes))
            for name, order in orders.items():
                seen = group_effect(scorer, tests, order[:size])
                if seen.measured is not None:
                    changes = {"predicted": float(seen.predicted.mean()), "measured": float(seen.measured.mean())}
                    points[name].append({"size": size} | changes)
        progress("Refits without groups", 1, 1)
        return {"groups": points, "n_train": n, "tests": len(shown), "method": run.default_method}

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.group_effects.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)
