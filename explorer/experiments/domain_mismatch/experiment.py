"""Koh & Liang 2017, §5.3: a training set that does not fit the world, found by summed influence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.domain_mismatch.attributes import red_light
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.stages import save_picture
from explorer.runs.run import Run

SOURCE = "Koh & Liang 2017, §5.3"
NEXT = "Influence of a planted image against the next most influential one"
# Groups that the figure draws, and pictures of each kind.
DRAWN, SHOWN = 10, 4


@dataclass(frozen=True)
class DomainMismatch(Experiment):
    """Some pictures are put under red light; in training nearly all of them show one class, in the world both do.

    Attributes:
        planted: training images of the run's last class under red light.
        kept: training images of its first class under red light; ``planted`` would be fair.
        tests: test images of the first class, all under red light.
    """

    planted: int = 40
    kept: int = 2
    tests: int = 200

    name: ClassVar[str] = "domain-mismatch"
    title: ClassVar[str] = "A training set that does not fit the world"
    paper: ClassVar[str] = SOURCE
    question: ClassVar[str] = (
        "A kind of picture goes wrong: does summed influence say which training images are behind it?"
    )
    duration: ClassVar[str] = "twenty seconds"
    published: ClassVar[tuple[PublishedFigure, ...]] = (PublishedFigure(NEXT, "30 to 40 times", SOURCE),)

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return summed influence on the wrong test images by group, single images, and real refits as the check.

        Raises:
            ExplorerError: the numbers do not fit the run, its network was trained on its pictures, or nothing goes wrong.
        """
        from explorer.experiments.domain_mismatch.domain_shift import DomainShift  # loads torch

        if not 1 <= self.kept <= self.planted or self.tests < 1:
            raise ExplorerError(
                f"planted is {self.planted}, kept {self.kept}, tests {self.tests}; kept lies between 1 and planted, and tests from 1."
            )
        progress("Pictures under red light", 0, 1)
        shift = DomainShift.of(run, self.planted, self.kept, self.tests, self.seed, progress)
        progress("Pictures under red light", 1, 1)
        if not len(shift.wrong):
            raise ExplorerError("No test image goes wrong under red light in this run; plant more, or keep fewer.")
        result = planted_statistics(shift.scores, shift.planted, shift.common)
        result |= shift.accuracies() | shift.refit_without_planted(self.seed)
        sums, chance = shift.group_sums(), shift.random_sums(self.seed)
        others = [group for group in sums if "under red light" not in str(group["group"])]
        result |= {
            "sum_planted": float(shift.scores[shift.common].sum()),
            "wrong": len(shift.wrong),
            "tests": len(shift.tests),
            "sum_next": others[0]["sum"],
            "next_group": others[0]["group"],
            "labels": [run.class_names[0], run.class_names[-1]],
        }
        return result | {
            "found": _summary(result),
            "ours": {
                NEXT: f"{result['member_to_next']:.1f} times; {result['member_to_mean']:.0f} times the mean image"
            },
            "sums": sums[:DRAWN],
            "sum_to_next": abs(result["sum_planted"] / result["sum_next"]),
            "largest_random_sum": float(np.abs(chance).max()),
            "random_groups": len(chance),
            "pictures": _pictures(run, shift, folder),
        }

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.domain_mismatch.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def planted_statistics(scores: np.ndarray, planted: np.ndarray, common: np.ndarray) -> dict[str, Any]:
    """Return how a planted image's mean |score| compares with those of all images that are not planted."""
    others = np.abs(np.delete(scores, planted))
    member = float(np.abs(scores[common]).mean())
    first = np.argsort(scores, kind="stable")[: len(common)]
    return {
        "member": member,
        "member_to_next": member / float(others.max()),
        "member_to_mean": member / float(others.mean()),
        "planted_among_most_harmful": float(np.isin(first, common).mean()),
    }


def _summary(result: dict[str, Any]) -> str:
    rare, common = result["labels"]
    return (
        f"Under red light {result['wrong']} of {result['tests']} test images of class {rare} go wrong. The summed influence of the planted {common} images on them is "
        f"{result['sum_planted']:+.2f} nats, of the next group ({result['next_group']}) {result['sum_next']:+.2f}. Without the planted images, really refitted, "
        f"their loss changes by {result['measured_planted']:+.2f} and {result['mended_planted']:.0%} of them come right; without as many others, {result['mended_random']:.0%}."
    ).replace("-", "−")


def _pictures(run: Run, shift: Any, folder: Path) -> list[dict[str, str]]:
    """Return some test images that go wrong, and the training images that harm them most."""
    from explorer.runs.network_view import picture_of  # loads torch

    pictures, names = [], run.class_names
    for index in shift.tests[shift.wrong[:SHOWN]].tolist():
        picture, description = (
            red_light(picture_of(run, "test", index)),
            f"Test image {index}, a {names[0]}, taken for a {names[-1]}",
        )
        pictures.append(
            save_picture(
                folder,
                f"test-{index}",
                picture,
                f"{names[0]}, called {names[-1]}",
                description,
                "Test images that go wrong",
            )
        )
    for row in np.argsort(shift.scores, kind="stable")[:SHOWN].tolist():
        lit, picture = row in shift.planted, picture_of(run, "train", row)
        description = (
            f"Training image {row}, labelled {names[run.train_labels[row]]}, {'planted' if lit else 'not planted'}"
        )
        shown = red_light(picture) if lit else picture
        pictures.append(
            save_picture(
                folder,
                f"train-{row}",
                shown,
                f"{names[run.train_labels[row]]}, {'planted' if lit else 'not planted'}",
                description,
                "Training images that harm them most",
            )
        )
    return pictures
