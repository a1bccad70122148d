"""Saliency maps of predictions and of influence scores, validated by blurring the patches that they highlight."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.progress import Progress
from explorer.evaluation.agreement import spearman
from explorer.evaluation.saliency import (
    LabelledPicture,
    blurred_patches,
    influence_score,
    leading_patches,
    loss_map,
    overlay,
    patch_contributions,
    random_patches,
    score_patches,
)
from explorer.models.pixels import FeaturePipeline
from explorer.runs.network_view import picture_of, view_of
from explorer.runs.run import Run

STRENGTHS = {"blurred": 1.0, "faded": 0.25}


@dataclass(frozen=True, eq=False)
class InfluenceMaps:
    """The maps of one run.

    Attributes:
        run: whose head and network they are.
        progress: told where weights must be fetched.
    """

    run: Run
    progress: Progress

    @cached_property
    def _view(self) -> FeaturePipeline:
        return view_of(self.run, self.progress)

    def picture(self, side: str, index: int) -> LabelledPicture:
        """Return a picture of the run with its label."""
        return LabelledPicture(picture_of(self.run, side, index), int(self.run.labels(side)[index]))

    def _seen(self, case: LabelledPicture) -> tuple[np.ndarray, int]:
        return self._view.forward([case.picture]).features[0], case.label

    def blurring_effect(self, index: int, train: int, seed: int) -> dict[str, Any]:
        """Return by which share of itself the score changes, up or down, when a tenth of the patches is blurred.

        ``…_by_map``: the patches on which the score hangs most; ``test_by_saliency``: those on which the prediction does;
        ``…_by_chance``: any. ``blurred`` wholly, or ``faded`` a quarter into the blur, as slopes speak for small changes.
        ``maps_alike`` is the rank correlation of the two maps of the test image.
        """
        one, other = self.picture("train", train), self.picture("test", index)
        maps, names = self._carried(one, other), self.run.class_names
        chosen = {
            "train_by_map": [leading_patches(np.abs(maps["on-train"]))],
            "train_by_chance": random_patches(len(maps["on-train"]), seed),
            "test_by_map": [leading_patches(np.abs(maps["on-test"]))],
            "test_by_saliency": [leading_patches(np.abs(maps["loss"]))],
            "test_by_chance": random_patches(len(maps["on-test"]), seed),
        }
        return {
            "test": index,
            "train": train,
            "test_label": names[other.label],
            "train_label": names[one.label],
            "says": names[int(self.run.predicted[index])],
            "score": influence_score(self.run.curvature, self._seen(one), self._seen(other)),
            **{how: self._moved(one, other, chosen, strength) for how, strength in STRENGTHS.items()},
            "maps_alike": spearman(maps["loss"].ravel(), maps["on-test"].ravel()),
        }

    def _moved(
        self, one: LabelledPicture, other: LabelledPicture, chosen: dict[str, list[np.ndarray]], strength: float
    ) -> dict[str, float]:
        """Return the mean |change| of the score as a share of itself, for each way to choose patches."""
        seen, moves = (self._seen(one), self._seen(other)), {}
        before = influence_score(self.run.curvature, *seen)
        for key, choices in chosen.items():
            on_train = key.startswith("train")
            case = one if on_train else other
            blurred = [blurred_patches(case.picture, each, strength) for each in choices]
            changed = [self._seen(LabelledPicture(picture, case.label)) for picture in blurred]
            pairs = [(each, seen[1]) if on_train else (seen[0], each) for each in changed]
            after = [influence_score(self.run.curvature, *pair) for pair in pairs]
            moves[key] = float(np.mean([abs(value / before - 1) for value in after]))
        return moves

    def _carried(self, one: LabelledPicture, other: LabelledPicture) -> dict[str, np.ndarray]:
        """Return what each patch carries: of the prediction, and of the score's size on either picture."""
        on_train, on_test = score_patches(self._view, self.run.curvature, one, other)
        return {"loss": self._support(other), "on-train": on_train, "on-test": on_test}

    def _support(self, case: LabelledPicture) -> np.ndarray:
        """Return by how much each patch lowers the loss of what the model says."""
        says = int(self.run.head.logits(self._view.forward([case.picture]).features)[0].argmax())
        return patch_contributions(
            -loss_map(self._view, self.run.head, LabelledPicture(case.picture, says)), case.picture
        )

    def pictures(self, index: int, train: int) -> dict[str, Image.Image]:
        """Return both pictures, and each under its maps."""
        one, other = self.picture("train", train), self.picture("test", index)
        maps = self._carried(one, other)
        return {
            "test": other.picture,
            "loss": overlay(other.picture, maps["loss"]),
            "on-test": overlay(other.picture, maps["on-test"]),
            "train": one.picture,
            "on-train": overlay(one.picture, maps["on-train"]),
        }
