"""Exact and near duplicates among the images of a run, cached on disk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.cached_result import CachedResult, cached_json
from explorer.core.progress import Progress, silent
from explorer.evaluation.duplicates import DEVIATIONS, DuplicateSet, ImageSet, duplicates
from explorer.evaluation.near_copies import pixel_likeness
from explorer.runs.results.paths import duplicates_file
from explorer.runs.run import Run

# Counted up when the result changes, so that what an older version kept is computed again.
VERSION = 4


@dataclass(frozen=True, eq=False)
class Duplicates:
    """What occurs twice.

    Attributes:
        bound: distance of features below which the pixels of two images were compared; 0 where only exact ones were sought.
        sets: contradicting ones first, then those across training and test, then by their largest distance.
    """

    bound: float
    sets: list[DuplicateSet]


def find_duplicates(run: Run, progress: Progress = silent) -> Duplicates:
    """Return the duplicates of a run; cached."""
    return _cached(run).get_or_compute(lambda: _computed(run, progress))


def load_duplicates(run: Run) -> Duplicates | None:
    """Return the cached duplicates, or None where there are none, or damaged ones."""
    return _cached(run).load()


def _computed(run: Run, progress: Progress) -> Duplicates:
    arrays = run.arrays
    train = ImageSet(run.head.train_features[:, :-1], arrays["train_ids"], run.train_labels)
    test = ImageSet(run.test_features[:, :-1], arrays["test_ids"], run.test_labels)
    return Duplicates(*duplicates(train, test, pixel_likeness(lambda row: _picture(run, row)), progress))


def _picture(run: Run, row: int) -> Image.Image:
    """Return the picture of a row, training images first; the data set is opened for the first one."""
    n = len(run.train_labels)
    side, index = ("train", row) if row < n else ("test", row - n)
    return run.dataset.split(side).pictures[run.picture_row(side, index)]


def _encoded(result: Duplicates) -> dict[str, Any]:
    sets = [vars(one) | {"train": one.train.tolist(), "test": one.test.tolist()} for one in result.sets]
    return {"bound": result.bound, "sets": sets}


def _decoded(content: dict[str, Any]) -> Duplicates:
    return Duplicates(content["bound"], [_twins(entry) for entry in content["sets"]])


def _twins(entry: dict[str, Any]) -> DuplicateSet:
    rows = {side: np.array(entry[side], dtype=np.int64) for side in ("train", "test")}
    (one, row), (other, place) = entry["farthest"]
    return DuplicateSet(**(entry | rows | {"farthest": ((one, row), (other, place))}))


def _cached(run: Run) -> CachedResult[Duplicates]:
    version = {"recipe": {"deviations": DEVIATIONS, "version": VERSION}}
    return cached_json(duplicates_file(run.id), _encoded, _decoded, version)
