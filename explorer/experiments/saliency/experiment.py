"""Han, Wallace & Tsvetkov 2020: influence against saliency on the same prediction, and the saliency of the influence itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.stages import json_stage, save_picture
from explorer.runs.run import Run

# Pairs whose pictures are kept: the helpful and the harmful one of the first test images.
SHOWN = 6
# A little, and beyond recognition.
HOW = ("faded", "blurred")


@dataclass(frozen=True)
class Saliency(Experiment):
    """Which pixels a prediction hangs on, and which pixels of a training image and of the test image carry its score.

    Attributes:
        tests: test images, those with the highest loss: on a right prediction every score is next to nothing.
    """

    tests: int = 8

    run_name: ClassVar[str] = "photos"
    build_command: ClassVar[str] = "python -m explorer build --dataset FOLDER --run photos"
    duration: ClassVar[str] = "two minutes"
    name: ClassVar[str] = "saliency"
    title: ClassVar[str] = "Saliency, and the saliency of influence"
    paper: ClassVar[str] = "Han, Wallace & Tsvetkov 2020"
    question: ClassVar[str] = "Which patches of two pictures make the one influential for the other?"

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return for pairs of a training and a test image how much of the score their brightest patches carry.

        Raises:
            ExplorerError: no test image is asked for.
        """
        from explorer.experiments.saliency.influence_maps import InfluenceMaps  # loads torch

        if self.tests < 1:
            raise ExplorerError(f"tests is {self.tests}; give 1 or more.")
        maps, pairs = InfluenceMaps(run, progress), []
        tests = np.argsort(-run.test_losses, kind="stable")[: self.tests]
        for done, index in enumerate(tests.tolist()):
            progress("Maps", done, len(tests))
            row = run.scorer("influence").row(run.test_features[index], int(run.test_labels[index]), 1)
            for sign, rows in (("helpful", row.helpful), ("harmful", row.harmful)):
                pairs += [self._pair(maps, index, int(train), sign, folder) for train in rows]
        progress("Maps", 1, 1)
        shown = [entry for pair in pairs[:SHOWN] for entry in self._pictures(maps, pair, folder)]
        result = summarise(pairs)
        return result | {"ours": {}, "found": _summary(result, len(pairs)), "pairs": pairs, "pictures": shown}

    def _pair(self, maps: Any, index: int, train: int, sign: str, folder: Path) -> dict[str, Any]:
        path = folder / f"pair-{index}-{train}.json"
        return json_stage(path, lambda: {"sign": sign} | maps.blurring_effect(index, train, self.seed))

    def _pictures(self, maps: Any, pair: dict[str, Any], folder: Path) -> list[dict[str, str]]:
        index, train, sign = pair["test"], pair["train"], pair["sign"]
        group = f"Test image {index}, {pair['test_label']}, and training image {train}, {pair['train_label']}: {sign}"
        words = {
            "test": (f"Test image {index}", f"test image {index}, a {pair['test_label']}"),
            "loss": ("Its saliency", f"saliency of test image {index}, yellow where it hangs on most"),
            "on-test": (
                "What the score hangs on",
                f"saliency of the influence on test image {index}, yellow where most",
            ),
            "train": (f"Training image {train}", f"training image {train}, labelled {pair['train_label']}"),
            "on-train": (
                "What the score hangs on",
                f"saliency of the influence on training image {train}, yellow where most",
            ),
        }
        shown = maps.pictures(index, train)
        return [
            save_picture(folder, f"{index}-{train}-{part}", shown[part], caption, alt, group)
            for part, (caption, alt) in words.items()
        ]

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.saliency.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def summarise(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return medians over pairs of how far blurring moves the score, and in how many pairs the map beats chance."""
    medians: dict[str, Any] = {"maps_alike": float(np.median([pair["maps_alike"] for pair in pairs]))}
    for how in HOW:
        each = {key: [pair[how][key] for pair in pairs] for key in pairs[0][how]}
        medians[how] = {key: float(np.median(values)) for key, values in each.items()}
        for side in ("train", "test"):
            ahead = zip(each[f"{side}_by_map"], each[f"{side}_by_chance"], strict=True)
            medians[how][f"{side}_beats_chance"] = sum(by_map > by_chance for by_map, by_chance in ahead)
    return medians


def _summary(result: dict[str, Any], pairs: int) -> str:
    slightly, wholly = (result[how] for how in HOW)

    def against(part: dict[str, float], side: str) -> str:
        medians = f"{part[f'{side}_by_map']:.0%} against {part[f'{side}_by_chance']:.0%}"
        return f"{medians} (more in {part[f'{side}_beats_chance']} of {pairs})"

    return (
        "The tenth of the patches on which a score hangs most is faded a quarter into a blur, and the score moves, against a random tenth: "
        f"on the test image {against(slightly, 'test')}, on the training image {against(slightly, 'train')}. "
        f"Blurred wholly: {against(wholly, 'test')} and {against(wholly, 'train')}. Medians over pairs. "
        f"The test image's maps of prediction and score agree with rank correlation {result['maps_alike']:.2f}."
    )
