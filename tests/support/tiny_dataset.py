"""A data set of one-pixel pictures."""

import numpy as np

from explorer.datasets.base import Dataset, Split
from explorer.datasets.pictures import ArrayPictures


def dataset(counts=(50, 30, 20), truth=None):
    """A data set of one-pixel pictures of cats, dogs and foxes."""
    labels = np.repeat(np.arange(len(counts)), counts)
    pixels = np.arange(3 * len(labels), dtype=np.uint8).reshape(-1, 1, 1, 3)
    split = Split(ArrayPictures(pixels), labels, truth)
    return Dataset("pets", "Pets", ("cat", "dog", "fox")[: len(counts)], split, split, "Said before.", {"from": "here"})
