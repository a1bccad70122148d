"""Folders that hold the same scenes in several ways, such as colour and depth or noisy and clean: pairs of pictures, and no classes."""

import os
from collections.abc import Sequence

from explorer.datasets.doubts.reading import some
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.folders.sides import below

# Ways to take a picture; a set of classes has at most one of these names.
_WAYS = "rgb depth nir ir infrared thermal disparity flow normals lidar edges grayscale gray grey lr hr bicubic"
WAYS = frozenset(_WAYS.split())
# Names of two sides of a pair, which are doubted only where the files are called alike.
_PAIRS = "left/right input/output input/target source/target noisy/clean blur/sharp blurred/sharp low/high before/after hazy/clear rainy/clear"
PAIRS = frozenset(frozenset(pair.split("/")) for pair in _PAIRS.split())
# Pictures below which equal names say nothing, and the share of equal names.
FEWEST, SHARE = 5, 0.9


def pair_doubts(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Return a doubt where the class folders hold pictures of the same names and are called like ways to take them, or these names have no numbers, which every class may count by itself."""
    files = [{os.path.splitext(file)[0] for file in tree.direct(below(folder, name))} for name in names]
    if len(names) < 2 or min(map(len, files)) < FEWEST:
        return []
    common = set.intersection(*files)
    if len(common) < SHARE * max(map(len, files)):
        return []
    words = {name.casefold() for name in names}
    if len(words & WAYS) < 2 and words not in PAIRS and any(letter.isdecimal() for stem in common for letter in stem):
        return []
    return [
        f"The folders {some(list(names))} hold pictures of the same names, such as {min(common)!r}, as several pictures of one scene have; "
        "give a list of paths and labels if these folders are no classes."
    ]
