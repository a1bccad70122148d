"""Pictures that contradict their labels: the same one, byte for byte, in two classes."""

from collections.abc import Sequence

import numpy as np


def label_conflicts(ids: np.ndarray, labels: np.ndarray, names: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return a sentence where the same picture, byte for byte, lies in two classes.

    Args:
        ids: content id of each picture ``(n,)``.
        labels: rows of ``names`` ``(n,)``.
        names: of the classes.
        files: name of each picture.
    """
    if len({*ids.tolist()}) == len(ids):  # usual, and quicker than sorting
        return []
    content = np.unique(ids, return_inverse=True)[1]
    pairs = np.unique(content * len(names) + labels) // max(1, len(names))
    twice = np.flatnonzero(np.bincount(pairs, minlength=1) > 1)
    if not len(twice):
        return []
    first = np.flatnonzero(content == twice[0])
    shown = ", ".join(f"{files[place]} ({names[labels[place]]})" for place in first[:2])
    counted = "One picture lies" if len(twice) == 1 else f"{len(twice):,} pictures lie"
    return [f"{counted} in more than one class, byte for byte, such as {shown}; keep each in the class that is right."]
