"""Whether two pictures show the same: the pixels' word beside that of the features.

Features of a network are close for two cats in grass, too. Two pictures are copies where the middle of one, a little larger or
smaller, mirrored or not, is found somewhere in the other: by the correlation of their colours, which no change of brightness or
contrast alters (normalised cross-correlation, Lewis 1995).
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import chain

import numpy as np
from PIL import Image

from explorer.core.progress import Progress, silent

# Picture of a row, training images first.
PictureOf = Callable[[int], Image.Image]
# How alike the pixels of pairs ``(k, 2)`` of rows are, ``(k,)``, −1 … 1.
Likeness = Callable[[np.ndarray, Progress], np.ndarray]

# Side to which pictures are shrunk, and of the square that is looked for in one of them: shifts of a sixth are found. Sixteen times
# as many pixels decided 663 pairs of CIFAR-10 alike but for a correlation of 0.005, and took thirteen times as long.
SIDE, SQUARE = 24, 16
# Sides to which the other picture is shrunk before its middle is cut out: copies that show up to a seventh more or less.
SIZES = (20, 21, 22, 24, 26, 28)
# Correlation from which two pictures show the same: where the network finds them as alike as any (up to NEAR of the bound), and at
# the bound. All pairs of CIFAR-10's cats and dogs above it did, of those looked at; so do copies made with changes
# (docs/benchmarks.md). Two drawings of one breed in one room reach 0.93 near the bound.
SAME, SAME_AT_BOUND, NEAR = 0.90, 0.96, 0.75
# Length of the deviations of the 768 values below which a square is one colour: half a level each.
FLAT = 14.0
# Pictures whose squares are held: 0.5 MB each.
HELD = 200
# Pairs between two words on how far it is.
TOLD = 100


def needed(distances: np.ndarray, bound: float) -> np.ndarray:
    """Return the correlations ``(k,)`` from which pairs show the same: the farther apart for the network, the more pixels must agree.

    Args:
        distances: ``(k,)`` of their features.
        bound: the largest distance at which pairs are compared.
    """
    return np.asarray(np.interp(distances / bound, [NEAR, 1.0], [SAME, SAME_AT_BOUND]))


def pixel_likeness(picture: PictureOf) -> Likeness:
    """Return the function that says of pairs of rows how alike their pixels are."""
    looks = lru_cache(HELD)(lambda row: _look(picture(row)))

    def likeness(pairs: np.ndarray, progress: Progress = silent) -> np.ndarray:
        found = np.zeros(len(pairs))
        for at, (one, other) in enumerate(pairs.tolist()):
            if at % TOLD == 0:
                progress("Looking at pairs", at, len(pairs))
            found[at] = _correlation(looks(one), looks(other))
        progress("Looking at pairs", len(pairs), len(pairs))
        return found

    return likeness


def correlation(one: Image.Image, other: Image.Image) -> float:
    """Return how much of one picture is found in another, −1 … 1; 1 where both are of one colour."""
    return _correlation(_look(one), _look(other))


# The squares that are looked for, and those among which they are: rows of length one, or of zeros where all is one colour.
_Look = tuple[np.ndarray, np.ndarray]


def _correlation(one: _Look, other: _Look) -> float:
    """Return the best correlation of a middle of either picture with a square of the other."""
    if not (one[0].any() or other[0].any()):
        return 1.0  # nothing to compare: the features decide
    return max(float((one[0] @ other[1].T).max()), float((other[0] @ one[1].T).max()))


def _look(picture: Image.Image) -> _Look:
    """Return the middles of a picture in all sizes, mirrored too, and all its squares, ``(k, 3 SQUARE²)`` each."""
    middles = [_middle(_shrunk(picture, size)) for size in SIZES]
    views = np.lib.stride_tricks.sliding_window_view(_shrunk(picture, SIDE), (SQUARE, SQUARE), axis=(0, 1))
    squares = views.reshape(-1, 3, SQUARE, SQUARE).transpose(0, 2, 3, 1)
    return _unit(np.stack([*chain(*((middle, middle[:, ::-1]) for middle in middles))])), _unit(squares)


def _shrunk(picture: Image.Image, size: int) -> np.ndarray:
    return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)


def _middle(pixels: np.ndarray) -> np.ndarray:
    start = (len(pixels) - SQUARE) // 2
    return pixels[start : start + SQUARE, start : start + SQUARE]


def _unit(squares: np.ndarray) -> np.ndarray:
    """Return squares ``(k, SQUARE, SQUARE, 3)`` as rows: deviations from the mean of each colour, of length one."""
    rows = (squares - squares.mean(axis=(1, 2), keepdims=True)).reshape(len(squares), -1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > FLAT, rows / np.maximum(lengths, FLAT), 0.0).astype(np.float32)
