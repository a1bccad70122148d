"""Pictures that are named as altered copies of others: turned, mirrored, cut out; of which a split made here may separate two."""

import os
import re
from collections.abc import Sequence

from explorer.datasets.file_tree import printable

# What people and tools add to the name of a picture for a copy that they altered.
_WORDS = (
    "aug augmented augmentation flip flipped hflip vflip mirror mirrored rot rotate rotated rotation noise noisy blur blurred bright brightness "
    "dark crop cropped zoom shear"
)
ALTERED = re.compile(rf"([\s_\-.]+({'|'.join(_WORDS.split())}|\d+deg)[\s_\-.]*\d*)+$", re.IGNORECASE)
# Roboflow's name of a version of a picture: its own name, its ending, and a code.
VERSION = re.compile(r"_(jpe?g|png|webp|bmp|tiff?)\.rf\.[0-9a-z]+$", re.IGNORECASE)


def name_copies(files: Sequence[str]) -> list[str]:
    """Return a sentence where files are named as altered copies of others in the same folder; nothing where none is."""
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(_original(os.path.splitext(file)[0]), []).append(file)
    pairs = [(found[0], found[1]) for found in groups.values() if len(found) > 1 and _are_copies(found)]
    if not pairs:
        return []
    count = sum(len(found) for found in groups.values() if len(found) > 1 and _are_copies(found))
    one, other = map(printable, pairs[0])
    return [
        f"{count:,} pictures are named as altered copies of each other, such as {one} and {other}; the split that is made here may put one on each side, "
        "so that accuracy looks better than it is: take the copies out, or give a split."
    ]


def _original(stem: str) -> str:
    folder, _, name = stem.rpartition("/")
    return f"{folder}/{ALTERED.sub('', VERSION.sub('', name)) or name}"


def _are_copies(files: Sequence[str]) -> bool:
    """Return whether one of some files of the same first name is named as altered: different endings alone are no copies."""
    return any(
        _original(os.path.splitext(file)[0]).rpartition("/")[2] != os.path.splitext(file)[0].rpartition("/")[2]
        for file in files
    )
