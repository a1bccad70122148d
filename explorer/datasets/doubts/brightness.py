"""Whether pictures are so dark or so bright that they were surely read wrongly, such as scans of 12 bits read as 16."""

from collections.abc import Iterable

import numpy as np
from PIL import Image

# Of 0 to 255: a picture whose brightest hundredth stays below the first, or whose darkest stays above the second, shows nothing.
BLACK, WHITE = 24, 231
# The part of each picture that may stand out: less than the thinnest digits and drawings have.
ASIDE = 0.01
# So many of those looked at must be so; a set may hold some dark pictures.
SHARE, LEAST = 0.9, 4
# A side in px to which pictures are made small before they are judged.
LOOKED = 128


def warning(pictures: Iterable[Image.Image]) -> str:
    """Return a sentence where nearly all of some RGB pictures are black or white; empty where they show something."""
    judged = [_judged(picture) for picture in pictures]
    for word in ("black", "white"):
        count = judged.count(word)
        if len(judged) >= LEAST and count >= SHARE * len(judged):
            return (
                f"{count:,} of {len(judged):,} pictures that were looked at are nearly {word}, so their brightness cannot be right; "
                "look at the files, and give --range where they have more than 8 bits."
            )
    return ""


def small(picture: Image.Image) -> Image.Image:
    """Return a picture as it is judged: grey, at most ``LOOKED`` px a side."""
    grey = picture.convert("L")
    grey.thumbnail((LOOKED, LOOKED), Image.Resampling.BOX)
    return grey


def _judged(picture: Image.Image) -> str:
    """Return ``black``, ``white``, or nothing for a picture that shows something."""
    low, high = (quantile(small(picture), share) for share in (ASIDE, 1 - ASIDE))
    if high <= BLACK:
        return "black"
    return "white" if low >= WHITE else ""


def quantile(grey: Image.Image, share: float) -> float:
    """Return the brightness, 0 to 255, below which ``share`` of a grey picture's pixels lie, as ``numpy.quantile`` does.

    It is read off the counts of the 256 values; sorting every picture took a twentieth of opening 100,000.
    """
    below = np.cumsum(grey.histogram())
    place = share * (below[-1] - 1)
    under, over = np.searchsorted(below, [np.floor(place), np.ceil(place)], side="right")
    return float(under + (over - under) * (place % 1))
