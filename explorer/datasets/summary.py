"""Summary of a data set as JSON: images of each class and side, and the files that are left out."""

from typing import Any

import numpy as np

from explorer.datasets.base import Dataset

_SIDES = ("train", "test")


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Return the number of images of each class and side, and each file that is left out, with its reason."""
    sides = {side: np.bincount(dataset.split(side).labels, minlength=len(dataset.class_names)) for side in _SIDES}
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "digest": dataset.digest,
        "classes": {
            label: {side: int(sides[side][row]) for side in _SIDES} for row, label in enumerate(dataset.class_names)
        },
        "notice": dataset.notice,
        "facts": dataset.facts,
        "skipped": [{"file": one.file, "reason": one.reason} for one in dataset.skipped],
    }
