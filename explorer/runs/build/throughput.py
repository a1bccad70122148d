"""Throughput of a network, measured on some of the images of the data set, at their size and on their device."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.core.progress import Progress, silent
from explorer.datasets.base import Split
from explorer.models import SMALL_CNN_SMOOTH, small_cnn
from explorer.models.backbones import extract_features
from explorer.models.engine import Engine
from explorer.models.fine_tuning.parts import parted
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.preparation.batches import BATCH
from explorer.models.preparation.preparation import Preparation
from explorer.models.small_cnn import Training
from explorer.models.smooth_cnn.as_module import as_module
from explorer.models.trained_here import by_epochs, smooth_recipe, smooth_training
from explorer.runs.build.engine_choice import engine_of
from explorer.runs.build.plan import Plan

# Pictures of a sample: 32 are enough where each takes long, 200 are timed well even where each takes a millisecond; none
# may take more than ten seconds of a person's patience.
LEAST, MOST, ENOUGH_SECONDS, LONGEST_SECONDS = 32, 200, 2.0, 10.0
# Pictures on which a network is trained for a moment: four steps of its batch.
TRAINED = 512


@dataclass(frozen=True)
class Throughput:
    """Some pictures that were sent through the network.

    Attributes:
        pictures: how many were timed.
        seconds: how long they took, decoding included.
        width: features that the network makes of each.
        training: seconds that one picture takes in one epoch, where the network is trained here.
        notes: sentences on what was taken from a person's file.
        engine: what computed them.
    """

    pictures: int
    seconds: float
    width: int
    training: float = 0.0
    notes: tuple[str, ...] = ()
    engine: Engine = field(default_factory=Engine)

    @property
    def each(self) -> float:
        """Seconds a picture."""
        return self.seconds / max(1, self.pictures)


def measure_throughput(planned: Plan, progress: Progress) -> Throughput:
    """Return how quick the network of a plan is; one that is trained here is trained for a moment first.

    Raises:
        ExplorerError: the network cannot be had, or its weights cannot.
    """
    return _trained(planned, progress) if planned.trained_here else _ready(planned, progress)


def _ready(planned: Plan, progress: Progress) -> Throughput:
    network = planned.network().load(progress)
    engine = engine_of(planned, network, progress)
    return replace(_timed(network, planned.train, planned.preparation, progress), engine=engine, notes=network.notes)


def _timed(network: Any, split: Split, how: Preparation, progress: Progress) -> Throughput:
    """Time the network on pictures from all over a split, a batch a core, after one batch that warms it up."""
    rows = np.unique(np.linspace(0, len(split.labels) - 1, MOST + BATCH).round().astype(int)).tolist()
    width = extract_features(network, split.pictures, rows[:BATCH], how).shape[1]
    done, spent, rest, at_once = 0, 0.0, rows[BATCH:] or rows, BATCH * torch.get_num_threads()
    while done < len(rest) and not _enough(done, spent):
        progress("Timing the network", done, len(rest))
        start = time.perf_counter()
        done += len(extract_features(network, split.pictures, rest[done : done + at_once], how))
        spent += time.perf_counter() - start
    progress("Timing the network", len(rest), len(rest))
    return Throughput(done, spent, width)


def _enough(pictures: int, seconds: float) -> bool:
    return seconds > LONGEST_SECONDS or (pictures >= LEAST and seconds > ENOUGH_SECONDS)


def _trained(planned: Plan, progress: Progress) -> Throughput:
    """Train a network on some pictures for two epochs, the second of which is timed; nothing of it is kept."""
    split, stamps = planned.train.take(np.arange(min(TRAINED, len(planned.rows)))), []

    def listen(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        if stage.startswith("Training"):
            stamps.append((done, time.perf_counter()))

    progress("Timing the network", 0, 1)
    network = _way(planned)(planned, split, listen)
    first = next(moment for done, moment in stamps if done >= 1)
    seen = _timed(network, planned.train, planned.preparation, silent)
    progress("Timing the network", 1, 1)
    return Throughput(seen.pictures, seen.seconds, seen.width, (stamps[-1][1] - first) / len(split.labels))


def _way(planned: Plan) -> Callable[[Plan, Split, Progress], nn.Module]:
    if planned.config.finetune:
        return _tuned
    return _smooth if planned.config.backbone == SMALL_CNN_SMOOTH else _plain


def _tuned(planned: Plan, split: Split, progress: Progress) -> nn.Module:
    recipe = replace(TuningRecipe.of_dict(planned.recipe()), epochs=2)
    parts = parted(planned.network(), recipe, len(planned.dataset.class_names), progress)
    training = parts.training(split, progress)
    return parts.features_of(training.run(progress=by_epochs(training, progress)))


def _plain(planned: Plan, split: Split, progress: Progress) -> nn.Module:
    classes, device = len(planned.dataset.class_names), planned.config.device
    with tempfile.TemporaryDirectory() as folder:
        training = Training(epochs=2, seed=planned.config.seed)
        return small_cnn.train(split, classes, planned.size, training, Path(folder), progress, device)


def _smooth(planned: Plan, split: Split, progress: Progress) -> nn.Module:
    recipe = replace(smooth_recipe(planned.recipe()), epochs=2)
    training = smooth_training(split, len(planned.dataset.class_names), planned.size, recipe, progress)
    return as_module(training.network, training.run(progress=by_epochs(training, progress)))
