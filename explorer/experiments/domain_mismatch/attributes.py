"""What can be said of a picture without knowing what it shows: dark, pale, red …; and the groups that this makes."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from explorer.datasets.pictures import Pictures

# Share of the pictures that "the darkest" and the like are.
EXTREME = 0.05
# The measured number, and what its low and its high end are called.
ENDS = {
    "brightness": ("darkest", "brightest"),
    "contrast": ("flattest", "most contrasted"),
    "colour": ("greyest", "most colourful"),
    "red": ("least red", "reddest"),
    "green": ("least green", "greenest"),
    "blue": ("least blue", "bluest"),
    "edges": ("smoothest", "most detailed"),
}


def picture_statistics(picture: Image.Image) -> np.ndarray:
    """Return the numbers of ``ENDS`` ``(7,)`` of a picture, colours in 0 … 1."""
    pixels = np.asarray(picture, dtype=np.float64) / 255
    grey, channels = pixels.mean(axis=2), pixels.mean(axis=(0, 1))
    edges = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    tints = channels - channels.mean()
    return np.array([grey.mean(), grey.std(), pixels.std(axis=2).mean(), *tints, edges])


def extremes(pictures: Pictures, rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Return for each end of each number the most extreme pictures among ``rows``, as rows."""
    numbers = np.stack([picture_statistics(pictures[row]) for row in rows])
    count, halves = max(1, round(EXTREME * len(rows))), {}
    for column, (low, high) in zip(numbers.T, ENDS.values(), strict=True):
        order = np.argsort(column, kind="stable")
        halves[low], halves[high] = np.asarray(rows)[order[:count]], np.asarray(rows)[order[::-1][:count]]
    return halves


def red_light(picture: Image.Image) -> Image.Image:
    """Return a picture as a camera sees it under a red lamp: only its red is left."""
    pixels = np.array(picture)
    pixels[:, :, 1:] = 0
    return Image.fromarray(pixels)
