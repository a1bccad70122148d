"""Koh & Liang 2017, §5.2: training pictures changed by a hardly visible amount, so that a test prediction flips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import correct_tests, random_tests
from explorer.experiments.stages import json_stage, save_picture
from explorer.runs.run import Run

if TYPE_CHECKING:  # loads torch
    from explorer.experiments.training_attack.attack_runner import AttackRunner

SOURCE = "Koh & Liang 2017, §5.2"
WHAT = {
    1: "Predictions flipped by one changed training image",
    2: "Predictions flipped by two changed training images",
    10: "Predictions flipped by ten changed training images",
}
# A second series with the smallest change that a picture of eight bits can hold.
LEAST = 1
# Differences are shown so many times as large, and so many attacks with their pictures.
TIMES, SHOWN = 20, 4


@dataclass(frozen=True)
class TrainingAttack(Experiment):
    """One training picture after another is changed until the refitted head says something else of one test image.

    Attributes:
        tests: test images, drawn by ``seed`` from those that are predicted rightly.
        reach: most that a colour value of a stored picture may change, in levels of 255.
    """

    tests: int = 30
    reach: int = 8

    name: ClassVar[str] = "training-attack"
    title: ClassVar[str] = "Change one training picture, flip a prediction"
    paper: ClassVar[str] = SOURCE
    question: ClassVar[str] = "Can one training picture, changed so little that you hardly see it, turn a prediction?"
    published: ClassVar[tuple[PublishedFigure, ...]] = (
        PublishedFigure(WHAT[1], "57 % (335 of 591)", SOURCE),
        PublishedFigure(WHAT[2], "77 %", SOURCE),
        PublishedFigure(WHAT[10], "all but one", SOURCE),
    )
    run_name: ClassVar[str] = "photos"
    build_command: ClassVar[str] = "python -m explorer build --dataset FOLDER --run photos"
    duration: ClassVar[str] = "ten minutes for 30 test images and 600 photographs"

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return the share of predictions that at most 1, 2 and 10 changed images flip, with every attack.

        Raises:
            ExplorerError: a parameter is out of its range, or the run's network was trained on its own pictures.
        """
        from explorer.experiments.training_attack.attack_runner import AttackRunner  # loads torch

        if self.tests < 1 or not 1 <= self.reach <= 255:
            raise ExplorerError(
                f"tests is {self.tests}, reach is {self.reach}; give 1 or more tests, a reach of 1 to 255."
            )
        runner, tests = (
            AttackRunner(run, folder, progress),
            random_tests(run, self.tests, self.seed, correct_tests(run)),
        )
        pairs = [(reach, int(index)) for reach in sorted({self.reach, LEAST}, reverse=True) for index in tests]
        attacks: dict[int, list[dict[str, Any]]] = {}
        for done, (reach, index) in enumerate(pairs):
            progress("Attacked predictions", done, len(pairs))
            attacks.setdefault(reach, []).append(_attack(runner, reach, index))
        progress("Attacked predictions", 1, 1)
        series = [_series(reach, outcomes) for reach, outcomes in attacks.items()]
        return _result(run, series) | {"series": series, "pictures": _pictures(run, runner.pictures, series, folder)}

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.training_attack.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _attack(runner: "AttackRunner", reach: int, index: int) -> dict[str, Any]:
    """Return one attack: the one that was finished before, else made now."""
    from explorer.experiments.training_attack.attack import Attack  # loads torch

    path = runner.folder / f"reach-{reach}-test-{index}.json"
    return json_stage(path, partial(runner.attack, index, Attack(reach, max(WHAT))))


def _series(reach: int, attacks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the attacks of one reach with the share that at most so many changed images flip."""
    shares = {str(most): flipped_share(attacks, most) for most in WHAT}
    chance = sum(attack["flips_by_chance"] for attack in attacks) / len(attacks)
    afresh = sum(attack["flips_afresh"] for attack in attacks) / len(attacks)
    return {"reach": reach, "shares": shares, "by_chance": chance, "afresh": afresh, "attacks": attacks}


def flipped_share(attacks: Sequence[Mapping[str, Any]], most: int) -> float:
    """Return the share of attacks that flip a prediction with at most so many changed images."""
    return float(np.mean([attack["flips"] and attack["changed"] <= most for attack in attacks]))


def _result(run: Run, series: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the page says in words."""
    total, first = len(series[0]["attacks"]), series[0]
    ours = {}
    for most, what in WHAT.items():
        parts = [f"{100 * part['shares'][str(most)]:.0f} % at ±{part['reach']} of 255" for part in series]
        ours[what] = f"{', '.join(parts)} ({total} predictions)"
    after = sum(attack["accuracy_after"] for attack in first["attacks"]) / total
    larger = sum(attack["l2_afresh"] > run.head.l2 for attack in first["attacks"])
    return {
        "ours": ours,
        "found": (
            f"One changed training picture flips {first['shares']['1']:.0%} of {total} predictions at ±{first['reach']} of 255 a colour value, "
            f"and {series[-1]['shares']['1']:.0%} at ±{series[-1]['reach']}. The same pictures changed as much at random flip {first['by_chance']:.0%}. "
            f"After a whole fresh build, which chooses λ again ({larger} of {total} times a larger one), {first['afresh']:.0%} stay flipped. "
            f"The other test images hardly notice: accuracy {run.manifest.accuracy:.3f} before, {after:.3f} after, on average."
        ),
        "tests": total,
        **{f"share_{most}": first["shares"][str(most)] for most in WHAT},
        "share_1_at_least_change": series[-1]["shares"]["1"],
        "by_chance": first["by_chance"],
        "afresh": first["afresh"],
        "accuracy_before": float(run.manifest.accuracy),
        "mean_accuracy_after": after,
    }


def _pictures(run: Run, train: Any, series: list[dict[str, Any]], folder: Path) -> list[dict[str, str]]:
    """Return the pictures of some attacks: the test image, then each changed one before, after, and the change."""
    shown = [
        (part["reach"], attack) for part in series for attack in part["attacks"][: SHOWN if part is series[0] else 1]
    ]
    return [entry for reach, attack in shown for entry in _shown(run, train, attack, reach, folder)]


def _shown(run: Run, train: Any, attack: dict[str, Any], reach: int, folder: Path) -> list[dict[str, str]]:
    # these load torch
    from explorer.experiments.training_attack.attack import difference
    from explorer.runs.network_view import picture_of

    index, label, image = attack["test"], attack["label"], attack["images"][0]
    before, after = (f"P({label}) {attack[f'probability_{when}']:.3f}" for when in ("before", "after"))
    row, changed = image["train"], Image.open(folder / image["file"]).convert("RGB")
    group, name = (
        f"Test image {index}, a {label}: {before} → {after.split()[-1]}, ±{reach} of 255",
        f"shown-{reach}-{index}",
    )
    said = f"training image {row}, labelled {image['label']}"
    apart = difference(train[row], changed, TIMES)
    parts = (
        ("test", picture_of(run, "test", index), f"Test image {index}", f"test image {index}, a {label}"),
        ("before", train[row], f"Training image {row}", said),
        ("after", changed, f"Changed, ±{reach} of 255", f"{said}, changed"),
        ("change", apart, f"The change × {TIMES}", f"the change of {said}, {TIMES} times as strong"),
    )
    return [
        save_picture(folder, f"{name}-{part}", picture, caption, alt, group) for part, picture, caption, alt in parts
    ]
