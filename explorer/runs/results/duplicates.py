"""The images of a run that occur twice, exactly or nearly, kept on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core import home
from explorer.core.checksums import read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.progress import Progress, silent
from explorer.evaluation.duplicates import DEVIATIONS, Side, Twins, duplicates
from explorer.runs.run import Run

# Counted up when what is found changes, so that what an older version kept is computed again.
VERSION = 1


@dataclass(frozen=True, eq=False)
class Found:
    """What occurs twice.

    Attributes:
        bound: distance of features below which two images count as nearly the same; 0 where only exact ones were sought.
        sets: contradicting ones first, then those across training and test, then the closest.
    """

    bound: float
    sets: list[Twins]


def find(run: Run, progress: Progress = silent) -> Found:
    """Return the duplicates of a run; they are read where they were found before."""
    return kept(run) or _computed(run, progress)


def kept(run: Run) -> Found | None:
    """Return the duplicates that were found before, or None where nothing whole is kept."""
    try:
        known = read_manifest(_path(run))
    except DamagedError:
        return None
    if known["recipe"] != _recipe():
        return None
    return Found(known["bound"], [_twins(entry) for entry in known["sets"]])


def _computed(run: Run, progress: Progress) -> Found:
    progress("Comparing images", 0, 1)
    arrays = run.arrays
    train = Side(run.head.train_features[:, :-1], arrays["train_ids"], run.train_labels)
    test = Side(run.test_features[:, :-1], arrays["test_ids"], run.test_labels)
    found = Found(*duplicates(train, test))
    entries = [vars(one) | {"train": one.train.tolist(), "test": one.test.tolist()} for one in found.sets]
    write_manifest(_path(run), {"recipe": _recipe(), "bound": found.bound, "sets": entries})
    progress("Comparing images", 1, 1)
    return found


def _twins(entry: dict[str, Any]) -> Twins:
    return Twins(**(entry | {side: np.array(entry[side], dtype=np.int64) for side in ("train", "test")}))


def _recipe() -> dict[str, Any]:
    return {"deviations": DEVIATIONS, "version": VERSION}


def _path(run: Run) -> Path:
    return home.root() / "duplicates" / f"{run.id}.json"
