"""A request and its data set together: everything that determines a run, and so its id."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError, unknown
from explorer.datasets import Dataset, stratified
from explorer.datasets.base import Split
from explorer.datasets.pictures import decoding_of
from explorer.models import SMALL_CNN_SMOOTH, TRAINED_HERE
from explorer.models.backbones import Backbone
from explorer.models.devices import device_of
from explorer.models.fine_tuning.blocks import check_block
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.libraries.networks import asked_preparation, default_preparation, own_size
from explorer.models.network_names import check_network
from explorer.models.preparation.own import own_preparation
from explorer.models.preparation.preparation import Preparation, recipe_part
from explorer.models.trained_here import recipe_of
from explorer.models.weights import weights_of
from explorer.runs.build.request import AS_READ, Config
from explorer.runs.edits.edit_log import NOTHING, state

# Raised whenever the same request would give other numbers, so that an old id never means new content.
FORMAT = 1
# Pictures up to this many pixels are "small": enlarged to 128, as measured on CIFAR-10; photographs are given at 224.
SMALL_PICTURE = 64


@dataclass(frozen=True, eq=False)
class Plan:
    """A request met with its data: everything that determines the run.

    Attributes:
        rows: of the data set's training split, sorted; excluded ones are left out.
        size: pixels square that the network is given.
        edits: ``(picture row, action, value)`` of what is excluded and relabelled, by row.
    """

    config: Config
    dataset: Dataset
    rows: np.ndarray
    size: int
    edits: tuple[tuple[int, str, str], ...] = ()

    @cached_property
    def preparation(self) -> Preparation:
        """How pictures become what the network is given."""
        own = self.config.own
        known = own.preparation.applied(
            lambda: asked_preparation(self.config.backbone, own, self.size),
            default_preparation(self.config.backbone, own, self.size),
            own.size,
            own.mean,
            own.std,
        )
        return replace(known, range=known.range or decoding_of(self.dataset.train.pictures).range)

    @property
    def train(self) -> Split:
        """The training images of this run."""
        split = self.dataset.train.take(self.rows)
        labels, names = split.labels.copy(), self.dataset.class_names
        for row, action, value in self.edits:
            if action == "relabel":
                labels[np.searchsorted(self.rows, row)] = names.index(value)
        return replace(split, labels=labels)

    @property
    def chosen(self) -> np.ndarray:
        """The rows with those that are excluded: what a network that came trained saw before, and need not see again."""
        return np.union1d(self.rows, np.array([row for row, action, _ in self.edits if action == "exclude"], dtype=int))

    def recipe(self) -> dict[str, Any]:
        """Return what determines the features beside the pictures."""
        if self.config.backbone in TRAINED_HERE:
            return {
                "network": self.config.backbone,
                "size": self.size,
                "kept": "epochs",
                **recipe_of(
                    self.config.backbone, self.config.limit or len(self.dataset.train.labels), self.config.seed
                ),
                **recipe_part(self.preparation),
            }
        if block := self.config.finetune:
            return self._backbone().recipe | TuningRecipe(block=block, seed=self.config.seed).to_dict()
        return self._backbone().recipe

    def network(self) -> Backbone:
        """Return the frozen network, whose weights must be those of now."""
        recipe = self.recipe()
        return replace(self._backbone(), weights=recipe["weights"], device=self.config.device)

    @property
    def trained_here(self) -> bool:
        """Whether the network, or a block of it, is trained on the run's own pictures."""
        return self.config.backbone in TRAINED_HERE or bool(self.config.finetune)

    @property
    def recorded(self) -> bool:
        """Whether every step of that training is kept."""
        return self.config.backbone == SMALL_CNN_SMOOTH or bool(self.config.finetune)

    def _backbone(self) -> Backbone:
        return Backbone(self.config.backbone, self.size, self.config.own, preparation=self.preparation)

    @property
    def notice(self) -> str:
        """What must be said of the data; where images were changed on purpose, also how many of all images the run has."""
        count, whole = len(self.rows), len(self.dataset.train.labels)
        if not self.config.noise or count == whole:
            return self.dataset.notice
        return f"{self.dataset.notice} This run has {count:,} of these {whole:,} images."

    def run_id(self) -> str:
        """Return the hash of data, label edits, configuration, seed and weights, 16 hexadecimal digits."""
        request = self.config.hashed() | {"dataset": self.dataset.digest}
        del request["edited"]  # what was edited stands in ``edits``
        content = {"format": FORMAT, "asked": request, "features": self.recipe(), "edits": [*map(list, self.edits)]}
        return digest(canonical(content))[:16]

    def base_id(self) -> str:
        """Return the id of the same request without edits."""
        return replace(self, edits=()).run_id()


def plan(config: Config, dataset: Dataset) -> Plan:
    """Return what has to be computed for ``config``.

    Raises:
        ExplorerError: the limit, λ or backbone cannot be met by this data set.
    """
    check_network(config.backbone, config.own)
    check_block(config.finetune, config.backbone, config.own)
    device_of(config.device)
    if doubtful := doubt(config, dataset):
        raise ExplorerError(doubtful)
    if config.l2 is not None and not (np.isfinite(config.l2) and config.l2 > 0):
        raise ExplorerError(f"λ is {config.l2}; it must be a positive number.")
    labels, classes = dataset.train.labels, len(dataset.class_names)
    limit = len(labels) if config.limit is None else config.limit
    if not classes <= limit <= len(labels):
        raise ExplorerError(f"The limit is {limit}; {dataset.title} allows {classes} to {len(labels)} training images.")
    rows = stratified(labels, limit, config.seed)
    edits = _edits(dataset, rows) if config.edited else ()
    kept = np.setdiff1d(rows, np.array([row for row, action, _ in edits if action == "exclude"], dtype=int))
    return Plan(config, dataset, kept, network_size(config, dataset), edits)


def doubt(config: Config, dataset: Dataset) -> str:
    """Return how the data were understood, what is doubtful in that and what confirms it; empty where nothing is, or all is confirmed."""
    if not dataset.warnings or config.as_read:
        return ""
    return (
        f"{dataset.name} was read as {dataset.layout}, and that is doubtful. {' '.join(dataset.warnings)} "
        f"If it is right so, add {AS_READ}, or on the page Data and models press Check and tick it."
    )


def _edits(dataset: Dataset, rows: np.ndarray) -> tuple[tuple[int, str, str], ...]:
    """Return the edits in force that change some rows of the training split.

    Raises:
        ExplorerError: none does, or one names a class that the data set does not have.
    """
    labels, names, chosen = dataset.train.labels, dataset.class_names, set(rows.tolist())
    decided = [edit for edit in state(dataset.digest).decided if edit[0] in chosen]
    if strange := [value for _, action, value in decided if action == "relabel" and value not in names]:
        raise unknown("class", strange[0], list(names))
    changing = tuple(edit for edit in decided if edit[1] == "exclude" or edit[2] != names[labels[edit[0]]])
    if not changing:
        raise ExplorerError(NOTHING)
    return changing


def network_size(config: Config, dataset: Dataset) -> int:
    """Return the pixels square that the network is given: as asked, by its library where that is asked, else by the pictures."""
    size = own_size(config.backbone, config.own) or config.own.size
    if size:
        return size
    if config.own.preparation.base:
        return own_preparation(config.backbone, config.own).size[1]
    return input_size(config.backbone, dataset)


def input_size(backbone: str, dataset: Dataset) -> int:
    """Return the pixels square that the network is given."""
    shown = [min(dataset.train.pictures[row].size) for row in range(min(20, len(dataset.train.labels)))]
    side = int(np.median(shown))
    if backbone in TRAINED_HERE:
        return 32 if side <= 32 else 64
    if backbone.startswith(("vit_", "maxvit")):  # their position tables fit one size only
        return int(weights_of(backbone).transforms().crop_size[0])
    return 128 if side <= SMALL_PICTURE else 224
