"""A request met with its data: everything that determines the run, and so its id."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.datasets import Dataset, stratified
from explorer.datasets.base import Split
from explorer.errors import ExplorerError
from explorer.files import canonical, digest
from explorer.models import SMALL_CNN
from explorer.models.backbones import Backbone
from explorer.models.small_cnn import Training
from explorer.models.weights import weights_of
from explorer.runs.config import Config

# Raised whenever the same request would give other numbers, so that an old id never means new content.
FORMAT = 1
# Pictures up to this many pixels are "small": enlarged to 128, as measured on CIFAR-10; photographs are given at 224.
SMALL_PICTURE = 64


@dataclass(frozen=True, eq=False)
class Plan:
    """A request met with its data: everything that determines the run."""

    config: Config
    dataset: Dataset
    rows: np.ndarray
    size: int

    @property
    def train(self) -> Split:
        """The training images of this run."""
        return self.dataset.train.take(self.rows)

    def recipe(self) -> dict[str, Any]:
        """Return what determines the features beside the pictures."""
        if self.config.backbone == SMALL_CNN:
            return {
                "network": SMALL_CNN,
                "size": self.size,
                "kept": "epochs",
                **asdict(Training(seed=self.config.seed)),
            }
        return Backbone(self.config.backbone, self.size).recipe

    def run_id(self) -> str:
        """Return the hash of data, label edits, configuration, seed and weights, 16 hexadecimal digits."""
        asked = asdict(self.config) | {"dataset": self.dataset.digest}
        content = {"format": FORMAT, "asked": asked, "features": self.recipe(), "edits": []}
        return digest(canonical(content))[:16]


def plan(config: Config, dataset: Dataset) -> Plan:
    """Return what has to be computed for ``config``.

    Raises:
        ExplorerError: the limit, λ or backbone cannot be met by this data set.
    """
    if config.backbone != SMALL_CNN:
        weights_of(config.backbone)
    if config.l2 is not None and not (np.isfinite(config.l2) and config.l2 > 0):
        raise ExplorerError(f"λ is {config.l2}; it must be a positive number.")
    labels, classes = dataset.train.labels, len(dataset.class_names)
    limit = len(labels) if config.limit is None else config.limit
    if not classes <= limit <= len(labels):
        raise ExplorerError(f"The limit is {limit}; {dataset.title} allows {classes} to {len(labels)} training images.")
    return Plan(config, dataset, stratified(labels, limit, config.seed), _size(config.backbone, dataset))


def _size(backbone: str, dataset: Dataset) -> int:
    """Return the pixels square that the network is given."""
    shown = [min(dataset.train.pictures[row].size) for row in range(min(20, len(dataset.train.labels)))]
    side = int(np.median(shown))
    if backbone == SMALL_CNN:
        return 32 if side <= 32 else 64
    if backbone.startswith(("vit_", "maxvit")):  # their position tables fit one size only
        return int(weights_of(backbone).transforms().crop_size[0])
    return 128 if side <= SMALL_PICTURE else 224
