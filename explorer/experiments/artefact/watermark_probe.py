"""Evaluate a run that was trained on watermarked images on test images with the same watermark."""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.core.progress import Progress
from explorer.datasets.corruption.watermark import watermark_box, with_watermark
from explorer.evaluation.refit import refit_without
from explorer.evaluation.saliency import (
    LabelledPicture,
    box_share,
    gradient_times_input,
    loss_map,
    overlay,
    patch_contributions,
    patch_saliency,
)
from explorer.models import SMALL_CNN, small_cnn
from explorer.models.backbones import extract_features
from explorer.models.head import fit
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.batches import BATCH
from explorer.models.small_cnn import Training
from explorer.models.standardisation import standardisation, standardised
from explorer.runs.network_view import picture_of, view_of
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False)
class WatermarkProbe:
    """Test images with the patch, as a run sees them.

    Attributes:
        run: built on the marked pictures.
        view: its way from pictures to features.
        rows: test images ``(m,)``.
        pictures: theirs, with the patch.
        with_patch: features ``(m, d)`` of these.
    """

    run: Run
    view: FeaturePipeline
    rows: np.ndarray
    pictures: list[Image.Image]
    with_patch: np.ndarray

    @staticmethod
    def of(run: Run, rows: np.ndarray, progress: Progress) -> "WatermarkProbe":
        """Return test images with the patch laid over them now."""
        view = view_of(run, progress)
        pictures = [with_watermark(picture_of(run, "test", int(row))) for row in rows]
        return WatermarkProbe(run, view, rows, pictures, _features(view, pictures))

    @cached_property
    def labels(self) -> np.ndarray:
        """True labels ``(m,)``."""
        return self.run.test_labels[self.rows]

    @cached_property
    def predicted(self) -> np.ndarray:
        """What the model says of the images with the patch ``(m,)``."""
        return self.run.head.logits(self.with_patch).argmax(axis=1)

    @cached_property
    def without_patch(self) -> np.ndarray:
        """Features ``(m, d)`` of the same test images as they are."""
        return np.asarray(self.run.test_features[self.rows])

    @cached_property
    def carriers(self) -> np.ndarray:
        """Which training images carry the patch ``(n,)`` bool."""
        planted = self.run.dataset.train.marked
        assert planted is not None
        return planted[self.run.arrays["train_rows"]]

    @property
    def planted(self) -> int:
        """The class that the carriers are labelled as."""
        return int(self.run.train_labels[self.carriers][0])

    @property
    def carrier_confidence(self) -> float:
        """Mean probability of their own label that the model gives the carriers."""
        return float(self.run.head.train_probabilities[self.carriers, self.planted].mean())

    @property
    def area(self) -> float:
        """Mean share of a test picture that the patch covers."""
        even = [np.ones((picture.height, picture.width, 3)) for picture in self.pictures]
        return float(np.mean([box_share(*pair) for pair in zip(even, self._boxes, strict=True)]))

    @property
    def _boxes(self) -> list[tuple[int, int, int, int]]:
        return [watermark_box(picture.size) for picture in self.pictures]

    def effect(self, folder: Path, progress: Progress) -> dict[str, float]:
        """Return how often test images of other classes are taken for the carriers' class, all but the first with the patch.

        ``removed``: the carriers were left out and the head was fitted again; ``trained_again``: the network as well, where
        it is one that is trained here.

        Args:
            folder: where an interrupted training is kept.
            progress: told how far the training is.
        """
        others = self.labels != self.planted
        without = refit_without(self.run.curvature, [np.flatnonzero(self.carriers)])[0]
        says = {
            "taken_without_patch": self.run.head.logits(self.without_patch),
            "taken_with_patch": self.run.head.logits(self.with_patch),
            "taken_with_patch_carriers_removed": self.with_patch @ without.T,
        }
        if self.run.manifest.backbone == SMALL_CNN:
            says["taken_with_patch_trained_again"] = self._trained_again(folder, progress)
        return {key: float((logits[others].argmax(axis=1) == self.planted).mean()) for key, logits in says.items()}

    def _trained_again(self, folder: Path, progress: Progress) -> np.ndarray:
        """Return the logits ``(m, C)`` of the test images with the patch by a network that never saw a carrier."""
        classes, size = len(self.run.class_names), self.view.size
        split = self.run.dataset.train.take(self.run.arrays["train_rows"][~self.carriers])
        folder.mkdir(parents=True, exist_ok=True)
        network = small_cnn.train(split, classes, size, Training(seed=self.run.manifest.seed), folder, progress)
        shutil.rmtree(folder, ignore_errors=True)
        raw = extract_features(network, split.pictures, range(len(split.labels)), size)
        view = FeaturePipeline(network, size, *standardisation(raw))
        head = fit(standardised(raw, view.mean, view.deviation), split.labels, classes, self.run.head.l2)
        return head.logits(_features(view, self.pictures))

    def slopes(self, place: int) -> np.ndarray:
        """Return ∂loss/∂pixels of what the model says of a test image with the patch ``(height, width, 3)``."""
        return loss_map(self.view, self.run.head, LabelledPicture(self.pictures[place], int(self.predicted[place])))

    def saliency_shares(self) -> dict[str, list[float]]:
        """Return for each test image which share of its saliency lies in the patch, by two ways to measure saliency.

        ``gradient``: Σ|∂loss/∂pixel|; ``gradient_times_input``: the same times what the pixel has above a blurred picture.
        """
        shares: dict[str, list[float]] = {"gradient": [], "gradient_times_input": []}
        for place, (picture, box) in enumerate(zip(self.pictures, self._boxes, strict=True)):
            slopes = self.slopes(place)
            shares["gradient"].append(box_share(slopes, box))
            shares["gradient_times_input"].append(box_share(gradient_times_input(slopes, picture), box))
        return shares

    def maps_of(self, place: int) -> dict[str, Image.Image]:
        """Return a test image under its saliency, by both ways."""
        picture, slopes = self.pictures[place], self.slopes(place)
        return {
            "gradient": overlay(picture, patch_saliency(slopes, picture)),
            "gradient_times_input": overlay(picture, patch_contributions(-slopes, picture)),
        }

    def scores(self, method: str, place: int) -> np.ndarray:
        """Return the scores of all training images on a test image with the patch ``(n,)``, for its true label."""
        scorer = self.run.scorer(method)
        return scorer.exact(scorer.tests(self.with_patch[[place]], self.labels[[place]]))[:, 0]

    def train_picture(self, row: int) -> Image.Image:
        """Return a training picture as the network saw it."""
        return picture_of(self.run, "train", row)


def _features(view: FeaturePipeline, pictures: list[Image.Image]) -> np.ndarray:
    """Return features ``(m, d)`` of pictures from elsewhere."""
    parts = [view.forward(pictures[start : start + BATCH]).features for start in range(0, len(pictures), BATCH)]
    return np.concatenate(parts)
