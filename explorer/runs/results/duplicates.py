"""Exact and near duplicates among the images of a run, cached on disk."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.cached_result import CachedResult, cached_json
from explorer.core.progress import Progress, silent
from explorer.evaluation.cells import Recall
from explorer.evaluation.closeness import DEVIATIONS
from explorer.evaluation.duplicates import DuplicateSet, ImageSet, duplicates
from explorer.evaluation.near_copies import pixel_likeness
from explorer.runs.results.paths import duplicates_file
from explorer.runs.run import Run
from explorer.shards import ShardedRows

# Counted up when the result changes, so that what an older version kept is computed again.
VERSION = 4


@dataclass(frozen=True, eq=False)
class Duplicates:
    """What occurs twice.

    Attributes:
        bound: distance of features below which the pixels of two images were compared; 0 where only exact ones were sought.
        sets: contradicting ones first, then those across training and test, then by their largest distance.
        recall: how many close pairs of a part were found; None where all images were compared with all others.
    """

    bound: float
    sets: list[DuplicateSet]
    recall: Recall | None = None


@dataclass(frozen=True, eq=False)
class WithoutBias:
    """Features without their last column, read by slices of rows: those of shards are never all in memory in float64.

    Attributes:
        rows: ``(n, d + 1)``, an array or shards.
    """

    rows: np.ndarray | ShardedRows

    @property
    def shape(self) -> tuple[int, int]:
        """``(n, d)``."""
        return self.rows.shape[0], self.rows.shape[1] - 1

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: slice) -> np.ndarray:
        return np.asarray(self.rows[rows])[:, :-1]


def find_duplicates(run: Run, progress: Progress = silent) -> Duplicates:
    """Return the duplicates of a run; cached."""
    return _cached(run).get_or_compute(lambda: _computed(run, progress))


def load_duplicates(run: Run) -> Duplicates | None:
    """Return the cached duplicates, or None where there are none, or damaged ones."""
    return _cached(run).load()


def _computed(run: Run, progress: Progress) -> Duplicates:
    arrays = run.arrays
    train = ImageSet(WithoutBias(run.head.train_features), arrays["train_ids"], run.train_labels)
    test = ImageSet(WithoutBias(run.test_features), arrays["test_ids"], run.test_labels)
    return Duplicates(*duplicates(train, test, pixel_likeness(lambda row: _picture(run, row)), progress))


def _picture(run: Run, row: int) -> Image.Image:
    """Return the picture of a row, training images first; the data set is opened for the first one."""
    n = len(run.train_labels)
    side, index = ("train", row) if row < n else ("test", row - n)
    return run.dataset.split(side).pictures[run.picture_row(side, index)]


def _encoded(result: Duplicates) -> dict[str, Any]:
    sets = [vars(one) | {"train": one.train.tolist(), "test": one.test.tolist()} for one in result.sets]
    recall = {} if result.recall is None else {"recall": asdict(result.recall)}
    return {"bound": result.bound, "sets": sets} | recall


def _decoded(content: dict[str, Any]) -> Duplicates:
    recall = Recall(**content["recall"]) if "recall" in content else None
    return Duplicates(content["bound"], [_twins(entry) for entry in content["sets"]], recall)


def _twins(entry: dict[str, Any]) -> DuplicateSet:
    rows = {side: np.array(entry[side], dtype=np.int64) for side in ("train", "test")}
    (one, row), (other, place) = entry["farthest"]
    return DuplicateSet(**(entry | rows | {"farthest": ((one, row), (other, place))}))


def _cached(run: Run) -> CachedResult[Duplicates]:
    version = {"recipe": {"deviations": DEVIATIONS, "version": VERSION}}
    return cached_json(duplicates_file(run.id), _encoded, _decoded, version)
