"""The own last layer of a person's network on pictures prepared in other ways: which of them it seems to have been trained with."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.core.phrases import percent
from explorer.core.progress import Progress
from explorer.datasets import stratified
from explorer.datasets.decoding import AS_STORED, UPRIGHT
from explorer.datasets.pictures import Pictures
from explorer.datasets.survey import TURNED
from explorer.models.backbones import extract_features
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.network_names import TORCHVISION
from explorer.models.preparation.own import own_preparation
from explorer.models.preparation.preparation import BLUE_FIRST, RED_FIRST, SHORTEST, SQUEEZE, Preparation, summary
from explorer.runs.build.plan import Plan

# Training pictures on which a layer is judged, and how long trying may take; each way takes as long as their features.
PICTURES, SECONDS = 60, 45.0
# A layer that gets less of them right is tried with other preparations, also where the refitted one is no better.
LOW = 0.9
# How a sentence begins that names a better preparation.
BETTER = "With"
# So far below the refitted layer nobody's training ends.
FAR = 0.1
# Twice the deviation of a difference of two shares of 60 pictures; and how far above chance a preparation has to be.
CLEARLY, ABOVE_CHANCE = 0.18, 0.25
SIZES = (32, 64, 128, 224, 256)
STAGE = "Trying other preparations"


@dataclass(frozen=True)
class Trial:
    """A preparation, and how the own last layer does with it.

    Attributes:
        options: on the command line, in words; empty for the run's own preparation.
        way: the preparation.
        share: of the pictures that were looked at, right.
    """

    options: str
    way: Preparation
    share: float


@dataclass(frozen=True, eq=False)
class SampledLayer:
    """A network with its own last layer, and the training pictures on which it is judged.

    Attributes:
        network: the feature extractor.
        head: weights ``(C, d)`` and bias ``(C,)``.
        pictures: of some training images.
        labels: ``(n,)``.
    """

    network: FeatureExtractor
    head: tuple[np.ndarray, np.ndarray]
    pictures: Pictures
    labels: np.ndarray

    @staticmethod
    def of(planned: Plan, network: nn.Module) -> "SampledLayer | None":
        """Return the own last layer of a person's network; None where it has none that fits the classes."""
        head = network.head() if isinstance(network, FeatureExtractor) else None
        classes = len(planned.dataset.class_names)
        fits = head is not None and (len(head[0]) == classes or (len(head[0]) == 1 and classes == 2))
        if not planned.config.own.checkpoint or head is None or not fits or not isinstance(network, FeatureExtractor):
            return None
        train = planned.train
        named = planned.config.own.classes
        outputs = [name.strip() for name in named.split(",")] if named else list(network.classes)
        if sorted(outputs) == sorted(planned.dataset.class_names) and len(head[0]) == classes:  # into the data's order
            places = [outputs.index(name) for name in planned.dataset.class_names]
            head = head[0][places], head[1][places]
        rows = stratified(train.labels, min(PICTURES, len(train.labels)), 0)
        return SampledLayer(network, head, train.take(rows).pictures, train.labels[rows])

    def share(self, way: Preparation, usual: Preparation) -> float:
        """Return the share of the pictures that it gets right when they are prepared so; ``usual`` is set again after it."""
        self.network.normalise(way.mean, way.std, way.white)
        try:
            features = extract_features(self.network, self.pictures, range(len(self.labels)), way)
        finally:
            self.network.normalise(usual.mean, usual.std, usual.white)
        logits = features.astype(np.float64) @ self.head[0].T + self.head[1]
        said = logits.argmax(axis=1) if logits.shape[1] > 1 else (logits[:, 0] > 0).astype(int)
        return float((said == self.labels).mean())


def prepared_so(planned: Plan) -> str:
    """Return the sentence that stands beside an own last layer's accuracy: how the pictures were prepared."""
    turned = planned.dataset.facts.get(TURNED, "")
    said = summary(planned.preparation)
    counted = f" ({turned})" if turned and planned.preparation.orientation == UPRIGHT else ""
    return f"Its own last layer was judged on pictures prepared so: {said.replace('by EXIF', f'by EXIF{counted}', 1)}."


def on_preparation(
    planned: Plan, network: nn.Module, share: float | None, fitted: float, progress: Progress
) -> list[str]:
    """Return what a person is told of the preparation, and of others where the own last layer does badly.

    Nothing where there is no own last layer that fits the classes.

    Args:
        planned: the request.
        network: with the person's weights.
        share: of the test images that its own last layer gets right; judged on training images where None.
        fitted: the same for the layer that was fitted here.
        progress: called for each preparation.
    """
    layer = SampledLayer.of(planned, network)
    if layer is None:
        return []
    known = layer.share(planned.preparation, planned.preparation) if share is None else share
    return [prepared_so(planned), *_others(planned, layer, known, fitted, progress)]


def _others(planned: Plan, layer: SampledLayer, share: float, fitted: float, progress: Progress) -> list[str]:
    if share >= max(LOW, fitted - FAR):
        return []
    return _told(*_tried(planned, layer, progress), len(layer.labels), len(planned.dataset.class_names))


def names_better(told: list[str]) -> bool:
    """Return whether sentences of :func:`judged` name a preparation with which the own last layer does clearly better."""
    return any(each.startswith(BETTER) for each in told)


def judged(planned: Plan, network: nn.Module, progress: Progress) -> tuple[float, int, list[str]] | None:
    """Return the share of some training pictures that the own last layer gets right, their number, and what is told.

    None where there is no own last layer that fits the classes.
    """
    layer = SampledLayer.of(planned, network)
    if layer is None:
        return None
    before = layer.share(planned.preparation, planned.preparation)
    return before, len(layer.labels), _others(planned, layer, before, 0.0, progress)


def _tried(planned: Plan, layer: SampledLayer, progress: Progress) -> tuple[Trial, list[Trial]]:
    """Return how the layer does as planned, and with each preparation that was tried, the best one's changes on top."""
    usual, until = planned.preparation, time.monotonic() + SECONDS
    before = Trial("", usual, layer.share(usual, usual))
    found: list[Trial] = []
    best = before
    if before.share >= LOW:  # it was trained on pictures prepared so, whatever it makes of new ones
        return before, []
    for _ in range(2):
        ways = list(_ways(planned, best))
        for number, trial in enumerate(ways):
            progress(STAGE, number, len(ways))
            if time.monotonic() < until:
                try:
                    found.append(replace(trial, share=layer.share(trial.way, usual)))
                except ExplorerError:  # the network does not take this size
                    continue
        progress(STAGE, len(ways), len(ways))
        first = max([best, *found], key=lambda trial: trial.share)
        if first is best or first.share >= LOW or first.share < best.share + CLEARLY / 2:
            break
        best = first
    return before, found


def _ways(planned: Plan, start: Trial) -> Iterator[Trial]:
    """Yield what differs from a preparation by one rule, by the options that ask for it."""
    way, size, own = start.way, start.way.size[0], planned.config.own
    changes: list[tuple[str, Preparation]] = []
    if planned.config.backbone in TORCHVISION and not (own.preparation.base or own.size or start.options):
        changes.append(("--preparation torchvision", own_preparation(planned.config.backbone, own)))
    other = AS_STORED if way.orientation == UPRIGHT else UPRIGHT
    if TURNED in planned.dataset.facts:
        changes.append((f"--orientation {other}", replace(way, orientation=other)))
    if way.resize == SHORTEST:
        changes.append(("--resize squeeze", replace(way, resize=SQUEEZE, edge=way.size)))
        edge = math.floor(size / 0.875)
        changes.append(("--crop 0.875", replace(way, edge=(edge, edge))))
    turned = BLUE_FIRST if way.colours == RED_FIRST else RED_FIRST
    changes.append((f"--colours {turned}", replace(way, colours=turned)))
    for pixels in SIZES:
        edge = max(pixels, math.floor(pixels * way.edge[0] / size + 1e-9))
        changes.append((f"--size {pixels}", replace(way, size=(pixels, pixels), edge=(edge, edge))))
    for options, mean, std, white in (
        ("--mean 0 --std 1", 0.0, 1.0, 1.0),
        ("--mean 0.5 --std 0.5", 0.5, 0.5, 1.0),
        ("--white 255", 0.0, 1.0, 255.0),
    ):
        changes.append((options, replace(way, mean=(mean,) * 3, std=(std,) * 3, white=white)))
    for options, changed in changes:
        if changed != way and not _again(options, start.options):
            yield Trial(f"{start.options} {options}".strip(), changed, 0.0)


def _again(options: str, before: str) -> bool:
    """Return whether one of the options was changed already."""
    return any(word in before.split() for word in options.split() if word.startswith("--"))


def _told(before: Trial, found: list[Trial], pictures: int, classes: int) -> list[str]:
    if not found:
        return []
    best = max(found, key=lambda trial: trial.share)
    if best.share >= max(before.share + CLEARLY, 1 / classes + ABOVE_CHANCE):
        ways = list(dict.fromkeys(trial.options for trial in found if trial.share == best.share))
        if len(ways) > 1:
            return [
                f"{BETTER} {', '.join(ways[:-1])} or {ways[-1]} its own last layer gets {percent(best.share)} of {pictures} training pictures right instead of {percent(before.share)}: one of these is how its pictures seem to have been prepared; these few pictures do not tell which."
            ]
        return [
            f"{BETTER} {best.options} its own last layer gets {percent(best.share)} of {pictures} training pictures right instead of {percent(before.share)}: it seems to have been trained on pictures prepared so."
        ]
    return [
        f"{len(found)} other preparations were tried on {pictures} training pictures; none makes its own last layer clearly better (the best, {best.options}: {percent(best.share)}; this one: {percent(before.share)})."
    ]
