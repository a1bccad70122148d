"""Koh & Liang 2017, §5.4: wrong labels put right in several orders of looking, and what each order is worth."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.evaluation.audit import Trusted, accuracies_after_review
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.stages import json_stage
from explorer.runs.results.audit import audit_run
from explorer.runs.run import Run

# Shares of the training images that are looked at; the paper's figure goes to about a third.
SHARES = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3)
BUILD = "python -m explorer build --noise 0.1 --run mislabelled"
UNKNOWN = f"It is not known which labels of this run are wrong. Plant some with {BUILD}, then measure on that run."
ORDERS = {
    "self-influence": "Self-influence (the paper's)",
    "loss": "Training loss",
    "queue": "The queue of this program",
    "random": "Random",
}


@dataclass(frozen=True)
class FixMislabels(Experiment):
    """Labels looked at in four orders; those that are wrong are put right, and the last layer is fitted again.

    The queue trusts every second test image; accuracy is measured on the others, which no order has seen.
    """

    name: ClassVar[str] = "fix-mislabels"
    title: ClassVar[str] = "Find the wrong labels"
    paper: ClassVar[str] = "Koh & Liang 2017, §5.4, figure 6"
    question: ClassVar[str] = "In which order should a person check labels, to find most of the wrong ones soon?"
    run_name: ClassVar[str] = "mislabelled"
    build_command: ClassVar[str] = BUILD
    duration: ClassVar[str] = "about a minute for 10,000 images on two cores"
    published: ClassVar[tuple[PublishedFigure, ...]] = (
        PublishedFigure(
            "Wrong labels found in the first 10% looked at, by self-influence",
            "82% (EK-FAC, ResNet-9 on CIFAR-10, 10% planted)",
            "kronfluence, examples/cifar",
        ),
        PublishedFigure("The same in the first 20%", "96%", "kronfluence, examples/cifar"),
        PublishedFigure(
            "Which order finds them first",
            "self-influence ahead of training loss, both far ahead of random",
            "Koh & Liang 2017, §5.4, figure 6 (spam, 10% flipped)",
        ),
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return for each order and share looked at how many wrong labels were found and the accuracy after repair.

        Raises:
            ExplorerError: it is not known which labels are wrong, or none is.
        """
        truth = run.truth
        if truth is None or not (truth != run.train_labels).any():
            raise ExplorerError(UNKNOWN)
        n, wrong = len(truth), truth != run.train_labels
        counts = [0, *sorted({max(1, round(share * n)) for share in SHARES})]
        rows = np.arange(1, len(run.test_labels), 2)
        tests = Trusted(np.asarray(run.test_features[rows]), run.test_labels[rows])
        curves: dict[str, Any] = {}
        for done, (name, order) in enumerate(self._orders(run, progress).items()):
            progress("Refits after repair", done, len(ORDERS))
            curve = json_stage(folder / f"{name}.json", partial(_curve, run, order, truth, counts, tests))
            curves[name] = curve | {"title": ORDERS[name]}
        progress("Refits after repair", 1, 1)
        shares = [count / n for count in counts]
        facts = {"n_train": n, "wrong": int(wrong.sum()), "wrong_share": float(wrong.mean()), "tests": len(rows)}
        return facts | {
            "counts": counts,
            "looked_at": shares,
            "classes": run.class_names,
            "orders": curves,
            "ours": _ours(curves, shares),
            "found": _sentence(curves, shares),
        }

    def _orders(self, run: Run, progress: Progress) -> dict[str, np.ndarray]:
        """Return all training rows in each order of looking."""
        losses = run.head.losses(run.head.train_features, run.train_labels)
        return {
            "self-influence": np.argsort(-run.curvature.self_influences, kind="stable"),
            "loss": np.argsort(-losses, kind="stable"),
            "queue": audit_run(run, "even", progress).order,
            "random": np.random.default_rng(self.seed).permutation(len(losses)),
        }

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.fix_mislabels.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _curve(run: Run, order: np.ndarray, truth: np.ndarray, counts: list[int], tests: Trusted) -> dict[str, Any]:
    """Return the share of wrong labels found and the accuracy after each count; every point is a refit."""
    wrong = truth != run.train_labels
    each = np.array(accuracies_after_review(run.curvature, order, truth, counts, tests))
    weights = np.bincount(tests.labels, minlength=len(run.class_names))
    weights = weights[weights > 0]
    return {
        "share_found": [float(wrong[order[:count]].sum() / wrong.sum()) for count in counts],
        "accuracy": (each @ weights / weights.sum()).tolist(),
        "accuracy_per_class": each.tolist(),
    }


def _at(values: list[float], shares: list[float], share: float) -> float:
    """Return the value where so large a share was looked at."""
    return values[int(np.abs(np.array(shares) - share).argmin())]


def _ours(curves: dict[str, Any], shares: list[float]) -> dict[str, str]:
    early, later = (
        {name: _at(each["share_found"], shares, share) for name, each in curves.items()} for share in (0.1, 0.2)
    )
    ranked = sorted(early, key=lambda name: -early[name])
    first, second, third = (each.what for each in FixMislabels.published)
    return {
        first: f"{early['self-influence']:.0%} (loss {early['loss']:.0%}, queue {early['queue']:.0%}, random {early['random']:.0%})",
        second: f"{later['self-influence']:.0%} (loss {later['loss']:.0%}, queue {later['queue']:.0%}, random {later['random']:.0%})",
        third: ", then ".join(f"{ORDERS[name].split(' (')[0].lower()} {early[name]:.0%}" for name in ranked),
    }


def _sentence(curves: dict[str, Any], shares: list[float]) -> str:
    before = curves["queue"]["accuracy"][0]
    after = ", ".join(
        f"{_at(each['accuracy'], shares, 0.1):.1%} by {ORDERS[name].split(' (')[0].lower()}"
        for name, each in curves.items()
    )
    return f"Accuracy on untouched test images is {before:.1%} before; with the first tenth looked at and put right it is {after}."
