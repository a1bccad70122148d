"""Arrays of pictures as rows of numbers, ``(n, 784)``, and files of one class each, as QuickDraw's bitmaps are."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.datasets.doubts.folder_names import is_companion
from explorer.datasets.doubts.reading import CONTAINER_WORDS, some
from explorer.datasets.readers.containers.arrays import ArraySet, LabelledArrays, is_pixels
from explorer.datasets.readers.containers.sides import side_of

# Sides of pictures that rows are taken for: eight pixels have scikit-learn's digits.
SIDES = range(8, 513)
# How QuickDraw's files begin; the class follows.
QUICKDRAW = "full_numpy_bitmap_"
# Bytes that all pictures may have together, which are held in memory.
MOST_BYTES = 1200 * 2**20


def unflattened(name: str, array: np.ndarray, doubts: list[str]) -> np.ndarray:
    """Return rows of numbers as pictures, ``(n, side, side)`` or ``(n, 3, side, side)``, where they can be some; else the array.

    Rows of bytes of a square number are pictures; others may be anything, so a sentence is added to ``doubts``.
    """
    if array.ndim != 2 or array.dtype.kind not in "uif" or not len(array):
        return array
    shape = _shape(array.shape[1])
    sample = np.asarray(array[:: max(1, len(array) // 100)], dtype=np.float64)
    if (
        not shape
        or not np.isfinite(sample).all()
        or sample.min() < 0
        or sample.max() > 255
        or sample.max() == sample.min()
    ):
        return array
    if len(shape) == 3 or array.dtype != np.uint8:
        planes = "three planes" if len(shape) == 3 else "pictures"
        doubts.append(
            f"The rows of {array.shape[1]:,} numbers in {name} are read as {planes} of {shape[-1]} × {shape[-1]}; "
            "look at the pictures, and give arrays (n, height, width, 3) if they are wrong."
        )
    return array.reshape(len(array), *shape)


def _shape(width: int) -> tuple[int, ...]:
    for planes in (1, 3):
        side = round((width / planes) ** 0.5)
        if planes * side * side == width and side in SIDES:
            return (side, side) if planes == 1 else (3, side, side)
    return ()


def set_of_classes(path: Path, title: str, files: Sequence[Path], arrays: Mapping[str, np.ndarray]) -> ArraySet | None:
    """Return the data set of ``.npy`` files that hold one class each; None where they may be anything else.

    Raises:
        ExplorerError: all pictures together are too large.
    """
    names = _class_names(files)
    doubts: list[str] = []
    pictures = [unflattened(name, array, doubts) for name, array in arrays.items()]
    if not names or len(pictures) != len(names) or not all(map(is_pixels, pictures)):
        return None
    if len({(one.shape[1:], one.dtype) for one in pictures}) > 1:
        return None
    if (size := sum(one.nbytes for one in pictures)) > MOST_BYTES:
        raise ExplorerError(
            f"{path} holds {megabytes(size)} of pictures, and {megabytes(MOST_BYTES)} are read; save the first thousands of each file."
        )
    if not all(file.name.startswith(QUICKDRAW) for file in files):
        doubts.append(
            f"Each file is taken for one class ({some(names)}); give labels in an array of their own if it is not."
        )
    labels = np.repeat(np.array(names), [len(one) for one in pictures])
    found = LabelledArrays(np.concatenate(pictures), labels, f"{len(files)} files")
    return ArraySet(path, title, "arrays in .npy, a file a class", {"": found}, doubts=doubts[:2])


def _class_names(files: Sequence[Path]) -> list[str]:
    """Return the class of each file, its name without what all names begin with; none where names are no classes."""
    stems = [file.stem for file in files]
    if len(stems) < 2 or any(file.suffix != ".npy" for file in files):
        return []
    shared = re.sub(r"[^_\-. ]*$", "", _start(stems))
    names = [stem[len(shared) :] for stem in stems]
    words = [re.split(r"[\W_]+", name.casefold()) for name in names]
    others = {"x", "y", "label", "labels", "target", "targets", "features", "embeddings", "ids"}
    odd = any(
        {*parts} & (others | CONTAINER_WORDS) or side_of(name) or is_companion(name)
        for name, parts in zip(names, words, strict=True)
    )
    return [] if odd or not all(names) else names


def _start(names: Sequence[str]) -> str:
    """Return the letters with which all names begin."""
    first, last = min(names), max(names)
    return first[: next((place for place in range(len(first)) if first[: place + 1] != last[: place + 1]), len(first))]
